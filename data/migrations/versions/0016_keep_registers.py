"""Keep registers: the events of their rows, the alarms that were given, and the numbers of rows without a code."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from data.migrations import steps

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _code(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "register_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _code("register"),
        _code("row_code"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("move", sa.Text(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changes", postgresql.JSONB(), server_default="{}", nullable=False),
        _code("authority_code"),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "action IN ('created', 'changed', 'moved', 'removed', 'recorded', 'record_removed', 'imported')",
            name="register_event_action_check",
        ),
        sa.CheckConstraint("party IN ('owner', 'authority', 'clock')", name="register_event_party_check"),
        sa.CheckConstraint("length(note) <= 500", name="register_event_note_check"),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["division.code"], name="register_event_authority_code_fkey"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="register_event_owner_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="register_event_pkey"),
    )
    op.create_index("register_event_row_idx", "register_event", ["register", "row_code", "id"])
    op.create_table(
        "register_alarm",
        _code("register"),
        sa.Column("row_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _code("field"),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warning_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("stage IN ('before', 'after')", name="register_alarm_stage_check"),
        sa.PrimaryKeyConstraint("register", "row_id", "field", "stage", "due_at", name="register_alarm_pkey"),
    )
    for statement in steps.secure("register_event"):
        op.execute(statement)
    op.execute("REVOKE UPDATE, DELETE ON register_event FROM onemap_app")
    op.execute(
        "CREATE TRIGGER register_event_fixed BEFORE UPDATE OR DELETE ON register_event"
        " FOR EACH ROW EXECUTE FUNCTION house.refuse_change()"
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON register_alarm TO onemap_app")
    op.execute("CREATE SEQUENCE register_number")
    op.execute("GRANT USAGE, SELECT ON SEQUENCE register_number TO onemap_app")
