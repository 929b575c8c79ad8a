"""A company's own rows on real PostGIS: two companies side by side, gates, bindings, people, reports, requests."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from data import (
    fault_reports,
    incidents,
    inspection_requests,
    maintenance,
    maintenance_elevators,
    maintenance_stations,
    safety_managers,
)
from data.errors import ConflictError, FilterError, NotFoundError, RefusedError
from data.fault_reports import FaultReport
from data.incidents import Change
from data.inspection_requests import InspectionForm
from data.maintenance import RescueInformation
from data.maintenance_elevators import ElevatorForm, ElevatorQuery, NewPosition
from data.maintenance_stations import StationForm
from data.scope import SYSTEM, Connection, Scope, enter
from dispatch.incident import EventKind
from layers.themes.rescue_station import scope_fault

NOW = dt.datetime(2026, 11, 26, 4, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
FULL = RescueInformation("福田区莲花路1号", "王五", "13800000001", "0755-12345678")


class Company:
    """One company of the sample city and its elevators."""

    def __init__(self, connection: Connection, unit_id: int) -> None:
        self.connection, self.unit = connection, unit_id
        self.scope = Scope("m", "maintenance_company", (), unit_id, may_write=True, sees_sensitive=True)

    def elevators(self, **wanted: Any) -> list[dict[str, Any]]:
        query = ElevatorQuery(**{"limit": 5000, **wanted})
        return maintenance_elevators.listed(self.connection, self.unit, query, today=TODAY)[1]


@pytest.fixture
def companies(city_connection: Connection) -> list[Company]:
    """The two companies with the most elevators; the transaction is the first one's."""
    rows = city_connection.execute(
        "SELECT owner_id FROM elevator WHERE owner_id IS NOT NULL GROUP BY owner_id ORDER BY count(*) DESC, owner_id LIMIT 2"
    ).fetchall()
    found = [Company(city_connection, r["owner_id"]) for r in rows]
    enter(city_connection, found[0].scope)
    return found


@pytest.fixture
def company(companies: list[Company]) -> Company:
    return companies[0]


def test_the_gate_opens_when_everything_is_told(company: Company) -> None:
    connection, unit = company.connection, company.unit
    before = maintenance.read_information(connection, unit)
    for name in RescueInformation.__dataclass_fields__:
        connection.execute(
            f"UPDATE maintenance_company SET {name} = NULL WHERE unit_id = %s".encode(), [unit]
        )
        assert name in maintenance.read_information(connection, unit)["missing"]
        with pytest.raises(RefusedError, match="完善维保单位救援信息"):
            maintenance.require_complete(connection, unit)
    saved = maintenance.save_information(connection, unit, FULL, version=before["version"], now=NOW)
    assert (saved["is_complete"], saved["version"]) == (True, before["version"] + 1)
    maintenance.require_complete(connection, unit)
    with pytest.raises(ConflictError, match="已在别处修改过"):
        maintenance.save_information(connection, unit, FULL, version=before["version"], now=NOW)


def test_the_first_save_makes_the_row(companies: list[Company]) -> None:
    connection, unit = companies[0].connection, companies[0].unit
    connection.execute("DELETE FROM maintenance_company WHERE unit_id = %s", [unit])
    assert maintenance.read_information(connection, unit)["version"] == 0
    assert maintenance.save_information(connection, unit, FULL, version=0, now=NOW)["version"] == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
        maintenance.save_information(connection, companies[1].unit, FULL, version=1, now=NOW)


