"""Keep the times of exercises while they go on, each with who pressed it; one that is taken back stays, marked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from data.migrations import steps

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "exercise_time",
        sa.Column("id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("register", sa.Text(collation="C"), nullable=False),
        sa.Column("row_code", sa.Text(collation="C"), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_corrected", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="exercise_time_undone_check"),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["division.code"], name="exercise_time_authority_code_fkey"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="exercise_time_owner_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="exercise_time_pkey"),
    )
    op.create_index(
        "exercise_time_step_key",
        "exercise_time",
        ["register", "row_code", "step"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    for statement in steps.secure("exercise_time"):
        op.execute(statement)
