"""Registrations on real PostGIS: secrets, duplicates, authorities, corrections that are kept, approval, two reviewers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data import (
    attachments,
    enterprise_file,
    enterprise_rows,
    register_history,
    registers,
    registrations,
    users,
)
from data import registration_review as review
from data.database import Database
from data.errors import ConflictError, FilterError, NotFoundError, RefusedError
from data.loading.rows import index_row
from data.register_forms import Actor
from data.registration_places import GivenPosition
from data.registration_review import Corrections
from data.registrations import Application
from data.scope import SYSTEM, Connection, enter, enter_applicant, everybody, scope_for
from layers.registration import RegistrationState
from layers.registry import layer_by_id, register_by_id
from layers.standards.credit_code import check_character
from layers.workflow import Party

NOW = dt.datetime(2026, 11, 26, 4, 0, tzinfo=dt.UTC)
FORM = {"company_name": "样例注册厂", "position_text": "114, 22"}


def code_of(number: int) -> str:
    """A credit code that no sample enterprise has."""
    body = f"91440300MA7{number:05d}K"
    return body + check_character(body)


def street_of(connection: Connection) -> dict[str, Any]:
    """A street with an outline, its community where it has one, and a point inside."""
    row = connection.execute(
        "SELECT code, name, ST_X(ST_PointOnSurface(geom)) AS lon, ST_Y(ST_PointOnSurface(geom)) AS lat FROM division"
        " WHERE level = 'street' AND geom IS NOT NULL ORDER BY code LIMIT 1"
    ).fetchone()
    assert row is not None
    return dict(row)


def application(street: dict[str, Any], number: int = 1, **changes: Any) -> Application:
    made = Application(
        f"样例注册厂{number}", code_of(number), street["code"], street["code"], "某路 1 号", "industry_and_trade",
        "machinery", 30, "张三", "13800000001", "李四", None, "李四", "13800000002", "王五", "13800000003",
        f"factory.{number}", "long-enough-1", GivenPosition(street["lon"], street["lat"], "EPSG:4326", "typed"),
    )  # fmt: skip
    return replace(made, **changes)


def submitted(connection: Connection, number: int = 1, **changes: Any) -> dict[str, Any]:
    enter(connection, SYSTEM)
    given = application(street_of(connection), number, **changes)
    _, key = registrations.new_secret()
    row = registrations.submit(connection, key, given, FORM, now=NOW)
    enter(connection, SYSTEM)
    return {**row, "key": key}


def regulator(*codes: str) -> Any:
    return scope_for(codes, username=f"reviewer.{codes[0]}", role="regulator", may_write=True)


def test_a_secret_opens_its_own_draft_and_no_other(city_connection: Connection) -> None:
    (_, one), (_, two) = registrations.new_secret(), registrations.new_secret()
    registrations.save_draft(city_connection, one, {**FORM, "password": "x", "other": "y"}, now=NOW)
    assert registrations.read_own(city_connection, two) is None
    found = registrations.read_own(city_connection, one)
    assert found is not None
    assert found["form"] == FORM  # nothing but the form's fields, never a password
    enter_applicant(city_connection, two)
    assert city_connection.execute("UPDATE registration SET form = '{}'").rowcount == 0
    assert city_connection.execute("DELETE FROM registration").rowcount == 0
    enter(city_connection, regulator("440300"))
    assert (
        city_connection.execute("SELECT 1 FROM registration WHERE state = 'draft'").fetchall() == []
    )  # drafts are nobody's to read


def test_an_applicant_cannot_approve_itself(city_connection: Connection) -> None:
    row = submitted(city_connection)
    enter_applicant(city_connection, row["key"])
    assert (
        city_connection.execute("UPDATE registration SET state = 'approved', unit_id = 1").rowcount == 0
    )  # what waits is only read
    with pytest.raises(ConflictError):
        registrations.save_draft(city_connection, row["key"], FORM, now=NOW)


def test_each_authority_sees_its_own(city_connection: Connection) -> None:
    street = street_of(city_connection)["code"]
    row = submitted(city_connection)
    unset = submitted(city_connection, 2, authority_code=None)
    for codes, expected in (
        ([street], {row["id"]}),
        ([street[:6]], {row["id"]}),
        (["440300"], {row["id"], unset["id"]}),
        (["510500"], set()),
    ):
        enter(city_connection, regulator(*codes))
        seen = {r["id"] for r in review.queue(city_connection, RegistrationState.PENDING, limit=50, offset=0)}
        assert seen & {row["id"], unset["id"]} == expected, codes
    enter(city_connection, regulator("510500"))
    with pytest.raises(NotFoundError):
        review.approve(city_connection, row["id"], version=row["version"], scope=regulator("510500"), now=NOW)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"region_code": "440399999"}, "没有代码为"),
        ({"region_code": "440304"}, "请选到街道"),
        ({"authority_code": "440305001"}, "不监管该地区"),
        ({"position": GivenPosition(105.44, 28.87, "EPSG:4326", "x")}, "不在本市范围内"),
    ],
)
def test_what_does_not_fit_is_refused(
    city_connection: Connection, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(FilterError, match=words):
        submitted(city_connection, **changes)


def test_a_code_or_a_name_waits_once(city_connection: Connection) -> None:
    submitted(city_connection)
    with pytest.raises(ConflictError, match="等待审核"):
        submitted(city_connection, 2, credit_code=code_of(1))
    with pytest.raises(ConflictError, match="用户名"):
        submitted(city_connection, 3, username="factory.1")
    with pytest.raises(ConflictError, match="用户名"):
        submitted(city_connection, 4, username="city")
    with pytest.raises(users.UserError, match="10 位"):
        submitted(city_connection, 5, password="short")


def test_approval_puts_it_on_the_map_and_opens_its_account(city_connection: Connection) -> None:
    row = submitted(city_connection)
    scope = regulator("440300")
    enter(city_connection, scope)
    name = review.approve(city_connection, row["id"], version=row["version"], scope=scope, now=NOW)
    signed_in = users.sign_in(city_connection, name, "long-enough-1", now=NOW)
    assert signed_in.secret is not None
    session = users.session_of(city_connection, signed_in.secret, now=NOW)
    assert session is not None
    enter(city_connection, session.user.scope())
    own = city_connection.execute("SELECT code, owner_id, industry FROM enterprise").fetchall()
    assert [(r["code"], r["owner_id"], r["industry"]) for r in own] == [
        (code_of(1), session.user.unit_id, "machinery")
    ]
    enter(city_connection, scope)
    with pytest.raises(ConflictError, match="不能再次审核"):
        review.send_back(city_connection, row["id"], "x", version=row["version"] + 1, scope=scope, now=NOW)
    sent = city_connection.execute("SELECT recipient FROM outbox ORDER BY id DESC LIMIT 1").fetchone()
    assert sent == {"recipient": "13800000001"}


def test_an_enterprise_that_was_loaded_before_keeps_its_grade(city_connection: Connection) -> None:
    standing = city_connection.execute(
        "SELECT code, risk_grade FROM enterprise WHERE owner_id IS NULL AND risk_grade IS NOT NULL ORDER BY code LIMIT 1"
    ).fetchone()
    assert standing is not None
    row = submitted(city_connection, credit_code=standing["code"])
    scope = regulator("440300")
    enter(city_connection, scope)
    review.approve(city_connection, row["id"], version=row["version"], scope=scope, now=NOW)
    after = city_connection.execute(
        "SELECT name, risk_grade, owner_id FROM enterprise WHERE code = %s", [standing["code"]]
    ).fetchone()
    assert after is not None
    assert (after["name"], after["risk_grade"]) == ("样例注册厂1", standing["risk_grade"])
    assert after["owner_id"] is not None
    with pytest.raises(ConflictError, match="已有账号"):
        submitted(city_connection, 9, credit_code=standing["code"])


def keep_before(connection: Connection, code: str, authority: str, folder: Path) -> dict[str, int]:
    """A hidden danger with a photograph and a warning, a hazard site and a plan, kept while the enterprise has no account; their ids."""
    scope = regulator(authority)
    enter(connection, scope)
    actor = Actor(scope, Party.AUTHORITY, NOW)
    found = {
        "hidden_danger": registers.add(
            connection, register_by_id("hidden_danger"),
            {"name": "注册前的隐患", "grade": "general", "enterprise_code": code}, None, actor,
        ),
        "hazard_site": registers.add(
            connection, register_by_id("hazard_site"), {"name": "注册前的危险源", "enterprise_code": code}, None, actor,
        ),
    }  # fmt: skip
    attachments.add(
        connection, layer_by_id("hidden_danger"), found["hidden_danger"], file_name="a.png", content=b"\x89PNG\r\n\x1a\n",
        folder=folder, scope=scope, now=NOW,
    )  # fmt: skip
    connection.execute(
        "INSERT INTO warning (kind, level, title, layer, row_id, division_code, authority_code, raised_at) SELECT 'due', '3', 'x',"
        " 'hidden_danger', id, division_code, authority_code, %s FROM hidden_danger WHERE id = %s",
        [NOW, found["hidden_danger"]],
    )
    plan = connection.execute(
        "INSERT INTO emergency_plan (code, name, enterprise_code, kind, level, state, division_code, authority_code, position_quality)"
        " SELECT 'EP-BEFORE', '注册前的预案', code, 'special', 'I', 'issued', division_code, authority_code, 'none' FROM enterprise"
        " WHERE code = %s RETURNING id",
        [code],
    ).fetchone()
    assert plan is not None
    index_row(connection, layer_by_id("emergency_plan"), "EP-BEFORE")
    return {**found, "emergency_plan": plan["id"]}


def seen_by(connection: Connection, scope: Any, rows: dict[str, int]) -> dict[str, int]:
    """How many of the rows, and of what is kept of them, a scope sees and may write."""
    enter(connection, scope)
    names, ids = list(rows), list(rows.values())
    of_rows = "(layer, row_id) IN (SELECT * FROM unnest(%s::text[], %s::bigint[]))"
    found = {
        table: len(connection.execute(f"SELECT 1 FROM {table} WHERE {of_rows}".encode(), [names, ids]).fetchall())
        for table in ("search_entry", "attachment", "warning")
    }  # fmt: skip
    found["rows"] = found["writable"] = 0
    for table, row_id in rows.items():
        found["rows"] += len(
            connection.execute(f"SELECT 1 FROM {table} WHERE id = %s".encode(), [row_id]).fetchall()
        )
        found["writable"] += connection.execute(
            f"UPDATE {table} SET name = name WHERE id = %s".encode(), [row_id]
        ).rowcount
    danger = register_by_id("hidden_danger")
    row = connection.execute(
        "SELECT code FROM hidden_danger WHERE id = %s", [rows["hidden_danger"]]
    ).fetchone()
    found["events"] = (
        len(register_history.history(connection, danger, row["code"], language="zh", sees_sensitive=True))
        if row
        else 0
    )
    return found


def versions(connection: Connection) -> dict[str, int]:
    return {r["layer"]: r["version"] for r in connection.execute("SELECT layer, version FROM layer_state")}


def test_what_was_kept_before_follows_the_enterprise_that_registers(
    city_connection: Connection, tmp_path: Path
) -> None:
    """After approval it is the enterprise's own and its new authority's; the authority before sees nothing of it any more."""
    street = street_of(city_connection)["code"]
    standing = city_connection.execute(
        "SELECT code, authority_code FROM enterprise WHERE owner_id IS NULL AND geom IS NOT NULL AND authority_code <> '440300'"
        " AND left(authority_code, 6) <> left(%s, 6) ORDER BY code LIMIT 1",
        [street],
    ).fetchone()
    assert standing is not None
    code, old = standing["code"], regulator(standing["authority_code"])
    rows = keep_before(city_connection, code, standing["authority_code"], tmp_path)
    whole = {"rows": 3, "writable": 3, "search_entry": 3, "attachment": 1, "warning": 1, "events": 1}
    nothing = dict.fromkeys(whole, 0)
    assert seen_by(city_connection, old, rows) == whole
    before = versions(city_connection)

    row = submitted(city_connection, credit_code=code)
    scope = regulator("440300")
    enter(city_connection, scope)
    name = review.approve(city_connection, row["id"], version=row["version"], scope=scope, now=NOW)
    after = versions(city_connection)
    assert all(after[table] > before[table] for table in rows)
    session = users.session_of(
        city_connection, str(users.sign_in(city_connection, name, "long-enough-1", now=NOW).secret), now=NOW
    )
    assert session is not None
    own = session.user.scope()
    enter(city_connection, own)
    counted = enterprise_file.counts(city_connection, code)
    assert all(counted[table] for table in rows)
    enter(city_connection, SYSTEM)
    assert counted == enterprise_file.counts(city_connection, code)
    assert seen_by(city_connection, old, rows) == nothing
    assert seen_by(city_connection, regulator(street), rows) == whole
    own_may_write = replace(own, may_write=True)
    assert seen_by(city_connection, own_may_write, rows) == whole


def test_what_happened_stays_as_it_was_written(city_connection: Connection) -> None:
    """Who sees an event may follow its row; nothing else of it changes."""
    code = city_connection.execute("SELECT code FROM enterprise ORDER BY code LIMIT 1").fetchone()
    assert code is not None
    actor = Actor(SYSTEM, Party.AUTHORITY, NOW)
    registers.add(
        city_connection, register_by_id("hidden_danger"),
        {"name": "隐患", "grade": "general", "enterprise_code": code["code"]}, None, actor,
    )  # fmt: skip
    for change in ("note = 'x'", "username = 'x'", "is_public = true"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            city_connection.transaction(),
        ):
            city_connection.execute(f"UPDATE register_event SET {change}".encode())


def test_following_again_changes_nothing(city_connection: Connection) -> None:
    """Every table that names an enterprise is followed, the sample's rows stand right already, and the scope comes back."""
    codes = [
        r["code"] for r in city_connection.execute("SELECT code FROM enterprise WHERE owner_id IS NOT NULL")
    ]
    scope = regulator("510500")
    enterprise_rows.follow(city_connection, codes)
    enter(city_connection, scope)
    assert enterprise_rows.follow(city_connection, codes) == {}
    assert city_connection.execute("SELECT 1 FROM enterprise").fetchall() == []


