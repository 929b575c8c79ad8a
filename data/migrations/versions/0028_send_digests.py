"""Keep who wants a daily digest of open warnings, by which telephone and at which hour."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "warning_digest",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("at_hour", sa.SmallInteger(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint("phone ~ '^[0-9+() -]{5,24}$'", name="warning_digest_phone_check"),
        sa.CheckConstraint("at_hour BETWEEN 0 AND 23", name="warning_digest_hour_check"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="warning_digest_user_id_fkey"),
        sa.PrimaryKeyConstraint("user_id", name="warning_digest_pkey"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON warning_digest TO onemap_app")
