"""Roll cells up from the finest ones: a changed row is placed once instead of at each of eight zooms."""

from alembic import op

from data.migrations import steps

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute(steps.KEEP_TOTALS_ROLLED_UP)
