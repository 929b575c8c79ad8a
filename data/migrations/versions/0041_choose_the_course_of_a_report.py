"""Say which course of a drill stands in its report."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "drill_course", sa.Column("is_in_report", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "drill_course_report_key",
        "drill_course",
        ["drill_id"],
        unique=True,
        postgresql_where=sa.text("is_in_report"),
    )
