"""Let walls in by a token: a session made with one ends when the token is revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("web_session", sa.Column("access_token_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "web_session_access_token_id_fkey",
        "web_session",
        "access_token",
        ["access_token_id"],
        ["id"],
        ondelete="CASCADE",
    )
