"""Keep road networks: which file is in use, what was cut, and the city's own speeds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "network",
        sa.Column("version", sa.Text(collation="C"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("version", name="network_pkey"),
    )
    op.create_index(
        "network_current_idx",
        "network",
        ["is_current"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "road_speed",
        sa.Column("road_class", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("hour_of_week", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("speed_kmh", sa.Double(), nullable=False),
        sa.CheckConstraint("road_class BETWEEN 0 AND 15", name="road_speed_class_check"),
        sa.CheckConstraint("hour_of_week BETWEEN 0 AND 167", name="road_speed_hour_check"),
        sa.CheckConstraint("speed_kmh BETWEEN 1 AND 200", name="road_speed_speed_check"),
        sa.PrimaryKeyConstraint("road_class", "hour_of_week", name="road_speed_pkey"),
    )
    for table in ("network", "road_speed"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO onemap_app")
