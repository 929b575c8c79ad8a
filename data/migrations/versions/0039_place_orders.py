"""Let the log of an order tell that somebody has said where it is."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_KINDS = (
    "received", "joined", "identified", "placed", "described", "notified", "not_reached", "accepted", "refused", "en_route",
    "eta", "arrived", "freed", "stood_down", "level_due", "level_raised", "level_declined", "fire_called", "noted",
    "corrected", "reported", "closed",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.drop_constraint("incident_event_kind_check", "incident_event")
    kinds = ", ".join(repr(kind) for kind in _KINDS)
    op.create_check_constraint("incident_event_kind_check", "incident_event", f"kind IN ({kinds})")
