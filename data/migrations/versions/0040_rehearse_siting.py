"""Keep with a siting study how its sites were rehearsed: calls replayed before and after."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("siting_study", sa.Column("rehearsal", pg.JSONB(), nullable=True))