def test_counters_are_what_the_rows_say(company: Company) -> None:
    counts = maintenance.problem_counts(company.connection, company.unit, today=TODAY)
    enter(company.connection, SYSTEM)
    rows = company.connection.execute(
        "SELECT e.code, e.address, e.place_type, e.station_code, g.mobile FROM elevator e"
        " LEFT JOIN elevator_safety_manager m ON m.elevator_code = e.code LEFT JOIN safety_manager g ON g.id = m.manager_id"
        " WHERE e.owner_id = %s",
        [company.unit],
    ).fetchall()
    enter(company.connection, company.scope)
    by_hand = {
        "no_manager": {r["code"] for r in rows if r["mobile"] is None},
        "no_place_type": {r["code"] for r in rows if r["place_type"] is None},
        "no_station": {r["code"] for r in rows if r["station_code"] is None},
        "bad_address": {r["code"] for r in rows if "号" not in (r["address"] or "")},
    }
    assert counts["elevators"] == len(rows)
    for name, codes in by_hand.items():
        assert counts[name] == len(codes) > 0, name
        found = company.elevators(problem=name)
        assert {r["code"] for r in found} == codes
        assert all(name in r["problems"] for r in found)


@pytest.mark.parametrize(
    ("codes", "note", "is_right"),
    [
        ([], "", False),
        (["440304"], "", True),
        (["440304"], "北环以南", True),
        (["440304", "440303", "440305"], "", True),
        (["440304", "440303", "440305", "440306"], "", False),
        (["440304", "440303"], "北环以南", False),
        (["440304001", "440304002", "440304003", "440304004"], "", True),
        (["440304001", "440303001"], "", False),
        (["440304", "440304001"], "", False),
        (["440304", "440304"], "", False),
        (["4403"], "", False),
    ],
)
def test_scopes_are_districts_or_streets_of_one(codes: list[str], note: str, is_right: bool) -> None:  # noqa: FBT001
    assert (scope_fault(codes, note) is None) == is_right


def station_form(company: Company, **changes: Any) -> StationForm:
    row = company.connection.execute(
        "SELECT left(s.division_code, 6) AS district, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat FROM rescue_station s"
        " WHERE s.owner_id = %s ORDER BY s.code LIMIT 1",
        [company.unit],
    ).fetchone()
    assert row is not None
    form = StationForm(
        district_code=row["district"], name="新建一站", lead_name="赵六", lead_phone="13900000001",
        scope_codes=(row["district"],), scope_note="", address="莲花路8号", lon=row["lon"], lat=row["lat"],
        source_crs="EPSG:4326", source_position="114.05,22.54", crew_count=2, on_duty=True, is_networked=False,
    )  # fmt: skip
    return replace(form, **changes)


def test_a_station_from_new_to_gone(companies: list[Company]) -> None:
    company, other = companies
    connection, unit = company.connection, company.unit
    code = maintenance_stations.add(connection, unit, station_form(company), now=NOW)
    row = maintenance_stations.read(connection, unit, code, today=TODAY)
    assert (row["is_usable"], row["maintainers"], row["version"]) == (False, [], 1)
    number = maintenance_stations.add_maintainer(
        connection, unit, code, name="钱七", mobile="13900000002", remark="夜班", today=TODAY
    )
    with pytest.raises(ConflictError, match="已登记"):
        maintenance_stations.add_maintainer(
            connection, unit, code, name="孙八", mobile="13900000002", remark="", today=TODAY
        )
    assert maintenance_stations.read(connection, unit, code, today=TODAY)["is_usable"]
    maintenance_stations.save(
        connection,
        unit,
        code,
        station_form(company, name="改名一站", scope_note="北环以南"),
        version=1,
        now=NOW,
    )
    with pytest.raises(ConflictError, match="别处修改"):
        maintenance_stations.save(connection, unit, code, station_form(company), version=1, now=NOW)
    assert "改名一站" in {r["name"] for r in maintenance_stations.listed(connection, unit, today=TODAY)}
    maintenance_stations.remove_maintainer(connection, unit, code, number, today=TODAY)
    enter(connection, other.scope)
    with pytest.raises(NotFoundError):
        maintenance_stations.read(connection, other.unit, code, today=TODAY)
    with pytest.raises(NotFoundError):
        maintenance_stations.add_maintainer(
            connection, other.unit, code, name="x", mobile="13900000009", remark="", today=TODAY
        )
    enter(connection, company.scope)
    assert (
        maintenance_stations.remove(connection, unit, code, version=2, scope=company.scope, now=NOW)
        == "removed"
    )


