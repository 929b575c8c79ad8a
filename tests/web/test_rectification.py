"""Hidden dangers over HTTP on a clock that is set by hand: photographs, reviews, the deadline, the one extension, files."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from psycopg.rows import dict_row

from data import register_alarms
from data.clock import SetClock
from data.database import Database
from data.scope import SYSTEM, enter
from web.application import create_app
from web.sample_accounts import SAMPLE_PASSWORD
from web.settings import Settings

START = dt.datetime(2026, 1, 31, 2, 0, tzinfo=dt.UTC)  # 10:00 in Beijing
ROWS = "/api/registers/hidden_danger/rows"


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
def client(city_database: Database, clock: SetClock, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Clients that sign in anew each time they are asked for: sessions end while the clock moves."""
    app = create_app(Settings(city_database, state_dir=tmp_path, pool_size=3, clock=clock))

    def make(username: str) -> Any:
        found = app.test_client()
        found.post("/sign-in", data={"username": username, "password": SAMPLE_PASSWORD})
        found.environ_base["HTTP_X_CSRF_TOKEN"] = found.get("/api/session").get_json()["csrf"]
        return found

    yield make
    app.extensions["store"].close()


def register(who: Any, **more: Any) -> Any:
    answer = who.post(ROWS, json={"name": "配电柜前堆放可燃物", "grade": "general", **more})
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def photograph(who: Any, row: Any, kind: str = "after", name: str = "a.png") -> Any:
    body = {"file": (io.BytesIO(b"\x89PNG\r\n\x1a\n" + name.encode()), name), "kind": kind}
    path = f"/api/layers/hidden_danger/features/{row['id']}/attachments"
    return who.post(path, data=body, content_type="multipart/form-data")