def test_rows_that_an_approval_once_left_behind_are_found_and_follow(city_connection: Connection) -> None:
    enterprise_rows.follow(city_connection, enterprise_rows.stranded(city_connection))
    assert enterprise_rows.stranded(city_connection) == []
    enter(city_connection, SYSTEM)
    row = city_connection.execute(
        "UPDATE hidden_danger h SET owner_id = NULL FROM enterprise e WHERE e.code = h.enterprise_code AND e.owner_id IS NOT NULL"
        " AND h.id = (SELECT min(x.id) FROM hidden_danger x JOIN enterprise y ON y.code = x.enterprise_code WHERE y.owner_id IS NOT NULL)"
        " RETURNING h.id, e.code, e.owner_id"
    ).fetchone()
    assert row is not None
    assert enterprise_rows.stranded(city_connection) == [row["code"]]
    assert enterprise_rows.follow(city_connection, [row["code"]]) == {"hidden_danger": 1}
    after = city_connection.execute(
        "SELECT owner_id FROM hidden_danger WHERE id = %s", [row["id"]]
    ).fetchone()
    assert after == {"owner_id": row["owner_id"]}
    assert enterprise_rows.stranded(city_connection) == []


def test_corrections_are_kept_with_their_author(city_connection: Connection) -> None:
    row = submitted(city_connection, authority_code=None)
    street = street_of(city_connection)
    scope = regulator("440300")
    enter(city_connection, scope)
    moved = GivenPosition(street["lon"] + 1e-4, street["lat"], "EPSG:4326", "clicked")
    wanted = Corrections(authority_code=street["code"], industry=("general", "town_gas"), position=moved)
    review.correct(city_connection, row["id"], wanted, version=row["version"], scope=scope, now=NOW)
    found = review.read(city_connection, row["id"])
    kept = {c["field"]: (c["actor"], c["before"], c["after"]) for c in found["changes"]}
    assert kept["authority_code"] == (scope.username, "440300", street["code"])
    assert kept["industry"] == (scope.username, "industry_and_trade/machinery", "general/town_gas")
    assert kept["position"][2] == f"{moved.lon:.6f}, {moved.lat:.6f}"
    assert "region_code" not in kept
    with pytest.raises(ConflictError, match="其他审核人"):
        review.approve(city_connection, row["id"], version=row["version"], scope=scope, now=NOW)
    review.approve(city_connection, row["id"], version=found["version"], scope=scope, now=NOW)
    placed = city_connection.execute(
        "SELECT authority_code, industry, ST_X(geom) AS lon FROM enterprise WHERE code = %s", [code_of(1)]
    ).fetchone()
    assert placed == {
        "authority_code": street["code"],
        "industry": "town_gas",
        "lon": pytest.approx(moved.lon),
    }


