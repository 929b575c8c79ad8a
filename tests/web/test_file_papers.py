"""The papers of an enterprise's file: assessments that come again, chemicals, certificates, credit in safety (L4)."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest

from data import register_alarms, register_watches
from data.clock import SystemClock
from data.scope import SYSTEM
from data.store import Store
from layers.registry import register_by_id
from tests.web.test_ledgers import Client, _add, _move

TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
ASSESSMENT = {
    "name": "安全现状评价报告", "kind": "status", "agency": "示例机构", "conclusion": "mend", "problem_count": "5", "mended_count": "4",
}  # fmt: skip


@pytest.fixture
def own_code(sign_in: Client) -> str:
    return str(sign_in("enterprise").get("/api/enterprises/own").get_json()["enterprises"][0]["code"])


def _attach(client: Any, register: str, row: dict[str, Any], kind: str) -> None:
    paper = {"file": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "报告.pdf"), "kind": kind}
    answer = client.post(f"/api/layers/{register}/features/{row['id']}/attachments", data=paper)
    assert answer.status_code == 201, answer.get_json()


def _warnings(store: Store, register: str, row_id: int, stage_or_watch: str) -> list[str]:
    """Let the register's alarms and watches be looked at, and give the states of one kind of warning of a row."""
    with store.transaction(SYSTEM) as connection:
        now = SystemClock().now()
        found = register_by_id(register)
        register_alarms.watch_one(connection, found, now=now)
        register_watches.look(connection, found, now=now)
        rows = connection.execute(
            "SELECT CASE WHEN processed_at IS NULL THEN 'open' ELSE 'processed' END AS state FROM warning"
            " WHERE layer = %s AND row_id = %s AND kind = %s ORDER BY id",
            [register, row_id, f"{register}.{stage_or_watch}"],
        ).fetchall()
    return [row["state"] for row in rows]


def test_an_assessment_comes_again_after_its_years_and_needs_its_report(
    sign_in: Client, city_store: Store, own_code: str
) -> None:
    enterprise, city = sign_in("enterprise"), sign_in("city")
    reported = TODAY.replace(day=1) - dt.timedelta(days=365 * 3 - 40)
    wrong = _add(
        enterprise, "safety_assessment", ASSESSMENT | {"reported_on": str(reported), "mended_count": "6"}, 422
    )
    assert [f["field"] for f in wrong["faults"]] == ["mended_count"]
    row = _add(enterprise, "safety_assessment", ASSESSMENT | {"reported_on": str(reported)})
    assert row["values"]["enterprise_code"] == own_code
    assert row["values"]["next_on"] == str(reported.replace(year=reported.year + 3))
    path = f"/api/registers/safety_assessment/rows/{row['id']}"
    _move(enterprise, path, "submit", 409)
    _attach(enterprise, "safety_assessment", row, "report")
    _move(enterprise, path, "submit")
    assert not enterprise.get(path).get_json()["may_change"]
    assert _move(city, path, "verify")["state"] == "verified"
    assert _move(enterprise, path, "replace", note="已做 2026 年评价")["state"] == "replaced"


def test_a_chemical_at_its_critical_quantity_warns_until_it_is_identified(
    sign_in: Client, city_store: Store
) -> None:
    enterprise = sign_in("enterprise")
    body = {"name": "液氨", "cas": "7664-41-7", "use": "refrigerant", "most_t": "12"}
    wrong = _add(enterprise, "chemical", body | {"cas": "7664-41-8"}, 422)
    assert [f["field"] for f in wrong["faults"]] == ["cas"]
    assert _add(enterprise, "chemical", body | {"most_t": "-1"}, 422)["faults"][0]["field"] == "most_t"
    row = _add(enterprise, "chemical", body)
    told = [row["texts"][name] for name in ("critical_t", "critical_ratio", "hazard_state")]
    assert told == ["10", "1.2", "达到临界量，应辨识"]
    path = f"/api/registers/chemical/rows/{row['id']}"
    assert _warnings(city_store, "chemical", row["id"], "unidentified.on") == ["open"]
    less = enterprise.put(path, json={"version": row["version"], "most_t": "9"})
    assert less.status_code == 200, less.get_json()
    assert less.get_json()["texts"]["hazard_state"] == "低于临界量"
    assert _warnings(city_store, "chemical", row["id"], "unidentified.on") != ["open"]