def test_positions_outside_the_district_are_refused(company: Company) -> None:
    form = station_form(company)
    elsewhere = company.connection.execute(
        "SELECT code, ST_X(ST_PointOnSurface(geom)) AS lon, ST_Y(ST_PointOnSurface(geom)) AS lat FROM division"
        " WHERE level = 'county' AND code <> %s ORDER BY code LIMIT 1",
        [form.district_code],
    ).fetchone()
    assert elsewhere is not None
    for changes, words in (
        ({"lon": elsewhere["lon"], "lat": elsewhere["lat"]}, "位置落在"),
        ({"district_code": "440300"}, "区域应为行政区"),
        ({"scope_codes": ("999999",)}, "没有代码为 999999"),
        ({"scope_codes": ("x",)}, "没有代码为 x"),
        ({"scope_codes": ()}, "请选择负责范围"),
    ):
        with pytest.raises(FilterError, match=words):
            maintenance_stations.add(company.connection, company.unit, replace(form, **changes), now=NOW)


def test_a_station_in_use_stays(company: Company) -> None:
    connection, unit = company.connection, company.unit
    bound = company.elevators(is_bound=True)[0]
    station = maintenance_stations.read(connection, unit, bound["station_code"], today=TODAY)
    with pytest.raises(ConflictError, match="绑定着"):
        maintenance_stations.remove(
            connection, unit, station["code"], version=station["version"], scope=company.scope, now=NOW
        )
    order = _order(company, bound["code"], station["code"])
    codes = [e["code"] for e in company.elevators(station_code=station["code"])]
    assert maintenance_elevators.unbind(connection, unit, codes, now=NOW) == len(codes)
    with pytest.raises(ConflictError, match="在处理"):
        maintenance_stations.remove(
            connection, unit, station["code"], version=station["version"], scope=company.scope, now=NOW
        )
    facts = {"outcome": "self_released", "why": "x"}
    incidents.append(connection, order, [Change(EventKind.CLOSED, facts, "d")], now=NOW)
    was = maintenance_stations.remove(
        connection, unit, station["code"], version=station["version"], scope=company.scope, now=NOW
    )
    assert was == "retired"
    assert station["code"] not in {
        s["code"] for s in maintenance_stations.listed(connection, unit, today=TODAY)
    }


def test_binding_many_and_others_elevators(companies: list[Company]) -> None:
    company, other = companies
    connection, unit = company.connection, company.unit
    loose = [e["code"] for e in company.elevators(is_bound=False)]
    station = maintenance_stations.listed(connection, unit, today=TODAY)[0]["code"]
    assert maintenance_elevators.bind(connection, unit, loose, station, now=NOW) == len(loose) > 0
    assert company.elevators(is_bound=False) == []
    second = maintenance_stations.add(connection, unit, station_form(company), now=NOW)
    with pytest.raises(ConflictError, match="已绑定其他救援站"):
        maintenance_elevators.bind(connection, unit, loose, second, now=NOW)
    enter(connection, other.scope)
    theirs = [e["code"] for e in other.elevators()]
    their_station = maintenance_stations.listed(connection, other.unit, today=TODAY)[0]["code"]
    enter(connection, company.scope)
    for codes in ([theirs[0]], [loose[0], theirs[0]], ["nonsense"]):
        with pytest.raises(NotFoundError, match="本单位没有在用的电梯"):
            maintenance_elevators.bind(connection, unit, codes, station, now=NOW)
        with pytest.raises(NotFoundError):
            maintenance_elevators.unbind(connection, unit, codes, now=NOW)
    with pytest.raises(NotFoundError, match="没有救援站"):
        maintenance_elevators.bind(connection, unit, loose, their_station, now=NOW)
    with pytest.raises(FilterError, match="勾选"):
        maintenance_elevators.unbind(connection, unit, [], now=NOW)
    # Straight SQL with a company's rights reaches no other company's row either.
    done = connection.execute("UPDATE elevator SET place_type = 'other' WHERE code = ANY(%s)", [theirs])
    assert done.rowcount == 0


