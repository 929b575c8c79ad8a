"""Whoever asks for another's row by its number changes nothing: every changing route that takes one, as three users."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from data.database import Database
from data.scope import SYSTEM, Connection, enter
from layers.registry import all_layers, all_registers
from web.application import create_app
from web.sample_accounts import SAMPLE_PASSWORD
from web.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
#: What asking itself leaves behind.
_OF_ASKING = {"audit", "web_session", "rate_window", "spatial_ref_sys", "alembic_version"}
#: By argument: rows with the address they stand at. ``{t}`` says which are another's, of the table as ``t``.
_BY_ARGUMENT = {
    "attachment_id": "SELECT t.id AS attachment_id FROM attachment t WHERE {t}",
    "proposal_id": "SELECT t.id AS proposal_id FROM binding_proposal t WHERE {t}",
    "request_id": "SELECT r.id AS request_id FROM inspection_request r JOIN elevator t ON t.code = r.elevator_code WHERE {t}",
    "manager_id": "SELECT t.id AS manager_id, t.version FROM safety_manager t WHERE {t}",
    "maintainer_id": "SELECT r.id AS maintainer_id, t.code, t.version FROM responder r JOIN rescue_station t ON t.code = r.station_code WHERE {t}",
    "enterprise_id": "SELECT t.id AS enterprise_id, t.version FROM enterprise t WHERE {t}",
    "site_id": "SELECT t.id AS site_id, t.version FROM hazard_site t WHERE {t}",
    "route_id": "SELECT t.id AS route_id, t.version FROM patrol_route t WHERE {t}",
    "track_id": "SELECT k.id AS track_id FROM patrol_track k JOIN patrol_route t ON t.code = k.route_code WHERE {t}",
    "plan_id": "SELECT p.id AS plan_id, p.version FROM plant_plan p JOIN enterprise t ON t.code = p.enterprise_code WHERE {t}",
    "trip_id": "SELECT t.id AS trip_id FROM transport_trip t WHERE {t}",
    "corridor_id": "SELECT t.id AS corridor_id FROM transport_corridor t WHERE {t}",
    "warning_id": "SELECT t.id AS warning_id FROM warning t WHERE t.processed_at IS NULL AND {t}",
    "unit_id": "SELECT n.id AS unit_id FROM unit n WHERE NOT EXISTS (SELECT 1 FROM elevator o WHERE o.owner_id = n.id AND NOT ({o}))"
    " AND NOT EXISTS (SELECT 1 FROM app_user u WHERE u.username = %(user)s AND u.unit_id = n.id)",
    "token_id": "SELECT k.id AS token_id FROM access_token k JOIN app_user u ON u.id = k.user_id WHERE u.username <> %(user)s",
    "user_id": "SELECT id AS user_id FROM app_user WHERE username <> %(user)s",
    "message_id": "SELECT id AS message_id FROM outbox",
    "number": "SELECT t.id AS number FROM registration t WHERE t.state = 'pending' AND NOT starts_with(t.authority_code,"
    " (SELECT jurisdiction[1] FROM app_user WHERE username = 'district'))",
}
#: By route, where its argument alone does not say which rows.
_BY_ROUTE = {
    "enterprise_changes.withdraw": "SELECT e.id AS enterprise_id, t.id AS number FROM enterprise_change t JOIN enterprise e"
    " ON e.code = t.enterprise_code WHERE {t}",
    "enterprise_changes.approve": "SELECT t.id AS number FROM enterprise_change t WHERE {t}",
    "enterprise_changes.send_back": "SELECT t.id AS number FROM enterprise_change t WHERE {t}",
    "plant_plans.remove_point": "SELECT p.id AS plan_id, q.id AS point_id FROM plant_plan p JOIN plan_point q ON q.plan_code = p.code"
    " JOIN enterprise t ON t.code = p.enterprise_code WHERE {t}",
    "drill_plans.take": "SELECT c.id::text AS course_id, t.id AS row_id, t.version FROM drill t CROSS JOIN drill_course c WHERE {t}",
    "exercise_times.take": "SELECT t.id AS row_id, i.code, t.version FROM drill t CROSS JOIN incident i WHERE {t}",
    "decisions.restore": "SELECT v.decision_id::text AS decision_id, v.number FROM rescue_decision_version v",
}  # fmt: skip
for _name in ("press", "correct", "undo"):
    _BY_ROUTE[f"exercise_times.{_name}"] = (
        "SELECT t.id AS row_id, 'first_team' AS step, t.version FROM drill t WHERE {t}"
    )
_FILES = {"attachments.add", "plant_plans.add", "patrols.change", "patrols.add_track"}
#: What each body holds, whatever the route takes of it: enough to be let in with, were the row one's own.
_BODY = {
    "note": "别人的", "name": "别人改的", "reason": "别人退的", "kind": "site", "is_active": False, "password": "somebody-else-9",
    "role": "regulator", "display_name": "别人", "jurisdiction": ["440300"], "ticks": [], "share": "p50", "at": "2026-01-01T00:00:00Z",
    "x_px": 1, "y_px": 1, "mobile": "13800000001", "unit_code": "X", "codes": [], "limit_s": 1800, "rectification": "别人填的",
}  # fmt: skip


@pytest.fixture(scope="module")
def database(make_database: Callable[..., Database], city_template: Database) -> Database:
    """A city of its own, with some of everything that the sample leaves out."""
    found: Database = make_database("others", city_template)
    with psycopg.connect(found.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        connection.execute(
            "INSERT INTO attachment (layer, row_id, file_name, media_type, size_bytes, sha256, authority_code, owner_id, is_public,"
            " created_by, created_at) SELECT 'enterprise', id, 'a.png', 'image/png', 1, '\\x00', authority_code, owner_id, is_public,"
            " 'system', now() FROM enterprise"
        )
        connection.execute(
            "INSERT INTO inspection_request (elevator_code, due_on, contact_name, contact_phone, is_late, actor, requested_at)"
            " SELECT code, '2026-12-01', '某人', '13800000000', false, 'system', now() FROM elevator"
        )
        connection.execute(
            "INSERT INTO binding_proposal (authority_code, owner_id, is_public, username, limit_s, per_crew, hour_of_week, note, created_at)"
            " SELECT DISTINCT ON (owner_id) authority_code, owner_id, false, 'city', 1800, 100, 32, '', now() FROM elevator WHERE owner_id IS NOT NULL"
        )
        # A plan with a point of an enterprise that none of the three has to do with.
        connection.execute(
            "INSERT INTO plant_plan (code, enterprise_code, name, kind, attachment_id, width_px, height_px, created_by, created_at, updated_at)"
            " SELECT 'PLX', e.code, '别人的图', 'site', a.id, 10, 10, 'system', now(), now() FROM enterprise e JOIN attachment a"
            " ON a.layer = 'enterprise' AND a.row_id = e.id WHERE e.owner_id IS NULL AND NOT starts_with(e.authority_code,"
            " (SELECT jurisdiction[1] FROM app_user WHERE username = 'district')) ORDER BY e.id LIMIT 1"
        )
        connection.execute(
            "INSERT INTO plan_point (code, name, division_code, authority_code, kind, enterprise_code, plan_code, x_px, y_px, position_quality)"
            " SELECT 'PPX', '别人的点', e.division_code, e.authority_code, (SELECT kind FROM plan_point LIMIT 1), e.code, 'PLX', 1, 1, 'none'"
            " FROM plant_plan p JOIN enterprise e ON e.code = p.enterprise_code WHERE p.code = 'PLX'"
        )
        connection.execute(
            "INSERT INTO access_token (user_id, name, token_hash, scopes, created_at, expires_at)"
            " SELECT id, 't', decode(md5(username), 'hex'), ARRAY['read'], now(), now() + interval '9 days' FROM app_user"
        )
    return found


@pytest.fixture(scope="module")
def app(database: Database, tmp_path_factory: Any) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("others")
    found = create_app(Settings(database, state_dir=folder, pool_size=3))
    yield found
    found.extensions["store"].close()


def routes(app: Any) -> list[Any]:
    """Every changing route with a number in its address, but for those of versions of what has a key of its own."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "<int:" in rule.rule and (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    ]