def test_a_township_may_hand_over_to_the_city_and_loses_sight(city_connection: Connection) -> None:
    street = street_of(city_connection)["code"]
    row = submitted(city_connection)
    scope = regulator(street)
    enter(city_connection, scope)
    review.correct(
        city_connection,
        row["id"],
        Corrections(authority_code="440300"),
        version=row["version"],
        scope=scope,
        now=NOW,
    )
    with pytest.raises(NotFoundError):
        review.read(city_connection, row["id"])
    enter(city_connection, regulator("440300"))
    assert review.read(city_connection, row["id"])["authority_code"] == "440300"


def test_what_is_returned_is_submitted_again_with_the_old_password(city_connection: Connection) -> None:
    row = submitted(city_connection)
    scope = regulator("440300")
    enter(city_connection, scope)
    review.send_back(city_connection, row["id"], "地址不全", version=row["version"], scope=scope, now=NOW)
    own = registrations.read_own(city_connection, row["key"])
    assert own is not None
    assert (own["state"], own["reason"]) == ("returned", "地址不全")
    enter(city_connection, SYSTEM)
    given = application(street_of(city_connection), password=None)
    again = registrations.submit(city_connection, row["key"], given, FORM, now=NOW)
    assert (again["state"], again["reason"], again["id"]) == ("pending", None, row["id"])