def test_search_in_the_list(company: Company) -> None:
    whole = company.elevators()
    wanted = next(e for e in whole if e["rescue_code"])
    for query, expected in (
        ({"code": wanted["code"][4:14]}, lambda e: wanted["code"][4:14] in e["code"]),
        ({"code": wanted["rescue_code"]}, lambda e: e["rescue_code"] == wanted["rescue_code"] or wanted["rescue_code"] in e["code"]),
        ({"unit_name": wanted["unit_name"][3:6]}, lambda e: wanted["unit_name"][3:6] in (e["unit_name"] or "")),
        ({"station_code": wanted["station_code"] or "x"}, lambda e: e["station_code"] == (wanted["station_code"] or "x")),
        ({"manager_id": wanted["manager_id"] or -1}, lambda e: e["manager_id"] == (wanted["manager_id"] or -1)),
        ({"code": "%"}, lambda _: False),
        ({"unit_name": "_"}, lambda _: False),
    ):  # fmt: skip
        assert [e["code"] for e in company.elevators(**query)] == [e["code"] for e in whole if expected(e)], (
            query
        )
    pages = [company.elevators(limit=7, offset=o) for o in range(0, len(whole), 7)]
    assert [e["code"] for page in pages for e in page] == [e["code"] for e in whole]


def test_one_elevator_is_mended(companies: list[Company]) -> None:
    company = companies[0]
    connection, unit = company.connection, company.unit
    row = company.elevators(problem="bad_address")[0]
    form = ElevatorForm(None, "office", row["station_code"], None)
    maintenance_elevators.save(connection, unit, row["code"], form, version=row["version"], now=NOW)
    after = maintenance_elevators.read(connection, unit, row["code"], today=TODAY)
    assert (after["rescue_code"], after["place_type"], after["address"]) == (None, "office", row["address"])
    with pytest.raises(ConflictError, match="别处修改"):
        maintenance_elevators.save(connection, unit, row["code"], form, version=row["version"], now=NOW)
    moved = replace(
        form, address="样板路88号", position=NewPosition(after["lon"] + 1e-4, after["lat"], "gcj02", "typed")
    )
    maintenance_elevators.save(connection, unit, row["code"], moved, version=after["version"], now=NOW)
    now = maintenance_elevators.read(connection, unit, row["code"], today=TODAY)
    assert (now["address"], now["source_crs"], now["source_position"]) == ("样板路88号", "gcj02", "typed")
    assert "bad_address" not in now["problems"]
    hit = connection.execute(
        "SELECT 1 FROM search_entry WHERE layer = 'elevator' AND row_id = %s AND terms @@ '样板'::tsquery",
        [now["id"]],
    ).fetchone()
    assert hit is not None
    used = next(e["rescue_code"] for e in company.elevators() if e["rescue_code"])
    with pytest.raises(ConflictError, match="另一台电梯"), connection.transaction():
        maintenance_elevators.save(
            connection, unit, row["code"], replace(form, rescue_code=used), version=now["version"], now=NOW
        )
    with pytest.raises(FilterError, match="不在本市"):
        maintenance_elevators.save(
            connection, unit, row["code"], replace(form, position=NewPosition(100.0, 30.0, "x", "x")),
            version=now["version"], now=NOW,
        )  # fmt: skip


def test_place_types_change_together_only_within_one_using_unit(company: Company) -> None:
    whole = company.elevators()
    unit_code = next(e["unit_code"] for e in whole)
    same = [e["code"] for e in whole if e["unit_code"] == unit_code]
    mixed = [same[0], next(e["code"] for e in whole if e["unit_code"] != unit_code)]
    set_place_type = maintenance_elevators.set_place_type
    assert set_place_type(company.connection, company.unit, same, "hotel", now=NOW) == len(same)
    with pytest.raises(FilterError, match="同一使用单位，实际有 2 个"):
        set_place_type(company.connection, company.unit, mixed, "hotel", now=NOW)
    with pytest.raises(FilterError, match="没有场所性质"):
        set_place_type(company.connection, company.unit, same, "castle", now=NOW)


