"""Keep the courses of drills: what was asked and thrown in, and how it went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from data.migrations import steps

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "drill_course",
        sa.Column("id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("drill_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("question", pg.JSONB(), nullable=False),
        sa.Column("answer", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["drill_id"], ["drill_simulation.id"], name="drill_course_drill_id_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["division.code"], name="drill_course_authority_code_fkey"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="drill_course_owner_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="drill_course_pkey"),
    )
    op.create_index("drill_course_drill_idx", "drill_course", ["drill_id", sa.text("created_at DESC")])
    for statement in steps.secure("drill_course"):
        op.execute(statement)
