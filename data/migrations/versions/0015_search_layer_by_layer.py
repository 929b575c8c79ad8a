"""Search layer by layer: the index over all layers goes, each layer gets its own when the declarations are brought up."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_index("search_entry_terms_idx", table_name="search_entry")
