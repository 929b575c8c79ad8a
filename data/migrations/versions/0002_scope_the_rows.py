"""Scope every row: policies, kept totals, the change feed, append-only tables and grants."""

from alembic import op

from data.migrations import steps

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LOCATED = {
    "enterprise": "risk_grade",
    "elevator": None,
    "rescue_station": None,
    "rescue_resource": "kind",
    "risk_point": "level",
    "hazard_site": "grade",
    "hidden_danger": "state",
    "residential_place": None,
    "closure": None,
}
# Readable by everyone who is signed in; written by whoever may manage the city's base data.
_OPEN = ("division", "water", "road", "unit", "setting", "layer_state", "change")
# Reached before there is a scope (sign-in), or by their own rules in one module.
_HOUSE = ("app_user", "web_session", "access_token", "outbox")


def upgrade() -> None:
    """Apply."""
    op.execute(steps.SCOPE_FUNCTIONS)
    op.execute("GRANT USAGE ON SCHEMA house TO onemap_app")
    for table, symbol_field in _LOCATED.items():
        for statement in steps.secure_located(table, symbol_field):
            op.execute(statement)
    for table in ("warning", "attachment", "search_entry"):
        for statement in steps.secure(table):
            op.execute(statement)
    for table in ("layer_cell", "layer_total"):
        for statement in steps.secure_kept(table):
            op.execute(statement)
    for statement in steps.secure_child("responder", "rescue_station", "station_code"):
        op.execute(statement)
    for statement in steps.secure_child("hazard_substance", "hazard_site", "site_code"):
        op.execute(statement)
    for table in (*_OPEN, *_HOUSE):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO onemap_app")
    op.execute("GRANT SELECT, INSERT ON audit TO onemap_app")
    for table in ("audit", "change"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION house.refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION house.refuse_change()"
    )
