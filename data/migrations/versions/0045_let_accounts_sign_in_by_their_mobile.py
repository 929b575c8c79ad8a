"""Let accounts sign in by a code sent to their mobile, or by the provincial app."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sign_in_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("mobile", sa.Text(collation="C"), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guesses", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name="sign_in_code_expires_check"),
        sa.CheckConstraint("guesses BETWEEN 0 AND 5", name="sign_in_code_guesses_check"),
        sa.PrimaryKeyConstraint("id", name="sign_in_code_pkey"),
    )
    op.create_index("sign_in_code_name_idx", "sign_in_code", ["name"])
    op.create_index("sign_in_code_expires_idx", "sign_in_code", ["expires_at"])
    op.create_table(
        "app_sign_in",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mobile", sa.Text(collation="C"), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name="app_sign_in_expires_check"),
        sa.CheckConstraint("(mobile IS NULL) = (confirmed_at IS NULL)", name="app_sign_in_confirmed_check"),
        sa.PrimaryKeyConstraint("id", name="app_sign_in_pkey"),
        sa.UniqueConstraint("ticket_hash", name="app_sign_in_ticket_hash_key"),
    )
    op.create_index("app_sign_in_expires_idx", "app_sign_in", ["expires_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_code, app_sign_in TO onemap_app")
