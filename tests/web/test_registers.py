"""Declared registers over HTTP: rows, moves, records, alarms, imports and figures, each under its user's rights."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from psycopg.rows import dict_row

from data import register_alarms, register_import, warnings
from data.clock import SystemClock
from data.errors import LoadError
from data.loading.subject import LoadRequest
from data.register_forms import Actor
from data.scope import SYSTEM, enter
from data.store import Store
from layers.registry import all_registers, register_by_id
from layers.workflow import Party

Client = Callable[[str], Any]
NOW = dt.datetime(2026, 11, 26, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def enterprise(sign_in: Client) -> Any:
    return sign_in("enterprise")


def _licence(code: str, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": "安全生产许可证",
        "kind": "safety_production",
        "expires_on": "2027-05-01",
        **more,
    }


def _add(client: Any, register: str, body: dict[str, Any], status: int = 201) -> Any:
    answer = client.post(f"/api/registers/{register}/rows", json=body)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def test_an_owner_adds_a_row_that_stands_at_its_enterprise(enterprise: Any) -> None:
    row = _add(enterprise, "licence", _licence("LIC-1"))
    assert row["state"] == "draft"
    assert row["enterprise"]["name"]
    assert row["position"]["lon"] is not None
    assert [m["id"] for m in row["moves"]] == ["submit", "withdraw"]
    assert row["history"][0]["action"] == "created"


def test_every_fault_of_a_form_is_named_at_once(enterprise: Any) -> None:
    body = _add(enterprise, "licence", {"name": "", "kind": "没有这种", "expires_on": "2027-02-30"}, 422)
    assert {f["field"] for f in body["faults"]} == {"kind", "expires_on"}
    body = _add(enterprise, "licence", {"kind": "gas"}, 422)
    assert {f["field"] for f in body["faults"]} == {"code", "name", "expires_on"}
    assert _add(enterprise, "licence", {"name": {"a": 1}}, 422)["faults"][0]["field"] == "name"


def test_a_code_that_is_taken_is_a_fault_of_its_field(enterprise: Any) -> None:
    _add(enterprise, "licence", _licence("LIC-2"))
    body = _add(enterprise, "licence", _licence("LIC-2"), 422)
    assert body["faults"][0]["field"] == "code"


def test_an_owner_keeps_rows_of_no_other_enterprise(enterprise: Any, city_store: Store) -> None:
    with city_store.transaction(SYSTEM) as connection:
        other = connection.execute(
            "SELECT code FROM enterprise WHERE owner_id IS NULL OR owner_id <> (SELECT unit_id FROM app_user"
            " WHERE username = 'enterprise') LIMIT 1"
        ).fetchone()
    assert other is not None
    body = _add(enterprise, "licence", _licence("LIC-3", enterprise_code=other["code"]), 422)
    assert body["faults"][0]["field"] == "enterprise_code"


def test_the_life_of_a_licence(enterprise: Any, sign_in: Client) -> None:
    row = _add(enterprise, "licence", _licence("LIC-4"))
    path = f"/api/registers/licence/rows/{row['id']}"
    row = enterprise.post(f"{path}/moves/submit", json={"version": row["version"]}).get_json()
    assert row["state"] == "submitted"
    assert not row["may_change"]
    locked = enterprise.put(path, json={"version": row["version"], "issuer": "x"})
    assert locked.status_code == 409
    assert enterprise.post(f"{path}/moves/verify", json={"version": row["version"]}).status_code == 409
    regulator = sign_in("city")
    seen = regulator.get(path).get_json()
    assert [m["id"] for m in seen["moves"]] == ["verify", "return"]
    without = regulator.post(f"{path}/moves/return", json={"version": seen["version"]})
    assert without.status_code == 409
    assert without.get_json()["faults"][0]["field"] == "note"
    back = regulator.post(f"{path}/moves/return", json={"version": seen["version"], "note": "证号不清"})
    assert back.get_json()["state"] == "returned"
    again = regulator.post(f"{path}/moves/return", json={"version": seen["version"], "note": "再退"})
    assert again.status_code == 409
    mine = enterprise.get(path).get_json()
    assert mine["history"][0]["note"] == "证号不清"
    changed = enterprise.put(path, json={"version": mine["version"], "issuer": "示例市应急管理局"}).get_json()
    assert changed["history"][0]["changes"] == [
        {"name": "issuer", "label": "发证机关", "before": "", "after": "示例市应急管理局"}
    ]


def test_a_plan_is_evaluated_every_three_years(enterprise: Any) -> None:
    row = _add(
        enterprise, "emergency_plan", {"name": "综合应急预案", "kind": "comprehensive", "level": "III"}
    )
    path = f"/api/registers/emergency_plan/rows/{row['id']}"

    def step(move: str, status: int = 200, **filled: str) -> Any:
        version = enterprise.get(path).get_json()["version"]
        answer = enterprise.post(f"{path}/moves/{move}", json={"version": version, **filled})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json()

    assert "evaluate" not in [m["id"] for m in row["moves"]]
    step(
        "review", risk_assessed_on="2023-01-05", resources_surveyed_on="2023-01-09", reviewed_on="2023-02-01"
    )
    issued = step("issue", issued_on="2023-02-10", signer="李四")
    assert issued["texts"]["evaluate_by_on"] == "2026-02-10"
    assert step("evaluate", 409, evaluated_on="2026-02-01")["faults"][0]["field"] == "evaluation"
    for kind in ("evaluation", "risk_assessment", "resource_survey"):
        body = {"file": (io.BytesIO(b"%PDF-1.4 plan"), f"{kind}.pdf"), "kind": kind}
        attached = enterprise.post(
            f"/api/layers/emergency_plan/features/{row['id']}/attachments",
            data=body,
            content_type="multipart/form-data",
        )
        assert attached.status_code == 201, attached.get_data(as_text=True)
    assert step("evaluate", 409, evaluated_on="2023-02-10")["faults"][0]["field"] == "evaluated_on"
    done = step("evaluate", evaluated_on="2026-02-01")
    assert (done["state"], done["texts"]["evaluate_by_on"]) == ("issued", "2029-02-01")
    step("evaluate", 409, evaluated_on="2026-02-01")  # once


def test_two_tabs_do_not_write_over_each_other(enterprise: Any) -> None:
    row = _add(enterprise, "licence", _licence("LIC-5"))
    path = f"/api/registers/licence/rows/{row['id']}"
    assert enterprise.put(path, json={"version": row["version"], "issuer": "甲"}).status_code == 200
    assert enterprise.put(path, json={"version": row["version"], "issuer": "乙"}).status_code == 409
    assert enterprise.get(path).get_json()["texts"]["issuer"] == "甲"


def test_others_rows_are_not_there(enterprise: Any, sign_in: Client) -> None:
    row = _add(enterprise, "licence", _licence("LIC-6"))
    path = f"/api/registers/licence/rows/{row['id']}"
    assert sign_in("maintainer").get(path).status_code == 403
    assert sign_in("wall").get("/api/registers").status_code == 403
    assert enterprise.get("/api/registers/licence/rows/99999999").status_code == 404
    assert enterprise.get("/api/registers/elevator/rows").status_code == 404


def test_an_authority_looks_at_what_owners_keep(sign_in: Client, enterprise: Any) -> None:
    assert _add(sign_in("city"), "fire_facility", {"name": "x"}, 403)
    row = _add(enterprise, "fire_facility", {"name": "灭火器", "kind": "extinguisher"})
    seen = sign_in("city").get(f"/api/registers/fire_facility/rows/{row['id']}").get_json()
    assert not seen["may_change"]
    assert seen["moves"] == []


def test_records_set_the_row_and_its_next_date(enterprise: Any) -> None:
    row = _add(enterprise, "fire_facility", {"name": "1 号箱", "kind": "extinguisher"})
    assert row["code"].startswith("FF")
    path = f"/api/registers/fire_facility/rows/{row['id']}"
    body = {"inspected_on": "2026-11-20", "inspector": "李四", "result": "repair"}
    row = enterprise.post(f"{path}/records/inspection", json=body).get_json()
    assert row["values"]["next_inspection_on"] == "2026-12-20"
    assert row["values"]["inspection_result"] == "repair"
    older = {**body, "inspected_on": "2026-10-01", "result": "good"}
    row = enterprise.post(f"{path}/records/inspection", json=older).get_json()
    assert row["values"]["inspection_result"] == "repair"
    newest = row["records"][0]["rows"][0]["id"]
    row = enterprise.delete(f"{path}/records/inspection/{newest}").get_json()
    assert row["values"]["next_inspection_on"] == "2026-10-31"
    ahead = enterprise.post(f"{path}/records/inspection", json={**body, "inspected_on": "2099-01-01"})
    assert ahead.status_code == 422


def test_a_removed_row_is_gone_from_search_and_its_events_stay(enterprise: Any, city_store: Store) -> None:
    row = _add(enterprise, "fire_facility", {"name": "待删水泵接合器", "kind": "hydrant"})
    path = f"/api/registers/fire_facility/rows/{row['id']}"
    found = enterprise.get("/api/search?q=待删水泵接合器").get_json()
    assert row["code"] in str(found)
    assert enterprise.delete(path, json={"version": row["version"]}).status_code == 200
    assert row["code"] not in str(enterprise.get("/api/search?q=待删水泵接合器").get_json())
    with city_store.transaction(SYSTEM) as connection:
        events = connection.execute(
            "SELECT action FROM register_event WHERE row_code = %s ORDER BY id", [row["code"]]
        ).fetchall()
    assert [e["action"] for e in events] == ["created", "removed"]


def _watch(store: Store, now: dt.datetime) -> list[tuple[str, str, bool]]:
    """Let the clock look, and give the warnings there are about licences: kind, title, is it open?"""
    with psycopg.connect(store.database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        while register_alarms.watch(connection, now=now):
            pass
        rows = connection.execute(
            "SELECT kind, title, processed_at FROM warning WHERE title LIKE '闹钟证%' ORDER BY id"
        ).fetchall()
    return [(r["kind"], r["title"], r["processed_at"] is None) for r in rows]


def test_alarms_come_once_before_and_once_after_and_go_when_the_date_moves(
    enterprise: Any, city_store: Store
) -> None:
    row = _add(enterprise, "licence", _licence("LIC-7", name="闹钟证甲", expires_on="2027-03-31"))
    # The last second of 31 March in Beijing is 16:00 UTC of that day.
    end = dt.datetime(2027, 3, 31, 16, 0, tzinfo=dt.UTC)
    first = end - dt.timedelta(days=90)
    assert _watch(city_store, first - dt.timedelta(minutes=1)) == []
    before = ("licence.expires_on.before", "闹钟证甲", True)
    assert _watch(city_store, first) == [before]
    assert _watch(city_store, first + dt.timedelta(days=3)) == [before]
    after = ("licence.expires_on.after", "闹钟证甲", True)
    assert set(_watch(city_store, end)) == {after, (*before[:2], False)}
    path = f"/api/registers/licence/rows/{row['id']}"
    assert (
        enterprise.put(path, json={"version": row["version"], "expires_on": "2030-03-31"}).status_code == 200
    )
    assert {is_open for *_, is_open in _watch(city_store, end)} == {False}


def test_a_warning_that_was_processed_does_not_come_again(enterprise: Any, city_store: Store) -> None:
    _add(enterprise, "licence", _licence("LIC-8", name="闹钟证乙", expires_on="2026-12-01"))
    _watch(city_store, NOW)
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute("SELECT id FROM warning WHERE title = '闹钟证乙'").fetchall()
        assert len(rows) == 1
        warnings.process(connection, rows[0]["id"], note="已换证", scope=SYSTEM, now=NOW)
    found = [w for w in _watch(city_store, NOW + dt.timedelta(hours=1)) if w[1] == "闹钟证乙"]
    assert found == [("licence.expires_on.before", "闹钟证乙", False)]


def test_the_clock_sets_what_is_past_its_deadline_once_even_when_it_was_down(
    enterprise: Any, city_store: Store
) -> None:
    body = {
        "name": "闹钟证动火", "kind": "hot", "guardian": "李四",
        "begins_at": "2028-03-01 08:00", "ends_at": "2028-03-01 16:00",
    }  # fmt: skip
    row = _add(enterprise, "work_permit", body)
    path = f"/api/registers/work_permit/rows/{row['id']}"
    move = {"version": row["version"], "approver": "王五"}
    missing = enterprise.post(f"{path}/moves/approve", json=move)
    assert missing.get_json()["faults"][0]["field"] == "measures"
    row = enterprise.post(f"{path}/moves/approve", json={**move, "measures": "气体分析合格"}).get_json()
    row = enterprise.post(f"{path}/moves/begin", json={"version": row["version"]}).get_json()
    # 16:00 in Beijing is 8:00 UTC: a minute before it nothing happens; the clock that was down for two days sets it once.
    until = dt.datetime(2028, 3, 1, 8, 0, tzinfo=dt.UTC)

    def found(now: dt.datetime) -> list[str]:
        return [kind for kind, title, _ in _watch(city_store, now) if title == "闹钟证动火"]

    assert found(until - dt.timedelta(minutes=1)) == []
    assert enterprise.get(path).get_json()["state"] == "working"
    late = until + dt.timedelta(days=2)
    assert found(late) == found(late + dt.timedelta(hours=1)) == ["work_permit.ends_at.1"]
    seen = enterprise.get(path).get_json()
    assert (seen["state"], seen["moves"], seen["may_change"]) == ("lapsed", [], False)
    assert [h["party"] for h in seen["history"]].count("clock") == 1


def _book(header: list[str], *rows: list[Any]) -> io.BytesIO:
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def _import(
    client: Any, register: str, file: io.BytesIO, *, name: str = "证照.xlsx", dry: bool = False
) -> Any:
    return client.post(
        f"/api/registers/{register}/import{'?check=1' if dry else ''}",
        data={"file": (file, name)}, content_type="multipart/form-data",
    )  # fmt: skip


HEADER = ["证照编号", "证照名称", "所属企业", "证照类别", "有效期至"]


def test_a_file_is_checked_then_loaded_and_states_stay(enterprise: Any, city_store: Store) -> None:
    own = enterprise.get("/api/registers/licence").get_json()["enterprises"][0]["code"]
    row = _add(enterprise, "licence", _licence("LIC-9"))
    book = lambda: _book(HEADER, ["LIC-9", "改名", own, "燃气经营许可证", "2028-01-01"], ["LIC-10", "新证", own, "其他", "2028-01-01"])  # noqa: E731 # fmt: skip
    checked = _import(enterprise, "licence", book(), name="../../x.xlsx", dry=True).get_json()
    assert (checked["inserted"], checked["updated"], checked["written"]) == (1, 1, False)
    path = f"/api/registers/licence/rows/{row['id']}"
    assert enterprise.get(path).get_json()["name"] == "安全生产许可证"
    done = _import(enterprise, "licence", book()).get_json()
    assert (done["inserted"], done["updated"], done["written"]) == (1, 1, True)
    seen = enterprise.get(path).get_json()
    assert (seen["name"], seen["state"], seen["history"][0]["action"]) == ("改名", "draft", "imported")
    assert seen["position"]["lon"] is not None
    enterprise.post(f"{path}/moves/submit", json={"version": seen["version"]})
    again = _import(enterprise, "licence", book()).get_json()
    assert (again["inserted"], again["updated"]) == (0, 0)
    other = _book(HEADER, ["LIC-9", "又改", own, "其他", "2028-01-01"])
    refused = _import(enterprise, "licence", other)
    assert refused.status_code == 422
    assert "LIC-9" in refused.get_json()["detail"]
    assert enterprise.get(path).get_json()["name"] == "改名"


def test_others_go_on_while_a_file_is_loaded(enterprise: Any, city_store: Store, tmp_path: Path) -> None:
    """What others change meanwhile is theirs: rows outside the file do not hinder it, rows of the file are not written over."""
    own = enterprise.get("/api/registers/licence").get_json()["enterprises"][0]["code"]
    rows = {code: _add(enterprise, "licence", _licence(code)) for code in ("LIC-30", "LIC-31")}
    path = tmp_path / "x.xlsx"
    path.write_bytes(_book(HEADER, ["LIC-30", "改名", own, "其他", "2028-01-01"]).getvalue())

    def load(meanwhile: str) -> None:
        def say(text: str) -> None:
            if text.startswith("写入"):
                row = enterprise.get(f"/api/registers/licence/rows/{rows[meanwhile]['id']}").get_json()
                answer = enterprise.post(
                    f"/api/registers/licence/rows/{row['id']}/moves/submit", json={"version": row["version"]}
                )
                assert answer.status_code == 200, answer.get_json()

        with city_store.transaction(SYSTEM) as connection:
            actor = Actor(SYSTEM, Party.AUTHORITY, SystemClock().now())
            request = LoadRequest("licence", path, say=say)
            register_import.load(
                connection, register_by_id("licence"), request, file_name="x.xlsx", actor=actor
            )

    def seen(code: str) -> tuple[str, str, list[str]]:
        row = enterprise.get(f"/api/registers/licence/rows/{rows[code]['id']}").get_json()
        return row["name"], row["state"], [event["action"] for event in row["history"]]

    load("LIC-31")
    assert seen("LIC-30")[0] == "改名"
    assert "imported" not in seen("LIC-31")[2]
    path.write_bytes(_book(HEADER, ["LIC-30", "再改", own, "其他", "2028-01-01"]).getvalue())
    with pytest.raises(LoadError, match="LIC-30"):
        load("LIC-30")
    assert seen("LIC-30")[:2] == ("改名", "submitted")


def test_bad_rows_of_a_file_are_named_and_nothing_is_written(enterprise: Any) -> None:
    own = enterprise.get("/api/registers/licence").get_json()["enterprises"][0]["code"]
    book = _book(
        HEADER,
        ["LIC-11", "好", own, "其他", "2028-01-01"],
        ["LIC-12", "坏", "没有的企业", "其他", "2028-13-01"],
    )
    answer = _import(enterprise, "licence", book)
    assert answer.status_code == 422
    problems = answer.get_json()["problems"]
    assert {(p["row"], p["column"]) for p in problems} == {(3, "所属企业"), (3, "有效期至")}
    assert "LIC-11" not in str(enterprise.get("/api/registers/licence/rows?q=LIC-11").get_json()["rows"])


def test_a_row_of_another_enterprise_is_a_named_bad_row(enterprise: Any, city_store: Store) -> None:
    own = enterprise.get("/api/registers/licence").get_json()["enterprises"][0]["code"]
    with city_store.transaction(SYSTEM) as connection:
        other = connection.execute(
            "SELECT code, name, enterprise_code FROM licence WHERE enterprise_code <> %s LIMIT 1", [own]
        ).fetchone()
    assert other is not None
    answer = _import(
        enterprise, "licence", _book(HEADER, [other["code"], "抢来的", own, "其他", "2028-01-01"])
    )
    assert answer.status_code == 422
    assert [(p["row"], p["code"]) for p in answer.get_json()["problems"]] == [(2, "out_of_scope")]
    theirs = _book(HEADER, ["LIC-T", "别家的", other["enterprise_code"], "其他", "2028-01-01"])
    assert {p["column"] for p in _import(enterprise, "licence", theirs).get_json()["problems"]} == {
        "所属企业"
    }
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute("SELECT name FROM licence WHERE code = %s", [other["code"]]).fetchone()
    assert row == {"name": other["name"]}


def test_a_file_does_not_choose_who_supervises_a_row(enterprise: Any, city_store: Store) -> None:
    own = enterprise.get("/api/registers/licence").get_json()["enterprises"][0]["code"]
    book = _book(
        [*HEADER, "归属机构", "经度", "纬度"],
        ["LIC-A", "证", own, "其他", "2028-01-01", "440303", 114.0579, 22.5431],
    )
    answer = enterprise.post(
        "/api/registers/licence/import", data={"file": (book, "x.xlsx"), "crs": "gcj02"},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 200, answer.get_json()
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT l.authority_code = e.authority_code AS is_same, ST_X(l.geom) AS lon FROM licence l"
            " JOIN enterprise e ON e.code = l.enterprise_code WHERE l.code = 'LIC-A'"
        ).fetchone()
    assert row is not None
    assert row["is_same"]
    assert row["lon"] != pytest.approx(114.0579, abs=1e-4)


def test_a_file_cannot_reach_over_the_fence(enterprise: Any, sign_in: Client) -> None:
    row = _add(enterprise, "licence", _licence("LIC-13"))
    assert sign_in("enterprise").get("/api/registers/licence").get_json()["side"] == "owner"
    nothing = _import(enterprise, "licence", io.BytesIO(b"no book"), name="x.xlsx")
    assert nothing.status_code == 422
    text = _import(enterprise, "licence", io.BytesIO(b"a,b\n1,2\n"), name="x.exe")
    assert text.status_code == 422
    assert row["state"] == "draft"


def test_every_split_adds_up_to_its_total_and_opens_its_rows(enterprise: Any, sign_in: Client) -> None:
    _add(enterprise, "licence", _licence("LIC-14", expires_on="2026-12-03"))
    for name in ("city", "enterprise", "district"):
        client = sign_in(name)
        for register in all_registers():
            body = client.get(f"/api/registers/{register.id}/figures").get_json()
            for choice in body["choices"]:
                assert sum(c["n"] for c in choice["counts"]) == body["total"]
                for count in choice["counts"]:
                    if count["value"]:
                        rows = client.get(f"/api/registers/{register.id}/rows?{choice['field']}={count['value']}&division={body['division']['code']}").get_json()  # fmt: skip
                        assert rows["total"] == count["n"]
            if body["divisions"]:
                assert sum(d["n"] for d in body["divisions"]) == body["total"]
            for field, stages in body["due"].items():
                for stage, n in stages.items():
                    rows = client.get(
                        f"/api/registers/{register.id}/rows?due={field}.{stage}&division={body['division']['code']}"
                    ).get_json()
                    assert rows["total"] == n
    assert sign_in("city").get("/api/registers/licence/rows?due=code.never").status_code == 400


def test_what_was_found_in_a_key_area_stands_with_it(enterprise: Any) -> None:
    area = _add(enterprise, "key_area", {"name": "液氨罐区", "kind": "storage", "patrol_days": "7"})
    link = next(x for x in area["links"] if x["register"] == "hidden_danger")
    assert f"area_code={area['code']}" in link["add"]
    danger = {"name": "阀门渗漏", "grade": "general", "area_code": area["code"]}
    made = enterprise.post("/api/registers/hidden_danger/rows", json=danger).get_json()
    assert ("key_area", "code", area["code"]) in [
        (x["register"], x["field"], x["value"]) for x in made["links"]
    ]
    link = next(
        x
        for x in enterprise.get(f"/api/registers/key_area/rows/{area['id']}").get_json()["links"]
        if x["register"] == "hidden_danger"
    )
    found = enterprise.get(f"/api/registers/hidden_danger/rows?{link['field']}={link['value']}").get_json()[
        "rows"
    ]
    assert [row["id"] for row in found] == [made["id"]]


def test_the_card_on_the_map_leads_to_the_row(enterprise: Any, sign_in: Client) -> None:
    row = _add(enterprise, "fire_facility", {"name": "3 号箱", "kind": "extinguisher"})
    path = f"/api/layers/fire_facility/features/{row['id']}"
    page = enterprise.get(path).get_json()["page"]
    assert page == f"/registers/fire_facility/{row['id']}"
    assert enterprise.get(page).status_code == 200
    own = enterprise.get("/api/layers/enterprise/features").get_json()["rows"][0]["id"]
    assert enterprise.get(f"/api/layers/enterprise/features/{own}").get_json()["page"] == f"/enterprise/{own}"


def test_the_proof_of_a_register_is_one_file_under_150_lines() -> None:
    import inspect

    from layers.themes import fire_facility

    assert register_by_id("fire_facility").records
    assert len(inspect.getsource(fire_facility).splitlines()) < 150


def test_an_owner_attaches_files_to_its_rows_and_to_nothing_else(enterprise: Any, sign_in: Client) -> None:
    row = _add(enterprise, "fire_facility", {"name": "2 号箱", "kind": "extinguisher"})
    path = f"/api/layers/fire_facility/features/{row['id']}/attachments"
    picture = lambda: {"file": (io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 20), "../../x.png")}  # noqa: E731
    number = enterprise.post(path, data=picture(), content_type="multipart/form-data").get_json()["id"]
    assert enterprise.get(path).get_json()["attachments"][0]["file_name"] == "x.png"
    assert sign_in("maintainer").post(
        path, data=picture(), content_type="multipart/form-data"
    ).status_code in (403, 404)
    own = enterprise.get("/api/layers/enterprise/features").get_json()["rows"][0]["id"]
    other = f"/api/layers/enterprise/features/{own}/attachments"
    assert enterprise.post(other, data=picture(), content_type="multipart/form-data").status_code == 403
    assert enterprise.delete(f"/api/attachments/{number}").status_code == 200


def test_the_sample_holds_plausible_rows(city_store: Store) -> None:
    with city_store.transaction(SYSTEM) as connection:
        for register in all_registers():
            row = connection.execute(f"SELECT count(*) AS n FROM {register.id}".encode()).fetchone()
            assert row is not None
            # a small city has few major hazards, any city few accidents and suspensions, and what is known of rescue is short
            few = {
                "hazard_site": 5,
                "accident": 5,
                "production_stop": 10,
                "rescue_flow": 20,
                "rescue_knowledge": 20,
                "danger_knowledge": 8,
            }
            assert row["n"] > few.get(register.id, 50), register.id
