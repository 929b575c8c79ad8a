"""Drills owed: counted by division, each unit once; warned of once; taken back when drilled; seen by jurisdiction."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from data import divisions, drill_duty, register_moves, warnings
from data.register_forms import Actor
from data.scope import Connection, Scope
from layers.display import LOCAL_ZONE
from layers.drill_rules import HIGH_HAZARD
from layers.errors import WorkflowError
from layers.registry import register_by_id
from layers.workflow import Party

DECEMBER = dt.datetime(2031, 12, 10, 9, tzinfo=LOCAL_ZONE)


def ask(client: Any, **values: str) -> dict[str, Any]:
    response = client.get("/api/drill-duty", query_string=values)
    assert response.status_code == 200, response.get_data(as_text=True)
    found: dict[str, Any] = response.get_json()
    return found


@pytest.mark.parametrize("role", ["city", "district"])
def test_parts_add_up_and_each_count_opens_its_units(sign_in: Any, role: str) -> None:
    client = sign_in(role)
    body = ask(client)
    assert body["counts"]["total"] == sum(body["counts"][s] for s in drill_duty.STATES)
    for name, n in body["counts"].items():
        assert sum(part[name] for part in body["parts"]) == n
        if name != "total":
            assert ask(client, state=name)["total"] == n
    part = max(body["parts"], key=lambda p: p["total"])
    assert ask(client, division=part["code"])["counts"]["total"] == part["total"]
    if role == "city":
        assert body["counts"]["met"] > body["counts"]["behind"] > 0


def test_who_has_nothing_on_record_is_counted_beside_the_others(
    sign_in: Any, city_connection: Connection
) -> None:
    """By plain SQL: no trade of high hazard, no plan, no drill since the last year began; the list has just these."""
    body = ask(sign_in("city"))
    rows = city_connection.execute(
        "SELECT code FROM enterprise e WHERE (industry IS NULL OR industry <> ALL(%s)) AND (valid_to IS NULL OR valid_to >= current_date)"
        " AND NOT EXISTS (SELECT FROM emergency_plan p WHERE p.enterprise_code = e.code)"
        " AND NOT EXISTS (SELECT FROM drill d WHERE d.enterprise_code = e.code AND d.state IN ('executed', 'summed_up')"
        " AND d.executed_on >= make_date(extract(year FROM current_date)::int - 1, 1, 1))",
        [sorted(HIGH_HAZARD)],
    ).fetchall()
    codes = sorted(row["code"] for row in rows)
    assert body["counts"]["nothing"] == len(codes) > 0
    listed = ask(sign_in("city"), state="nothing")
    assert [u["code"] for u in listed["units"]] == codes[:50]
    assert listed["total"] == len(codes)
    assert {d["state"] for u in listed["units"] for d in u["duties"]} <= set(drill_duty.STATES) - {"met"}


def test_an_enterprise_sees_its_own_duty_alone(sign_in: Any, city_connection: Connection) -> None:
    body = ask(sign_in("enterprise"))
    row = city_connection.execute(
        "SELECT e.code FROM enterprise e JOIN app_user u ON u.unit_id = e.owner_id WHERE u.username = 'enterprise'"
    ).fetchone()
    assert row is not None
    assert [u["code"] for u in body["units"]] == [row["code"]]


@pytest.mark.parametrize(("address", "status"), [("state=x", 400), ("division=999999", 404), ("page=0", 400)])
def test_wrong_questions_are_refused(sign_in: Any, address: str, status: int) -> None:
    assert sign_in("city").get(f"/api/drill-duty?{address}").status_code == status


def test_a_duty_is_warned_of_once_and_taken_back_when_it_is_done(city_connection: Connection) -> None:
    connection = city_connection
    first = drill_duty.warn(connection, now=DECEMBER)
    assert first > 0
    assert drill_duty.warn(connection, now=DECEMBER + dt.timedelta(hours=3)) == 0
    row = connection.execute(
        "SELECT w.row_id, e.code, e.division_code, e.authority_code, e.geom FROM warning w JOIN enterprise e ON e.id = w.row_id"
        " WHERE w.kind = 'drill_owed.annual.2031-12-31.soon' AND w.processed_at IS NULL ORDER BY w.id LIMIT 1"
    ).fetchone()
    assert row is not None
    connection.execute(
        "INSERT INTO drill (code, name, division_code, authority_code, position_quality, enterprise_code, kind, planned_on, executed_on, state)"
        " VALUES ('DR1', '综合演练', %(division_code)s, %(authority_code)s, 'none', %(code)s, 'comprehensive', '2031-12-10', '2031-12-10', 'executed')",
        row,
    )
    assert drill_duty.warn(connection, now=DECEMBER + dt.timedelta(days=1)) == 1
    kept = connection.execute(
        "SELECT processed_by FROM warning WHERE row_id = %s AND kind = 'drill_owed.annual.2031-12-31.soon'",
        [row["row_id"]],
    ).fetchone()
    assert kept == {"processed_by": "system"}
    # In January the duties of the year that ended are behind, each with a warning of its own.
    before = warnings.split(connection, warnings.Asked(), "kind")
    drill_duty.warn(connection, now=DECEMBER + dt.timedelta(days=30))
    after = warnings.split(connection, warnings.Asked(), "kind")
    assert "drill_owed.annual.2031-12-31.behind" not in before
    assert after["drill_owed.annual.2031-12-31.behind"] > 0
    words = drill_duty.kind_words("drill_owed.annual.2031-12-31.behind")
    assert words is not None
    assert "未完成" in words.zh


def test_a_report_that_is_missed_is_warned_of_counted_by_division_and_taken_back_when_it_is_made(
    city_connection: Connection,
) -> None:
    connection = city_connection
    unit = connection.execute(
        "SELECT e.id, e.code, e.name, e.division_code, e.authority_code, e.owner_id FROM enterprise e WHERE e.industry = ANY(%s)"
        " AND e.owner_id IS NOT NULL AND EXISTS (SELECT 1 FROM emergency_plan p WHERE p.enterprise_code = e.code) ORDER BY e.id LIMIT 1",
        [sorted(HIGH_HAZARD)],
    ).fetchone()
    assert unit is not None
    drill = connection.execute(
        "INSERT INTO drill (code, name, division_code, authority_code, owner_id, position_quality, enterprise_code, kind, planned_on, executed_on, state)"
        " VALUES ('DR2', '综合演练', %(division_code)s, %(authority_code)s, %(owner_id)s, 'none', %(code)s, 'special', '2031-09-01', '2031-09-01', 'summed_up')"
        " RETURNING id, version",
        unit,
    ).fetchone()
    assert drill is not None
    stem = "drill_owed.report.2031-12-31"

    def open_kinds() -> list[str]:
        rows = connection.execute(
            "SELECT kind, title FROM warning WHERE row_id = %s AND starts_with(kind, %s) AND processed_at IS NULL",
            [unit["id"], stem],
        ).fetchall()
        assert all("应于 2031-09-29 前" in row["title"] for row in rows)
        return [row["kind"] for row in rows]

    def day(month: int, number: int) -> dt.datetime:
        return dt.datetime(2031, month, number, 9, tzinfo=LOCAL_ZONE)

    drill_duty.warn(connection, now=day(9, 20))
    assert open_kinds() == []
    drill_duty.warn(connection, now=day(9, 24))
    assert open_kinds() == [f"{stem}.soon"]
    drill_duty.warn(connection, now=day(10, 1))
    assert f"{stem}.behind" in open_kinds()
    found = drill_duty.units(connection, now=day(10, 1))
    late = [u for u in found if u.is_unreported]
    assert unit["code"] in {u.code for u in late}
    city = divisions.city(connection)
    assert city is not None
    parts = drill_duty.by_part(connection, found, city.code, {})
    assert (
        drill_duty.counts(found, {})["unreported"] == sum(part["unreported"] for part in parts) == len(late)
    )
    scope = Scope("enterprise", "enterprise", (), unit["owner_id"], may_write=True)
    actor = Actor(scope, Party.OWNER, day(10, 2))
    row = register_moves.move(
        connection,
        register_by_id("drill"),
        drill["id"],
        "report",
        {},
        note="",
        version=drill["version"],
        actor=actor,
    )
    assert row["reported_on"] == dt.date(2031, 10, 2)  # of a drill that is locked: nothing else of it changes
    with pytest.raises(WorkflowError, match="已于 2031-10-02 报送"):
        register_moves.move(
            connection,
            register_by_id("drill"),
            drill["id"],
            "report",
            {},
            note="",
            version=row["version"],
            actor=actor,
        )
    drill_duty.warn(connection, now=day(10, 3))
    assert open_kinds() == []
    words = drill_duty.kind_words(f"{stem}.behind")
    assert words is not None
    assert "报送" in words.zh