def test_safety_managers_singly_and_by_unit(companies: list[Company]) -> None:
    company, other = companies
    connection, unit = company.connection, company.unit
    without = company.elevators(problem="no_manager")
    chosen = without[0]
    number = safety_managers.add(
        connection, unit, name="周九", mobile="13700000001", unit_code=chosen["unit_code"], now=NOW
    )
    with pytest.raises(ConflictError, match="已登记"):
        safety_managers.add(
            connection, unit, name="周九", mobile="13700000001", unit_code=chosen["unit_code"], now=NOW
        )
    of_unit = [e["code"] for e in without if e["unit_code"] == chosen["unit_code"]]
    done = safety_managers.assign_unit(connection, unit, number, chosen["unit_code"], today=TODAY)
    assert done == len(of_unit)
    assert safety_managers.contact_of(connection, chosen["code"]) == ("周九", "13700000001")
    with_one = next(e for e in company.elevators(has_manager=True) if e["manager_id"] != number)
    with pytest.raises(ConflictError, match="已有其他安全管理员"):
        safety_managers.assign(connection, unit, number, [with_one["code"]], today=TODAY)
    safety_managers.assign(connection, unit, number, [with_one["code"]], replaces=True, today=TODAY)
    assert safety_managers.unassign(connection, unit, [with_one["code"]], today=TODAY) == 1
    enter(connection, other.scope)
    theirs = other.elevators()[0]["code"]
    with pytest.raises(NotFoundError):
        safety_managers.read(connection, other.unit, number)
    enter(connection, company.scope)
    with pytest.raises(NotFoundError):
        safety_managers.assign(connection, unit, number, [theirs], today=TODAY)
    with pytest.raises(NotFoundError):
        safety_managers.assign_unit(connection, unit, number, "no-such-unit", today=TODAY)
    with pytest.raises(NotFoundError):
        safety_managers.unassign(connection, unit, [theirs], today=TODAY)
    assert safety_managers.remove(connection, unit, number) == len(of_unit)


def _order(company: Company, elevator_code: str, station_code: str, *, frees: bool = False) -> str:
    """An order of an elevator whose station was told, by the operator."""
    connection = company.connection
    enter(connection, SYSTEM)
    at = NOW - dt.timedelta(hours=1)
    row = connection.execute("SELECT * FROM elevator WHERE code = %s", [elevator_code]).fetchone() or {}
    place = {n: row[n] for n in ("name", "address", "division_code", "authority_code", "owner_id")}
    order = incidents.receive(
        connection, facts={"people_inside": 1}, told={}, place={**place, "elevator_code": elevator_code}, at=at, now=at, actor="d",
    ).code  # fmt: skip
    station = {"station_code": station_code}
    changes = [
        Change(EventKind.IDENTIFIED, {"elevator_code": elevator_code}, "d"),
        Change(EventKind.NOTIFIED, {**station, "level": 1}, "d"),
    ]
    if frees:
        changes += [
            Change(EventKind.ACCEPTED, station, "d"),
            Change(EventKind.ARRIVED, station, "d"),
            Change(EventKind.FREED, {**station, "persons_freed": 1}, "d"),
        ]
    incidents.append(connection, order, changes, now=at)
    enter(connection, company.scope)
    return order


