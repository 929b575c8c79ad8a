"""The review's routes: each authority its own queue, corrections that are kept, decisions once, hand-overs, who may not."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from data.scope import SYSTEM
from data.store import Store
from tests.web.test_registration import form_of, street
from web.sample_accounts import SAMPLE_PASSWORD

__all__ = ["street"]


@pytest.fixture(scope="module")
def numbers() -> Any:
    """Numbers of registrations that no other test takes."""
    return iter(range(400, 500))


@pytest.fixture
def waiting(application: Any, street: dict[str, Any], numbers: Any, city_store: Store) -> dict[str, Any]:
    """A registration that waits, with its number, form and the browser it was sent from."""
    form = form_of(street, next(numbers))
    client = application.test_client()
    response = client.post("/api/registration/submit", json=form)
    assert response.status_code == 201, response.get_json()
    return {"id": response.get_json()["id"], "form": form, "client": client}


def read(client: Any, number: int) -> Any:
    response = client.get(f"/api/reviews/{number}")
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def test_a_review_shows_what_was_declared_and_what_the_map_says(
    sign_in: Any, waiting: dict[str, Any], street: dict[str, Any]
) -> None:
    row = read(sign_in("city"), waiting["id"])
    form = waiting["form"]
    assert (row["company_name"], row["contact_mobile"], row["state"]) == (
        form["company_name"],
        "13800000001",
        "pending",
    )
    assert row["industry_title"] == "工贸行业 · 机械"
    assert row["map"]["division_code"].startswith(street["code"])
    assert row["map"]["warnings"] == []
    assert {one["code"] for one in row["authorities"]} >= {street["code"], street["code"][:6], "440300"}
    assert "password" not in str(row)
    assert row["changes"][-1]["after"] == "待审核"


def test_the_queue_is_searched_by_name_letters_and_credit_code(sign_in: Any, waiting: dict[str, Any]) -> None:
    city, form = sign_in("city"), waiting["form"]

    def found(words: str) -> set[int]:
        body = city.get("/api/reviews", query_string={"q": words}).get_json()
        waits = next(state for state in body["states"] if state["id"] == "pending")
        assert waits["count"] == len(body["rows"])
        return {row["id"] for row in body["rows"]}

    assert form["company_name"].startswith("路由样例厂")
    for words in (form["company_name"], "样例", "lyylc", "luyouyang", form["credit_code"]):
        assert waiting["id"] in found(words), words
    assert found(form["credit_code"].lower()) == {waiting["id"]}
    for words in ("没有这一家", "%", "_", "\\", "'; --"):
        assert found(words) == set(), words


def test_from_correction_to_sign_in(
    application: Any, sign_in: Any, waiting: dict[str, Any], street: dict[str, Any], city_store: Store
) -> None:
    city, number = sign_in("city"), waiting["id"]
    row = read(city, number)
    moved = f"{street['lon'] + 1e-4:.6f}, {street['lat']:.6f}"
    changed = city.put(
        f"/api/reviews/{number}",
        json={
            "version": row["version"],
            "position_text": moved,
            "crs": "wgs84",
            "industry": "general/town_gas",
        },
    )
    assert changed.status_code == 200, changed.get_json()
    kept = {one["field"]: one for one in changed.get_json()["changes"]}
    assert (kept["position"]["after"], kept["position"]["actor"]) == (moved, "city")
    assert kept["industry"]["before"] == "工贸行业 · 机械"
    stale = city.post(f"/api/reviews/{number}/approve", json={"version": row["version"]})
    assert stale.status_code == 409
    done = city.post(f"/api/reviews/{number}/approve", json={"version": changed.get_json()["version"]})
    assert done.status_code == 200, done.get_json()
    again = city.post(
        f"/api/reviews/{number}/return", json={"version": done.get_json()["version"], "reason": "x"}
    )
    assert again.status_code == 409
    assert "city" in again.get_json()["detail"]
    firm = application.test_client()
    username = waiting["form"]["username"]
    assert firm.post("/sign-in", data={"username": username, "password": "long-enough-1"}).status_code == 302
    found = firm.get(f"/api/search?q={waiting['form']['credit_code']}").get_json()["results"]
    assert [one["title"] for one in found] == [waiting["form"]["company_name"]]
    with city_store.transaction(SYSTEM) as connection:
        placed = connection.execute(
            "SELECT ST_X(geom) AS lon, industry FROM enterprise WHERE code = %s",
            [waiting["form"]["credit_code"]],
        ).fetchone()
    assert placed == {"lon": pytest.approx(street["lon"] + 1e-4, abs=1e-6), "industry": "town_gas"}


def test_of_two_reviewers_at_once_one_decides_and_the_other_is_told(
    application: Any, sign_in: Any, waiting: dict[str, Any], city_store: Store
) -> None:
    number = waiting["id"]
    version = read(sign_in("city"), number)["version"]
    together = threading.Barrier(2)
    answers: list[tuple[int, str]] = []

    def decide(who: str, act: str) -> None:
        one = application.test_client()
        one.post("/sign-in", data={"username": who, "password": SAMPLE_PASSWORD})
        one.environ_base["HTTP_X_CSRF_TOKEN"] = one.get("/api/session").get_json()["csrf"]
        together.wait()
        found = one.post(f"/api/reviews/{number}/{act}", json={"version": version, "reason": "材料不清"})
        answers.append((found.status_code, found.get_json().get("detail", "")))

    threads = [
        threading.Thread(target=decide, args=one) for one in (("city", "approve"), ("admin", "return"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _ in sorted(answers)] == [200, 409]
    told = sorted(answers)[1][1]
    assert ("city" in told) != ("admin" in told), told
    row = read(sign_in("city"), number)
    assert row["state"] in ("approved", "returned")
    with city_store.transaction(SYSTEM) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM enterprise WHERE code = %(code)s) AS placed,"
            " (SELECT count(*) FROM app_user WHERE username = %(name)s) AS accounts",
            {"code": waiting["form"]["credit_code"], "name": waiting["form"]["username"]},
        ).fetchone()
    assert found
    assert found["placed"] == (1 if row["state"] == "approved" else 0)
    assert found["accounts"] <= 1


def test_a_return_reaches_the_applicant_with_its_reason(sign_in: Any, waiting: dict[str, Any]) -> None:
    city, number = sign_in("city"), waiting["id"]
    version = read(city, number)["version"]
    empty = city.post(f"/api/reviews/{number}/return", json={"version": version, "reason": " "})
    assert empty.status_code == 400
    assert (
        city.post(
            f"/api/reviews/{number}/return", json={"version": version, "reason": "缺门牌号"}
        ).status_code
        == 200
    )
    own = waiting["client"].get("/api/registration/draft").get_json()
    assert (own["state"], own["reason"]) == ("returned", "缺门牌号")
    form = {k: v for k, v in waiting["form"].items() if not k.startswith("password")}
    again = waiting["client"].post("/api/registration/submit", json={**form, "address": "样例路 1 号 2 栋"})
    assert again.status_code == 201, again.get_json()  # the password of the first time holds


def test_a_hand_over_leaves_the_list(sign_in: Any, waiting: dict[str, Any], street: dict[str, Any]) -> None:
    city, number = sign_in("city"), waiting["id"]
    row = read(city, number)
    wrong = city.put(f"/api/reviews/{number}", json={"version": row["version"], "authority_code": "440309"})
    assert wrong.status_code == (200 if street["code"].startswith("440309") else 400)
    done = city.put(f"/api/reviews/{number}", json={"version": row["version"], "authority_code": "440300"})
    assert done.get_json()["authority_code"] == "440300"
    assert done.get_json()["is_mine"] is True
    rows = sign_in("district").get("/api/reviews").get_json()["rows"]
    assert number not in {one["id"] for one in rows}


@pytest.mark.parametrize("username", ["dispatcher", "wall", "enterprise", "maintainer"])
def test_others_review_nothing(sign_in: Any, username: str, waiting: dict[str, Any]) -> None:
    client, number = sign_in(username), waiting["id"]
    assert client.get("/api/reviews").status_code == 403
    assert client.get(f"/api/reviews/{number}").status_code == 403
    assert client.get("/reviews").status_code == 403
    for act in ("approve", "return"):
        assert (
            client.post(f"/api/reviews/{number}/{act}", json={"version": 1, "reason": "x"}).status_code == 403
        )


def test_bad_input_of_a_reviewer_is_said(sign_in: Any, waiting: dict[str, Any]) -> None:
    city, number = sign_in("city"), waiting["id"]
    version = read(city, number)["version"]
    for body, status in (
        ({}, 400),
        ({"version": version, "industry": "x/y"}, 400),
        ({"version": version, "region_code": "440304"}, 400),
        ({"version": version, "position_text": "105.4, 28.8", "crs": "wgs84"}, 400),
        ({"version": version, "position_text": "somewhere", "crs": "wgs84"}, 400),
        ({"version": version + 5, "industry": "general/other"}, 409),
    ):
        response = city.put(f"/api/reviews/{number}", json=body)
        assert response.status_code == status, (body, response.get_json())
    assert read(city, number)["version"] == version
    assert city.get("/api/reviews?state=draft").status_code == 400
    assert city.get("/api/reviews/999999").status_code == 404
