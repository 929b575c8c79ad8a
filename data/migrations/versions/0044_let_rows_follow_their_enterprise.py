"""Let what happened to a row be seen by whoever its row belongs to now, and find approved registrations by their code."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# What happened stays as it was written; who may see it follows the row.
_FIXED = (
    "id", "register", "row_code", "at", "username", "party", "action", "move", "from_state", "to_state", "note", "changes",
    "is_public",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.execute("DROP TRIGGER register_event_fixed ON register_event")
    op.execute(
        f"CREATE TRIGGER register_event_fixed BEFORE UPDATE OF {', '.join(_FIXED)} OR DELETE ON register_event"
        " FOR EACH ROW EXECUTE FUNCTION house.refuse_change()"
    )
    op.execute("GRANT UPDATE (authority_code, owner_id) ON register_event TO onemap_app")
    op.create_index(
        "registration_approved_code_idx",
        "registration",
        ["credit_code"],
        postgresql_where=sa.text("state = 'approved'"),
    )
