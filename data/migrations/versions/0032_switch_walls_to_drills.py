"""Keep which jurisdictions' walls show a drill; every change is told to the walls at once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from data.migrations import steps

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "wall_drill",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("drill_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("NOT is_public AND owner_id IS NULL", name="wall_drill_authority_check"),
        sa.ForeignKeyConstraint(["authority_code"], ["division.code"], name="wall_drill_authority_code_fkey"),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="wall_drill_owner_id_fkey"),
        sa.ForeignKeyConstraint(
            ["drill_id"], ["drill_simulation.id"], name="wall_drill_drill_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="wall_drill_pkey"),
        sa.UniqueConstraint("authority_code", name="wall_drill_authority_code_key"),
    )
    for statement in (*steps.secure("wall_drill"), *steps.tell_changes("wall_drill")):
        op.execute(statement)