def foreign(connection: Connection, rule: Any, username: str, others: str) -> list[dict[str, Any]]:
    """Some addresses of rows that are another's, two of each kind; with the version that their keeper would send."""
    asked: list[str] = []
    if "register_id" in rule.arguments:
        for register in all_registers():
            move = register.workflow.moves[0].id if register.workflow else "x"
            records = register.records[0].id if register.records else "x"
            asked.append(
                f"SELECT t.id AS row_id, 1 AS record_id, t.version, '{register.id}' AS register_id, '{move}' AS move_id,"
                f" '{records}' AS records_id FROM {register.id} t WHERE {{t}}"
            )
    elif "layer_id" in rule.arguments:
        asked = [
            f"SELECT t.id AS feature_id, '{layer.id}' AS layer_id FROM {layer.id} t WHERE {{t}}"
            for layer in all_layers()
        ]
    else:
        argument = next(name for name in rule.arguments if f"<int:{name}>" in rule.rule)
        one = _BY_ROUTE.get(rule.endpoint) or _BY_ARGUMENT.get(argument)
        assert one, f"say in _BY_ROUTE where others' rows of {rule.endpoint} are found"
        asked = [one]
    found: list[dict[str, Any]] = []
    for one in asked:
        statement = one.format(t=others.replace("@", "t"), o=others.replace("@", "o"))
        found += connection.execute(f"{statement} LIMIT 2".encode(), {"user": username}).fetchall()
    return found