def step(who: Any, row: Any, move: str, status: int = 200, **body: Any) -> Any:
    seen = who.get(f"{ROWS}/{row['id']}").get_json()
    answer = who.post(f"{ROWS}/{row['id']}/moves/{move}", json={"version": seen["version"], **body})
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def look(database: Database, now: dt.datetime) -> None:
    """Let the worker look at the clock."""
    with psycopg.connect(database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        while register_alarms.watch(connection, now=now):
            pass


def moves(who: Any, row: Any) -> list[str]:
    return [m["id"] for m in who.get(f"{ROWS}/{row['id']}").get_json()["moves"]]


def test_a_general_one_is_rectified_and_reviewed_by_its_enterprise(client: Callable[[str], Any]) -> None:
    own, city = client("enterprise"), client("city")
    row = register(own)
    assert row["texts"]["due_at"] == "2026-02-28 10:00"
    assert (row["texts"]["source"], row["may_change"]) == ("企业自查自报", True)
    missing = step(own, row, "rectify", 409, rectification="已清理")
    assert missing["faults"][0]["field"] == "after"
    assert photograph(own, row, name="a.pdf").status_code == 422
    number = photograph(own, row).get_json()["id"]
    assert photograph(own, row, kind="during").status_code == 422
    done = step(own, row, "rectify", rectification="已清理")
    assert (done["state"], done["may_change"], moves(city, row)) == ("in_review", False, [])
    path = f"{ROWS}/{row['id']}"
    assert own.put(path, json={"version": done["version"], "name": "别的"}).status_code == 409
    assert own.delete(path, json={"version": done["version"]}).status_code == 409
    assert own.delete(f"/api/attachments/{number}").status_code == 409
    assert photograph(own, row).status_code == 409
    assert step(own, row, "pass", 409)["faults"][0]["field"] == "note"
    assert step(own, row, "fail", note="仍有杂物")["texts"]["rounds"] == "2"
    assert own.put(path, json={"version": step_version(own, row), "name": "别的"}).status_code == 409
    assert own.delete(f"/api/attachments/{number}").status_code == 409, "the first round was judged by it"
    step(own, row, "rectify", 409, rectification="再清理")


def step_version(who: Any, row: Any) -> int:
    return int(who.get(f"{ROWS}/{row['id']}").get_json()["version"])


def test_a_second_round_passes_and_its_review_is_final(client: Callable[[str], Any], clock: SetClock) -> None:
    own = client("enterprise")
    row = register(own)
    photograph(own, row)
    step(own, row, "rectify", rectification="已清理")
    step(own, row, "fail", note="仍有杂物")
    clock.advance(60)
    photograph(own, row, name="b.png")
    step(own, row, "rectify", rectification="再清理")
    done = step(own, row, "pass", note="合格")
    assert (done["state"], done["moves"]) == ("done", [])
    step(own, row, "fail", 409, note="反悔")
    told = [(h["move"], h["note"]) for h in done["history"] if h["move"] in ("pass", "fail")]
    assert told == [("pass", "合格"), ("fail", "仍有杂物")]


def test_of_two_reviewers_at_once_one_decides_and_the_other_is_told(client: Callable[[str], Any]) -> None:
    own, reviewers = client("enterprise"), [client("city"), client("admin")]
    code = own.get("/api/registers/hidden_danger").get_json()["enterprises"][0]["code"]
    row = register(reviewers[0], enterprise_code=code)
    photograph(own, row)
    version = step(own, row, "rectify", rectification="已清理")["version"]
    together = threading.Barrier(2)
    answers: list[int] = []

    def decide(who: Any, move: str) -> None:
        together.wait()
        body = {"version": version, "note": move}
        answers.append(who.post(f"{ROWS}/{row['id']}/moves/{move}", json=body).status_code)

    threads = [
        threading.Thread(target=decide, args=one) for one in zip(reviewers, ("pass", "fail"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409]
    seen = own.get(f"{ROWS}/{row['id']}").get_json()
    decided = [h["move"] for h in seen["history"] if h["move"] in ("pass", "fail")]
    assert len(decided) == 1
    assert seen["state"] == {"pass": "done", "fail": "pending"}[decided[0]]


def test_a_deadline_in_the_past_is_refused_in_the_form(client: Callable[[str], Any]) -> None:
    own = client("enterprise")
    late = {"name": "期限已过", "grade": "major", "due_at": "2026-01-31 10:00"}
    answer = own.post(ROWS, json=late)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.get_json()["faults"]] == ["due_at"]
    assert own.post(ROWS, json=late | {"due_at": "2026-01-31 10:01"}).status_code == 201


def test_the_deadline_holds_while_no_worker_runs_and_is_set_once(
    client: Callable[[str], Any], clock: SetClock, city_database: Database
) -> None:
    own = client("enterprise")
    row = register(own, grade="major", name="逾期样例")
    photograph(own, row)
    clock.advance(28 * 86400 + 1)
    own = client("enterprise")
    step(own, row, "rectify", 409, rectification="迟了")
    asked = step(own, row, "ask_extension", extension_reason="备件未到")
    assert asked["state"] == "extension"
    clock_steps = [h for h in asked["history"] if h["party"] == "clock"]
    assert [h["to_state"] for h in clock_steps] == ["overdue"]
    look(city_database, clock.now())
    city = client("city")
    assert moves(own, row) == []
    assert set(moves(city, row)) >= {"grant_extension", "deny_extension"}
    early = step(city, row, "grant_extension", 409, note="同意", extended_to="2026-02-28 10:00")
    assert early["faults"][0]["field"] == "extended_to"
    step(city, row, "grant_extension", 409, note="同意")
    step(city, row, "grant_extension", note="同意", extended_to="2026-03-05 18:30")
    clock.advance(10 * 86400)
    look(city_database, clock.now())
    look(city_database, clock.now())
    seen = client("enterprise").get(f"{ROWS}/{row['id']}").get_json()
    assert (seen["state"], seen["moves"]) == ("overdue", [])
    assert [h["to_state"] for h in seen["history"] if h["party"] == "clock"] == ["overdue", "overdue"]
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        found = connection.execute(
            "SELECT level, processed_at IS NULL AS is_open FROM warning WHERE title = '逾期样例' AND kind = 'hidden_danger.due_at.0'"
            " ORDER BY id"
        ).fetchall()
    assert [(w["level"], w["is_open"]) for w in found] == [("2", False), ("2", True)]


@pytest.mark.parametrize("is_overdue", [True, False], ids=["once overdue", "before the deadline"])
def test_one_whose_extension_was_refused_is_warned_of_for_good(
    client: Callable[[str], Any], clock: SetClock, city_database: Database, *, is_overdue: bool
) -> None:
    """Self-reported it is asked for once overdue, of what government found before the deadline: refused, it is never rectified."""
    own, city = client("enterprise"), client("city")
    name = f"不予延期{is_overdue}"
    if is_overdue:
        row = register(own, grade="major", name=name)
        clock.advance(28 * 86400 + 1)
        own, city = client("enterprise"), client("city")
    else:
        code = own.get("/api/registers/hidden_danger").get_json()["enterprises"][0]["code"]
        row = register(city, enterprise_code=code, grade="major", name=name)
    step(own, row, "ask_extension", extension_reason="备件未到")
    look(city_database, clock.now())

    def standing() -> list[dict[str, Any]]:
        with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
            enter(connection, SYSTEM)
            return connection.execute(
                "SELECT kind, level FROM warning WHERE title = %s AND processed_at IS NULL AND kind LIKE '%%due_at.0'",
                [name],
            ).fetchall()

    assert standing() == [], "it waits for an answer"
    clock.advance(60)
    assert step(city, row, "deny_extension", note="不予延期")["state"] == "overdue"
    for _ in range(2):
        look(city_database, clock.now())
        assert standing() == [{"kind": "hidden_danger.due_at.0", "level": "2"}]


def test_what_government_found_is_reviewed_by_government(
    client: Callable[[str], Any], clock: SetClock
) -> None:
    own, city = client("enterprise"), client("city")
    assert (
        city.post(ROWS, json={"name": "x", "grade": "general"}).get_json()["faults"][0]["field"]
        == "enterprise_code"
    )
    code = own.get("/api/registers/hidden_danger").get_json()["enterprises"][0]["code"]
    row = register(city, enterprise_code=code)
    seen = own.get(f"{ROWS}/{row['id']}").get_json()
    assert (seen["texts"]["source"], seen["may_change"]) == ("政府检查", False)
    assert {m["id"] for m in seen["moves"]} == {"rectify", "ask_extension"}
    photograph(own, row)
    step(own, row, "rectify", rectification="已清理")
    step(own, row, "pass", 409, note="自己通过")
    assert step(city, row, "pass", note="合格")["state"] == "done"
    late = register(city, enterprise_code=code, name="政府逾期")
    clock.advance(40 * 86400)
    own = client("enterprise")
    step(own, late, "ask_extension", 409, extension_reason="迟了")
    step(own, late, "rectify", 409, rectification="迟了")


def test_a_file_of_hidden_dangers_is_taken_whole_or_not_at_all(client: Callable[[str], Any]) -> None:
    own = client("enterprise")

    def send(*rows: list[str]) -> Any:
        book = openpyxl.Workbook()
        for row in (["隐患内容", "隐患级别", "整改期限"], *rows):
            book.active.append(row)
        file = io.BytesIO()
        book.save(file)
        file.seek(0)
        return own.post(
            "/api/registers/hidden_danger/import",
            data={"file": (file, "x.xlsx")},
            content_type="multipart/form-data",
        )

    before = own.get(ROWS).get_json()["total"]
    bad = send(["批量甲", "一般隐患", "2026-02-10 09:00"], ["批量乙", "重大隐患", "2026-01-31 10:00"])
    assert bad.status_code == 422
    assert [(p["row"], p["column"], p["code"]) for p in bad.get_json()["problems"]] == [
        (3, "整改期限", "rule")
    ]
    assert own.get(ROWS).get_json()["total"] == before
    good = send(["批量甲", "一般隐患", "2026-02-10 09:00"], ["批量乙", "重大隐患", "2026-01-31 10:01"])
    assert good.get_json()["inserted"] == 2, good.get_json()
    found = own.get(f"{ROWS}?q=批量乙").get_json()["rows"][0]
    seen = own.get(f"{ROWS}/{found['id']}").get_json()
    assert (seen["state"], seen["texts"]["source"]) == ("pending", "企业自查自报")
    assert seen["texts"]["registered_at"] == "2026-01-31 10:00"
    assert seen["code"].startswith("HD")


def files_of(who: Any, layer: str, row: Any) -> Any:
    return who.get(f"/api/layers/{layer}/features/{row['id']}/attachments").get_json()


def removable(who: Any, row: Any, layer: str = "hidden_danger") -> set[int]:
    return {f["id"] for f in files_of(who, layer, row)["attachments"] if f["may_remove"]}


def attached(who: Any, layer: str, row: Any, kind: str, name: str) -> Any:
    content = b"%PDF-1.4 " if name.endswith(".pdf") else b"\x89PNG\r\n\x1a\n"
    body = {"file": (io.BytesIO(content + name.encode()), name), "kind": kind}
    path = f"/api/layers/{layer}/features/{row['id']}/attachments"
    return who.post(path, data=body, content_type="multipart/form-data")


def test_only_the_side_that_attached_a_file_removes_it_and_nothing_that_was_judged(
    client: Callable[[str], Any], clock: SetClock
) -> None:
    own, city = client("enterprise"), client("city")
    code = own.get("/api/registers/hidden_danger").get_json()["enterprises"][0]["code"]
    row = register(city, enterprise_code=code)
    theirs = photograph(city, row, "before", "found.png").get_json()["id"]
    assert removable(city, row) == {theirs}
    assert removable(own, row) == set()
    refused = own.delete(f"/api/attachments/{theirs}")
    assert refused.status_code == 403
    assert "只有上传的一方能删除" in refused.get_json()["detail"]
    # Whoever rectifies gives the picture of what was done; the authority does not give it for them.
    assert files_of(own, "hidden_danger", row)["may_add_kinds"] == ["before", "after"]
    assert files_of(city, "hidden_danger", row)["may_add_kinds"] == ["before"]
    assert photograph(city, row, "after").status_code == 403
    mistaken, kept = (
        photograph(own, row, "after", name).get_json()["id"] for name in ("wrong.png", "right.png")
    )
    assert removable(own, row) == {mistaken, kept}
    assert city.delete(f"/api/attachments/{kept}").status_code == 403
    assert own.delete(f"/api/attachments/{mistaken}").status_code == 200
    step(own, row, "rectify", rectification="已清理")
    assert removable(own, row) == removable(city, row) == set()
    assert city.delete(f"/api/attachments/{theirs}").status_code == 409
    clock.advance(60)
    step(city, row, "fail", note="仍有杂物")
    clock.advance(60)
    second = photograph(own, row, "after", "again.png").get_json()["id"]
    assert removable(own, row) == {second}
    assert own.delete(f"/api/attachments/{kept}").status_code == 409
    assert removable(city, row) == set()
    assert own.delete(f"/api/attachments/{second}").status_code == 200
    assert {f["id"] for f in files_of(own, "hidden_danger", row)["attachments"]} == {theirs, kept}


def test_a_picture_from_before_stays_in_the_second_round(
    client: Callable[[str], Any], clock: SetClock
) -> None:
    own = client("enterprise")
    row = register(own)
    before = photograph(own, row, "before", "before.png").get_json()["id"]
    assert removable(own, row) == {before}
    photograph(own, row)
    step(own, row, "rectify", rectification="已清理")
    clock.advance(60)
    step(own, row, "fail", note="仍有杂物")
    assert removable(own, row) == set()
    assert own.delete(f"/api/attachments/{before}").status_code == 409


def test_an_enterprise_neither_adds_to_nor_takes_from_the_papers_of_an_inspection(
    client: Callable[[str], Any],
) -> None:
    own, city = client("enterprise"), client("city")
    code = own.get("/api/registers/hidden_danger").get_json()["enterprises"][0]["code"]
    wanted = {
        "name": "专项检查", "enterprise_code": code, "kind": "special", "inspected_on": "2026-01-30", "inspectors": "张三",
        "looked_at": "仓库", "result": "ordered",
    }  # fmt: skip
    row = city.post("/api/registers/government_inspection/rows", json=wanted).get_json()
    layer = "government_inspection"
    scene, paper = (
        attached(city, layer, row, kind, name).get_json()["id"]
        for kind, name in (("scene", "scene.png"), ("document", "order.pdf"))
    )
    assert removable(own, row, layer) == set()
    offered = files_of(own, layer, row)
    assert (offered["may_add"], offered["may_add_kinds"]) == (False, [])
    for number in (scene, paper):
        assert own.delete(f"/api/attachments/{number}").status_code == 403
    assert attached(own, layer, row, "scene", "mine.png").status_code == 403
    assert attached(own, layer, row, "", "mine.png").status_code == 403
    assert city.delete(f"/api/attachments/{scene}").status_code == 200
    version = city.get(f"/api/registers/{layer}/rows/{row['id']}").get_json()["version"]
    closed = city.post(
        f"/api/registers/{layer}/rows/{row['id']}/moves/close", json={"version": version, "note": "已复查"}
    )
    assert closed.status_code == 200, closed.get_json()
    assert city.delete(f"/api/attachments/{paper}").status_code == 409
    assert attached(city, layer, row, "scene", "late.png").status_code == 409
    assert not files_of(city, layer, row)["may_add"]


def test_a_row_one_only_looks_at_takes_no_file(client: Callable[[str], Any], city_database: Database) -> None:
    """A public row of another district is read by all and attached to by its own."""
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        found = connection.execute(
            "SELECT id FROM rescue_station WHERE is_public AND NOT starts_with(authority_code,"
            " (SELECT jurisdiction[1] FROM app_user WHERE username = 'district')) LIMIT 1"
        ).fetchone()
    assert found is not None
    district = client("district")
    assert attached(district, "rescue_station", found, "", "x.png").status_code == 403
    assert not files_of(district, "rescue_station", found)["may_add"]
