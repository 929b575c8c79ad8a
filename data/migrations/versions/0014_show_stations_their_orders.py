"""Show companies what their stations took for others' elevators: an assignment says where it led to, and its station's company reads it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for name, collation in (("place_name", None), ("place_address", None), ("place_division_code", "C")):
        op.add_column("incident_assignment", sa.Column(name, sa.Text(collation=collation), nullable=True))
    op.execute(
        "SELECT set_config('onemap.ranges', '{[\"\",\"~\")}', true), set_config('onemap.may_write', 'true', true)"
    )
    op.execute(
        "UPDATE incident_assignment a SET place_name = i.name, place_address = i.address, place_division_code = i.division_code"
        " FROM incident i WHERE i.code = a.incident_code"
    )
    op.execute("SELECT set_config('onemap.ranges', '', true), set_config('onemap.may_write', '', true)")
    # Of an order of somebody else's elevator, the station's company reads its own assignment, never the order.
    op.execute(
        "CREATE POLICY incident_assignment_own_station ON incident_assignment FOR SELECT USING"
        " (EXISTS (SELECT 1 FROM rescue_station s WHERE s.code = incident_assignment.station_code"
        " AND s.owner_id = (SELECT house.scope_owner())))"
    )
    op.execute(
        "CREATE FUNCTION house.note_place() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN"
        " SELECT name, address, division_code INTO NEW.place_name, NEW.place_address, NEW.place_division_code"
        " FROM incident WHERE code = NEW.incident_code; RETURN NEW; END $f$"
    )
    op.execute(
        "CREATE TRIGGER incident_assignment_place BEFORE INSERT ON incident_assignment"
        " FOR EACH ROW EXECUTE FUNCTION house.note_place()"
    )
    # An order that is identified later has moved for its stations too.
    op.execute(
        "CREATE FUNCTION house.move_place() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN"
        " UPDATE incident_assignment SET place_name = NEW.name, place_address = NEW.address,"
        " place_division_code = NEW.division_code WHERE incident_code = NEW.code; RETURN NULL; END $f$"
    )
    op.execute(
        "CREATE TRIGGER incident_place AFTER UPDATE OF name, address, division_code ON incident FOR EACH ROW"
        " WHEN ((OLD.name, OLD.address, OLD.division_code) IS DISTINCT FROM (NEW.name, NEW.address, NEW.division_code))"
        " EXECUTE FUNCTION house.move_place()"
    )
