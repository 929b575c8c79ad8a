"""Summaries and knowledge of hidden dangers over HTTP: each side its own, periods that have ended, what is shown to others (L9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]
SUMMARY = {
    "name": "三季度总结", "begins_on": "2026-07-01", "ends_on": "2026-09-30", "content": "问题集中在配电室", "found_count": "12",
    "rectified_count": "11",
}  # fmt: skip
ENTRY = {"name": "排查制度", "kind": "system", "content": "每班排查", "source": "本企业制度"}


def add(client: Any, register: str, values: dict[str, Any], status: int = 201) -> Any:
    answer = client.post(f"/api/registers/{register}/rows", json=values)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def test_each_side_keeps_its_own_summaries_and_reads_the_other_s(sign_in: Client) -> None:
    own, city = sign_in("enterprise"), sign_in("city")
    mine = add(own, "danger_summary", SUMMARY | {"source": "government"})
    assert mine["texts"]["source"] == "企业", "who writes it is not said by hand"
    code = own.get("/api/registers/danger_summary").get_json()["enterprises"][0]["code"]
    theirs = add(city, "danger_summary", SUMMARY | {"enterprise_code": code})
    assert theirs["texts"]["source"] == "政府"
    for client, row, other in ((own, mine, theirs), (city, theirs, mine)):
        path = f"/api/registers/danger_summary/rows/{row['id']}"
        changed = client.put(path, json={"version": row["version"], "next_steps": "复核"})
        assert changed.status_code == 200, changed.get_json()
        path = f"/api/registers/danger_summary/rows/{other['id']}"
        seen = client.get(path).get_json()
        assert seen["may_change"] is False
        assert client.put(path, json={"version": seen["version"], "name": "改"}).status_code == 409
        assert client.delete(path, json={"version": seen["version"]}).status_code == 409


def test_a_period_is_summed_up_when_it_has_ended(sign_in: Client) -> None:
    own = sign_in("enterprise")
    for ends, word in (("2026-06-30", "早于开始"), ("2099-12-31", "还没有结束")):
        faults = add(own, "danger_summary", SUMMARY | {"ends_on": ends}, 422)["faults"]
        assert [fault["field"] for fault in faults] == ["ends_on"]
        assert word in faults[0]["detail"]


def test_an_enterprise_shows_its_knowledge_when_it_says_so(sign_in: Client) -> None:
    own, other = sign_in("enterprise"), sign_in("maintainer")
    row = add(own, "danger_knowledge", ENTRY)
    path = f"/api/layers/danger_knowledge/features/{row['id']}"
    assert other.get(path).status_code == 404
    shared = own.put(
        f"/api/registers/danger_knowledge/rows/{row['id']}",
        json={"version": row["version"], "is_shared": "true"},
    )
    assert shared.status_code == 200, shared.get_json()
    assert other.get(path).status_code == 200
    everybodys = own.get("/api/registers/danger_knowledge/rows?q=通用排查表").get_json()
    assert everybodys["total"] == 2
    assert add(sign_in("city"), "danger_knowledge", ENTRY, 422)["faults"], (
        "an authority says which office keeps it"
    )