def content(connection: Connection) -> dict[str, Any]:
    """What every table holds, as one digest each."""
    tables = [
        row["tablename"]
        for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    return {
        table: connection.execute(
            f"SELECT count(*) AS n, md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) AS digest FROM \"{table}\" t".encode()
        ).fetchone()
        for table in sorted(set(tables) - _OF_ASKING)
    }


def sent(client: Any, method: str, address: str, endpoint: str, row: dict[str, Any]) -> int:
    body = {**_BODY, "version": row.get("version") or 1}
    if endpoint in _FILES:
        data = {
            **{k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()},
            "file": (io.BytesIO(PNG), "a.png"),
        }
        answer = client.open(address, method=method, data=data, content_type="multipart/form-data")
    else:
        answer = client.open(address, method=method, json=body)
    answer.close()
    return int(answer.status_code)


@pytest.mark.parametrize("username", ["district", "enterprise", "maintainer"])
def test_nobody_changes_anothers_row_by_its_number(app: Any, database: Database, username: str) -> None:
    client = app.test_client()
    client.post("/sign-in", data={"username": username, "password": SAMPLE_PASSWORD})
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/session").get_json()["csrf"]
    with psycopg.connect(database.superuser or "", row_factory=dict_row, autocommit=True) as connection:
        user = connection.execute(
            "SELECT unit_id, jurisdiction FROM app_user WHERE username = %s", [username]
        ).fetchone()
        assert user is not None
        others = (
            f"NOT starts_with(@.authority_code, '{user['jurisdiction'][0]}')"
            if user["unit_id"] is None
            else f"@.owner_id IS DISTINCT FROM {user['unit_id']}"
        )
        before = content(connection)
        wrong, without, asked = [], set(), 0
        for rule in routes(app):
            rows = foreign(connection, rule, username, others)
            if not rows:
                without.add(rule.endpoint)
            for row in rows:
                values = {name: row.get(name, "x") for name in rule.arguments}
                for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}):
                    address = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
                    status = sent(client, method, address, rule.endpoint, row)
                    asked += 1
                    if status not in (403, 404, 409, 422):
                        wrong.append(f"{method} {address}: {status}")
        after = content(connection)
    assert not wrong, "\n".join(wrong)
    assert not without, f"no row of another was found for {sorted(without)}"
    assert asked > 300
    assert after == before, sorted(table for table in before if before[table] != after[table])
