"""List rows whose position a person should look at."""

import sqlalchemy as sa
from alembic import op

from data.migrations import steps

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "to_mend",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("layer", sa.Text(collation="C"), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("confidence", sa.REAL(), nullable=True),
        sa.Column("division_code", sa.Text(collation="C"), nullable=False),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "reason IN ('no_position', 'guessed_position', 'outside_division', 'outside_city', 'in_water')",
            name="to_mend_reason_check",
        ),
        sa.CheckConstraint(
            "confidence IS NULL OR confidence BETWEEN 0 AND 1", name="to_mend_confidence_check"
        ),
        sa.ForeignKeyConstraint(["authority_code"], ["division.code"], name="to_mend_authority_code_fkey"),
        sa.ForeignKeyConstraint(["division_code"], ["division.code"], name="to_mend_division_code_fkey"),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="to_mend_owner_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="to_mend_pkey"),
        sa.UniqueConstraint("layer", "code", "reason", name="to_mend_subject_key"),
    )
    for statement in steps.secure("to_mend"):
        op.execute(statement)