def test_somebody_without_the_right_to_write_reviews_nothing(city_connection: Connection) -> None:
    row = submitted(city_connection)
    scope = scope_for(["440300"], username="x", role="wall")
    enter(city_connection, scope)
    with pytest.raises(RefusedError):
        review.approve(city_connection, row["id"], version=row["version"], scope=scope, now=NOW)


def test_two_reviewers_at_once(city_database: Database) -> None:
    """Each on a connection of its own; the second waits for the first, then is told who was first."""
    with psycopg.connect(city_database.app, row_factory=dict_row) as setting:
        row = submitted(setting, 77)
    scope = regulator("440300")
    with (
        psycopg.connect(city_database.app, row_factory=dict_row) as first,
        psycopg.connect(city_database.app, row_factory=dict_row) as second,
    ):
        enter(first, scope)
        enter(second, scope)
        assert review.read(second, row["id"])["state"] == "pending"  # both look at it
        review.approve(first, row["id"], version=row["version"], scope=scope, now=NOW)
        first.commit()
        with pytest.raises(ConflictError, match=scope.username):
            review.send_back(second, row["id"], "x", version=row["version"], scope=scope, now=NOW)
        second.rollback()
        found = first.execute("SELECT count(*) AS n FROM app_user WHERE username = 'factory.77'").fetchone()
        assert found == {"n": 1}


def test_everybody_s_scope_ends_also_when_what_was_done_under_it_fails(city_connection: Connection) -> None:
    def ranges() -> str:
        row = city_connection.execute("SELECT current_setting('onemap.ranges', true) AS ranges").fetchone()
        assert row is not None
        return str(row["ranges"])

    def fail_half_way() -> None:
        with everybody(city_connection):
            assert ranges() != own
            raise ValueError("half way")

    def ask_for_nothing() -> None:
        with city_connection.transaction(), everybody(city_connection):
            city_connection.execute("SELECT 1 FROM nothing_of_that_name")

    enter(city_connection, scope_for(["440307"], username="district", role="regulator"))
    own = ranges()
    with pytest.raises(ValueError, match="half way"):
        fail_half_way()
    assert ranges() == own
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask_for_nothing()
    assert ranges() == own
