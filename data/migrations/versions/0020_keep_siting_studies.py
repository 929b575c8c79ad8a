"""Keep siting studies: what was asked, and the answer with its bound."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from data.migrations import steps

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "siting_study",
        sa.Column("id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("question", pg.JSONB(), nullable=False),
        sa.Column("answer", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name="siting_study_name_check"),
        sa.CheckConstraint(
            "status IN ('optimal', 'within_gap', 'stopped', 'open', 'infeasible')",
            name="siting_study_status_check",
        ),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["division.code"], name="siting_study_authority_code_fkey"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="siting_study_owner_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="siting_study_pkey"),
    )
    op.create_index("siting_study_created_idx", "siting_study", [sa.text("created_at DESC")])
    for statement in steps.secure("siting_study"):
        op.execute(statement)
