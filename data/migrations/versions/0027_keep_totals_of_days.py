"""Keep the totals of past days, so that a figure can be compared with an earlier one."""

import sqlalchemy as sa
from alembic import op

from data.migrations import steps

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    code = sa.Text(collation="C")
    op.create_table(
        "kept_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name="kept_day_pkey"),
    )
    op.create_table(
        "layer_total_day",
        sa.Column("layer", code, nullable=False),
        sa.Column("division_code", code, nullable=False),
        sa.Column("authority_code", code, nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("class", code, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("until_day IS NULL OR from_day < until_day", name="layer_total_day_span_check"),
        sa.PrimaryKeyConstraint(
            "layer", "division_code", "authority_code", "is_public", "class", "from_day",
            name="layer_total_day_pkey",
        ),
    )  # fmt: skip
    op.execute("GRANT SELECT, INSERT ON kept_day TO onemap_app")
    for statement in steps.secure_days("layer_total_day"):
        op.execute(statement)