def test_a_report_is_handed_in_once_and_then_corrected(companies: list[Company]) -> None:
    company, other = companies
    connection = company.connection
    bound = company.elevators(is_bound=True)[0]
    order = _order(company, bound["code"], bound["station_code"])
    report = FaultReport("door", "层门锁故障", "更换门锁触点", "门锁触点 1 个")
    with pytest.raises(ConflictError, match="尚未解困"):
        fault_reports.hand_in(connection, order, report, actor="m", now=NOW)
    order = _order(company, bound["code"], bound["station_code"], frees=True)
    with pytest.raises(ConflictError, match="还没有报告"):
        fault_reports.correct(connection, order, report, why="x", number=1, actor="m", now=NOW)
    with pytest.raises(FilterError, match="没有故障原因"):
        fault_reports.hand_in(connection, order, replace(report, cause="ghost"), actor="m", now=NOW)
    fault_reports.hand_in(connection, order, report, actor="m", now=NOW)
    kept = incidents.read(connection, order)
    assert (kept.row["cause"], kept.incident.is_reported) == ("door", True)
    assert kept.events[-1].event.kind is EventKind.REPORTED
    with pytest.raises(ConflictError, match="只能更正"):
        fault_reports.hand_in(connection, order, report, actor="m", now=NOW)
    for why, number, error in ((" ", 1, FilterError), ("x", 2, ConflictError)):
        with pytest.raises(error):
            fault_reports.correct(
                connection,
                order,
                replace(report, cause="control"),
                why=why,
                number=number,
                actor="m",
                now=NOW,
            )
    with pytest.raises(FilterError, match="没有变化"):
        fault_reports.correct(connection, order, report, why="x", number=1, actor="m", now=NOW)
    fault_reports.correct(
        connection,
        order,
        replace(report, cause="control"),
        why="复查发现是主板",
        number=1,
        actor="m",
        now=NOW,
    )
    assert [(v["number"], v["cause"], v["why"]) for v in fault_reports.versions(connection, order)] == [
        (2, "control", "复查发现是主板"), (1, "door", None),
    ]  # fmt: skip
    assert incidents.read(connection, order).row["cause"] == "control"
    for statement in ("UPDATE fault_report SET cause = 'human'", "DELETE FROM fault_report"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(statement.encode())
    enter(connection, other.scope)
    assert fault_reports.versions(connection, order) == []
    with pytest.raises(NotFoundError):
        fault_reports.correct(connection, order, report, why="x", number=2, actor="o", now=NOW)


def test_inspections_are_asked_for_when_nothing_is_missing(companies: list[Company]) -> None:
    company = companies[0]
    connection, unit = company.connection, company.unit
    form = InspectionForm(dt.date(2026, 12, 26), "吴十", "13600000001")

    def ask(code: str, form: InspectionForm = form) -> bool:
        return inspection_requests.request(connection, unit, code, form, actor="m", now=NOW, today=TODAY)

    for problem, words in (("no_manager", "物业安全管理员不全"), ("bad_address", "地址不完整")):
        with pytest.raises(ConflictError, match=words):
            ask(company.elevators(problem=problem)[0]["code"])
    good = next(e["code"] for e in company.elevators() if not e["problems"])
    assert ask(good) is False  # exactly one month before is in time
    with pytest.raises(ConflictError, match="已申报"):
        ask(good)
    assert ask(good, replace(form, due_on=dt.date(2026, 12, 25))) is True
    for day in (dt.date(2026, 11, 25), dt.date(2028, 1, 1)):
        with pytest.raises(FilterError, match="一年内"):
            ask(good, replace(form, due_on=day))
    standing = inspection_requests.listed(connection, unit)
    assert {r["elevator_code"] for r in standing} == {good}
    inspection_requests.withdraw(connection, unit, standing[0]["id"], now=NOW)
    with pytest.raises(NotFoundError):
        inspection_requests.withdraw(connection, unit, standing[0]["id"], now=NOW)
    enter(connection, companies[1].scope)
    assert inspection_requests.listed(connection, companies[1].unit) == []
    with pytest.raises(NotFoundError):
        inspection_requests.withdraw(connection, companies[1].unit, standing[1]["id"], now=NOW)


def test_a_district_dispatcher_may_see_whom_to_call(company: Company) -> None:
    wanted = company.elevators(has_manager=True)[0]
    district = wanted["division_code"][:6]
    enter(company.connection, Scope("d", "dispatcher", ((district, district + "~"),)))
    assert safety_managers.contact_of(company.connection, wanted["code"]) is not None
    lead = company.connection.execute(
        "SELECT emergency_lead_phone FROM maintenance_company WHERE unit_id = %s", [company.unit]
    ).fetchone()
    assert lead is not None
    enter(company.connection, Scope("d", "dispatcher", (("5105", "5106"),)))
    assert safety_managers.contact_of(company.connection, wanted["code"]) is None
