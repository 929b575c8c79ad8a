"""Keep drill simulations: what was asked, and what the simulation found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from data.migrations import steps

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "drill_simulation",
        sa.Column("id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("question", pg.JSONB(), nullable=False),
        sa.Column("answer", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name="drill_simulation_name_check"),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["division.code"], name="drill_simulation_authority_code_fkey"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="drill_simulation_owner_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="drill_simulation_pkey"),
    )
    op.create_index("drill_simulation_created_idx", "drill_simulation", [sa.text("created_at DESC")])
    for statement in steps.secure("drill_simulation"):
        op.execute(statement)