def test_a_file_of_chemicals_takes_what_follows(sign_in: Client) -> None:
    enterprise = sign_in("enterprise")
    text = "品名,CAS 号,用途,最大储存量\n甲醇,67-56-1,原料,600\n清水,,辅料,3\n"
    answer = enterprise.post(
        "/api/registers/chemical/import", data={"file": (io.BytesIO(text.encode("utf-8-sig")), "化学品.csv")}
    )
    assert answer.status_code == 200, answer.get_json()
    rows = enterprise.get("/api/registers/chemical/rows?q=甲醇&page_size=50").get_json()["rows"]
    found = enterprise.get(f"/api/registers/chemical/rows/{rows[-1]['id']}").get_json()["texts"]
    assert (found["critical_t"], found["hazard_state"]) == ("500", "达到临界量，应辨识")


def test_a_certificate_that_ended_warns_and_one_renewed_does_not(sign_in: Client, city_store: Store) -> None:
    enterprise = sign_in("enterprise")
    body = {
        "name": "特种作业操作证", "kind": "special_work", "person_name": "张三", "certificate_number": "T1", "work": "高处作业",
        "issued_on": str(TODAY - dt.timedelta(days=900)), "expires_on": str(TODAY - dt.timedelta(days=2)),
    }  # fmt: skip
    assert [
        f["field"] for f in _add(enterprise, "safety_certificate", body | {"work": ""}, 422)["faults"]
    ] == ["work"]
    row = _add(enterprise, "safety_certificate", body)
    path = f"/api/registers/safety_certificate/rows/{row['id']}"
    assert _warnings(city_store, "safety_certificate", row["id"], "expires_on.after") == ["open"]
    renewed = enterprise.put(
        path, json={"version": row["version"], "expires_on": str(TODAY + dt.timedelta(days=900))}
    )
    assert renewed.status_code == 200, renewed.get_json()
    assert _warnings(city_store, "safety_certificate", row["id"], "expires_on.after") != ["open"]


def test_credit_is_kept_by_authorities_and_repaired_by_their_word(sign_in: Client, own_code: str) -> None:
    enterprise, city = sign_in("enterprise"), sign_in("city")
    body = {
        "name": "未按规定培训", "enterprise_code": own_code, "kind": "penalty", "decided_on": "2026-03-12", "decided_by": "区应急局",
        "shown_until": "2027-03-12",
    }  # fmt: skip
    assert enterprise.post("/api/registers/safety_credit/rows", json=body).status_code == 403
    assert [
        f["field"] for f in _add(city, "safety_credit", body | {"shown_until": "2026-01-01"}, 422)["faults"]
    ] == ["shown_until"]
    row = _add(city, "safety_credit", body)
    path = f"/api/registers/safety_credit/rows/{row['id']}"
    seen = enterprise.get(path).get_json()
    assert not seen["may_change"]
    _move(enterprise, path, "ask", 409, note="已整改")
    files = f"/api/layers/safety_credit/features/{row['id']}/attachments"
    assert enterprise.get(files).get_json()["may_add_kinds"] == [
        "repair"
    ]  # what its step asks for, and no more
    paper = {"file": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "文书.pdf"), "kind": "document"}
    assert enterprise.post(files, data=paper).status_code == 403
    _attach(enterprise, "safety_credit", row, "repair")
    assert [f["may_remove"] for f in enterprise.get(files).get_json()["attachments"]] == [True]
    assert _move(enterprise, path, "ask", note="已整改")["state"] == "asked"
    assert [f["may_remove"] for f in enterprise.get(files).get_json()["attachments"]] == [False]
    assert enterprise.post(f"{path}/moves/repair", json={"version": 9, "note": "x"}).status_code in (403, 409)
    assert _move(city, path, "repair", note="材料属实")["state"] == "repaired"
    assert sign_in("maintainer").get(path).status_code in (403, 404)


@pytest.mark.parametrize("register", ["safety_assessment", "chemical", "safety_certificate", "safety_credit"])
def test_the_enterprise_s_page_counts_them(sign_in: Client, register: str) -> None:
    enterprise = sign_in("enterprise")
    number = enterprise.get("/api/enterprises/own").get_json()["enterprises"][0]["id"]
    counts = {c["layer"]: c for c in enterprise.get(f"/api/enterprises/{number}").get_json()["counts"]}
    assert counts[register]["n"] > 0
    assert enterprise.get(counts[register]["page"]).status_code == 200
