"""The sample city's rescue decision: made by the functions the page uses, whole, and the same whenever it is worked out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data import decisions, drills
from data.drill_question import from_json
from data.rescue_plan import from_json as plan_from_json
from data.rescue_plan import measured
from data.sample import rescue_decisions
from data.scope import SYSTEM, Connection
from data.store import Store
from data.travel_store import TravelStore
from dispatch.rescue_decision import recommend


def _made(connection: Connection) -> dict[str, Any]:
    row = connection.execute(
        "SELECT d.id FROM rescue_decision d JOIN accident a ON a.code = d.accident_code WHERE a.state = 'responding'"
        " AND d.username = 'city' ORDER BY d.created_at LIMIT 1"
    ).fetchone()
    assert row is not None
    return decisions.read(connection, row["id"])


def test_the_city_has_a_decision_from_the_alternatives_to_the_tasks(city_connection: Connection) -> None:
    row = _made(city_connection)
    content = row["content"]
    found = decisions.alternatives(city_connection, row["id"], content["alternatives"])
    assert [one["plan"]["mode"] for one in found] == ["evacuate", "shelter"]
    assert found[0]["answer"]["people"]["leaving"] > 0  # else there would be nothing to decide
    best = found[recommend([measured(one["answer"]) for one in found]).best_idx]
    assert content["chosen"] == str(best["id"])
    assert "指挥部同意" in content["reason"]
    assert len(content["tasks"]) == 3
    told = decisions.versions(city_connection, row["id"])
    assert [v["number"] for v in told] == [5, 4, 3, 2, 1]
    assert {c["what"] for c in told[1]["changes"]} == {"chosen", "reason", "task_added"}
    assert [c["what"] for c in told[0]["changes"]] == ["remarks"]
    assert [v["at"] for v in told] == sorted((v["at"] for v in told), reverse=True)
    old = decisions.read(city_connection, row["id"], version=4)
    assert (old["content"]["remarks"], old["content"]["chosen"]) == ("", content["chosen"])


def test_it_comes_out_alike_whenever_it_is_worked_out(
    city_store: Store, city_connection: Connection, tmp_path: Path
) -> None:
    row = _made(city_connection)
    one = decisions.alternatives(city_connection, row["id"], row["content"]["alternatives"])[0]
    again = drills.run_drill(
        city_store, TravelStore(city_store, tmp_path), SYSTEM, from_json(one["question"]),
        plan=plan_from_json(one["plan"]), report=lambda *_: None,
    )  # fmt: skip
    timed = {"took_s", "seconds"}
    told = json.loads(json.dumps(again, default=str))
    assert {k: v for k, v in told.items() if k not in timed} == {
        k: v for k, v in one["answer"].items() if k not in timed
    }


def test_a_city_that_has_one_gets_no_other(city_store: Store, tmp_path: Path) -> None:
    assert rescue_decisions.write_missing(city_store, TravelStore(city_store, tmp_path)) == 0
