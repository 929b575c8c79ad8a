"""The page of limits by district: what holds is shown, set, refused in words, taken away, and holds for open orders at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from data import dispatch_rules
from data.scope import SYSTEM
from data.store import Store

PAGE = "/admin/dispatch-rules"
GOOD = {
    "division": "440305", "answer_min": "2.5", "arrival_min": "20", "trapped_min": "90", "blackout_calls": "5",
    "blackout_window_min": "10", "is_automatic": "1", "act": "set",
}  # fmt: skip


@pytest.fixture
def admin(sign_in: Any, city_store: Store) -> Iterator[Any]:
    with city_store.transaction(SYSTEM) as connection:
        before = dispatch_rules.rules(connection)
        connection.execute("DELETE FROM dispatch_rule WHERE division_code = '440305'")
    yield sign_in("admin")
    with city_store.transaction(SYSTEM) as connection:
        connection.execute("DELETE FROM dispatch_rule")
        for code, rule in before.items():
            dispatch_rules.put(connection, code, rule)


def of_district(store: Store) -> Any:
    with store.transaction(SYSTEM) as connection:
        return dispatch_rules.rules(connection).get("440305")


def test_a_districts_limits_are_set_shown_and_taken_away(admin: Any, city_store: Store) -> None:
    page = admin.get(PAGE).get_data(as_text=True)
    assert "南山区" in page
    assert 'id="rule-440305"' in page
    assert admin.post(PAGE, data=GOOD).status_code == 302
    rule = of_district(city_store)
    assert (rule.answer_limit_s, rule.arrival_limit_s, rule.trapped_limit_s, rule.is_automatic) == (
        150,
        1200,
        5400,
        True,
    )
    assert (rule.blackout_calls, rule.blackout_window_s) == (5, 600)
    page = admin.get(PAGE).get_data(as_text=True)
    own = page[page.index('id="rule-440305"') :]
    own = own[: own.index("</form>")]
    assert 'name="answer_min" type="number" step="any" min="0" required value="2.5"' in own
    assert "checked" in own
    assert 'value="remove"' in own
    without = {k: v for k, v in GOOD.items() if k != "is_automatic"}
    assert admin.post(PAGE, data=without).status_code == 302
    assert of_district(city_store).is_automatic is False
    assert admin.post(PAGE, data={"division": "440305", "act": "remove"}).status_code == 302
    assert of_district(city_store) is None
    assert admin.post(PAGE, data={"division": "440305", "act": "remove"}).status_code == 404
    with city_store.transaction(SYSTEM) as connection:
        kept = connection.execute(
            "SELECT count(*) AS n FROM audit WHERE action = 'dispatch_rule' AND subject = '440305'"
        ).fetchone()
    assert kept is not None
    assert kept["n"] >= 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"answer_min": "viel"}, "响应时限应为大于 0 的分钟数"),
        ({"arrival_min": "-1"}, "到达时限应为大于 0 的分钟数"),
        ({"trapped_min": "nan"}, "被困时限应为大于 0 的分钟数"),
        ({"arrival_min": "2"}, "时限应满足"),
        ({"trapped_min": "1441"}, "被困时限"),
        ({"blackout_calls": "1"}, "2–1000"),
        ({"blackout_calls": "²"}, "2–1000"),
        ({"blackout_window_min": ""}, "时间窗"),
    ],
)
def test_limits_that_will_not_do_are_said_beside_their_field(
    admin: Any, city_store: Store, values: dict[str, str], words: str
) -> None:
    response = admin.post(PAGE, data=GOOD | values)
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert words in page
    assert "form-error" in page
    assert of_district(city_store) is None


def test_limits_are_for_administrators_and_for_divisions_that_there_are(admin: Any, sign_in: Any) -> None:
    assert admin.post(PAGE, data=GOOD | {"division": "999999"}).status_code == 404
    for name in ("city", "dispatcher", "district", "maintainer"):
        assert sign_in(name).get(PAGE).status_code == 403
        assert sign_in(name).post(PAGE, data=GOOD).status_code == 403


def test_a_change_holds_at_once_for_open_orders(admin: Any, sign_in: Any, city_store: Store) -> None:
    with city_store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT code FROM elevator e WHERE division_code LIKE '440305%' AND geom IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM incident i WHERE i.elevator_code = e.code) ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    dispatcher = sign_in("dispatcher")
    order = dispatcher.post("/api/orders", json={"elevator_code": row["code"]}).get_json()
    path = f"/api/orders/{order['code']}"
    sign_in("admin").post(PAGE, data=GOOD)
    limits = {c["name"]: c["limit_s"] for c in dispatcher.get(path).get_json()["clocks"]}
    assert limits == {"answer": 150, "arrival": 1200, "trapped": 5400}
    dispatcher.post(f"{path}/close", json={"outcome": "not_entrapment", "why": "测试"})
