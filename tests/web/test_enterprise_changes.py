"""An approved enterprise is changed over HTTP: its people at once, the rest on request, by its authority directly; each change kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from data import users
from data.clock import SystemClock
from data.scope import SYSTEM
from data.store import Store
from layers.standards.credit_code import check_character
from tests.registered import register_one
from web.sample_accounts import SAMPLE_PASSWORD

Client = Callable[[str], Any]


@pytest.fixture
def firm(city_store: Store) -> dict[str, Any]:
    """An enterprise that was registered and approved, with an account of its own."""
    return register_one(city_store)


@pytest.fixture(scope="module")
def spot(city_store: Store) -> dict[str, Any]:
    """Another point of the street in which the enterprises of `firm` stand, and one in another district."""
    with city_store.transaction(SYSTEM) as connection:
        here = connection.execute(
            "SELECT code, ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT code, (ST_Dump(ST_GeneratePoints(geom, 3, 5))).geom AS p"
            " FROM division WHERE level = 'street' AND geom IS NOT NULL ORDER BY code DESC LIMIT 1) s LIMIT 1"
        ).fetchone()
        far = connection.execute(
            "SELECT code, ST_X(ST_PointOnSurface(geom)) AS lon, ST_Y(ST_PointOnSurface(geom)) AS lat FROM division"
            " WHERE level = 'street' AND geom IS NOT NULL ORDER BY code LIMIT 1"
        ).fetchone()
    assert here
    assert far
    assert here["code"][:6] != far["code"][:6]
    return {**here, "far": far}


def figures(at: dict[str, Any]) -> str:
    return f"{at['lon']:.6f}, {at['lat']:.6f}"


def form_of(client: Any, number: int) -> dict[str, Any]:
    answer = client.get(f"/api/enterprises/{number}/form")
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def patch(client: Any, number: int, **values: Any) -> Any:
    """Change an enterprise as it stands now."""
    values.setdefault("version", form_of(client, number)["version"])
    return client.patch(f"/api/enterprises/{number}", json=values)


def done(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def history(client: Any, number: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = done(client.get(f"/api/enterprises/{number}/changes"))["rows"]
    return rows


def test_people_change_at_once_and_are_kept(firm: dict[str, Any], sign_in: Client) -> None:
    client, number = sign_in(firm["username"]), firm["id"]
    body = done(
        patch(
            client,
            number,
            safety_name="新安全员",
            safety_mobile="138 1111 2222",
            employee_count="41",
            note="换人",
        )
    )
    assert (body["applied"], body["asked"]) == (["employee_count", "safety_mobile", "safety_name"], [])
    assert body["waiting"] is None
    file = client.get(f"/api/enterprises/{number}").get_json()
    assert next(p for p in file["people"] if p["role"] == "safety")["phone"] == "13811112222"
    assert file["employee_count"] == 41
    (kept,) = history(client, number)
    assert (kept["state"], kept["asked_by"], kept["note"]) == ("applied", firm["username"], "换人")
    assert {one["field"]: (one["before"], one["after"]) for one in kept["lines"]} == {
        "employee_count": ("30", "41"), "safety_name": ("安全员", "新安全员"), "safety_mobile": ("13800003333", "13811112222"),
    }  # fmt: skip
    log = client.get(f"/api/enterprises/{number}/log").get_json()["rows"]
    assert log[0]["action"] == "修改企业信息"
    again = done(patch(client, number, safety_name="新安全员"))
    assert (again["applied"], again["asked"]) == ([], [])
    assert len(history(client, number)) == 1


def test_a_contacts_new_mobile_gets_the_codes_for_the_password(
    firm: dict[str, Any], sign_in: Client, city_store: Store
) -> None:
    client = sign_in(firm["username"])
    done(patch(client, firm["id"], contact_name="李联系", contact_phone="13922223333"))
    with city_store.unscoped() as connection:
        row = connection.execute(
            "SELECT mobile FROM app_user WHERE username = %s", [firm["username"]]
        ).fetchone()
    assert row == {"mobile": "13922223333"}


def test_a_further_account_changes_the_contact_and_gets_no_codes_of_the_first(
    firm: dict[str, Any], sign_in: Client, city_store: Store
) -> None:
    """Else it would sign in as the account that made it, by a code to its own mobile."""
    first = sign_in(firm["username"])
    with city_store.unscoped() as connection:
        before = connection.execute(
            "SELECT unit_id, mobile FROM app_user WHERE username = %s", [firm["username"]]
        ).fetchone()
        assert before is not None
        users.add_hashed_user(
            connection, username="further.one", display_name="安全员", password_hash=users.hash_password(SAMPLE_PASSWORD),
            role="enterprise", jurisdiction=[], unit_id=before["unit_id"], mobile="13922220000", now=SystemClock().now(),
        )  # fmt: skip
        connection.execute("UPDATE app_user SET manages_unit = true WHERE username = %s", [firm["username"]])
    done(patch(first, firm["id"], contact_phone="13922221111"))
    done(patch(sign_in("further.one"), firm["id"], contact_phone="13922220000"))
    with city_store.unscoped() as connection:
        after = connection.execute(
            "SELECT mobile FROM app_user WHERE username = %s", [firm["username"]]
        ).fetchone()
        connection.execute("DELETE FROM app_user WHERE username = 'further.one'")
    assert after == {"mobile": "13922221111"}


def test_what_the_authority_answers_for_waits_and_is_approved(
    firm: dict[str, Any], spot: dict[str, Any], sign_in: Client
) -> None:
    client, number, city = sign_in(firm["username"]), firm["id"], sign_in("city")
    before = client.get(f"/api/enterprises/{number}").get_json()
    around = client.get(f"/api/enterprises/{number}/surroundings?radius_m=30000").get_json()
    body = done(
        patch(
            client,
            number,
            name="搬了家的厂",
            address="新路 9 号",
            position_text=figures(spot),
            crs="wgs84",
            contact_name="王",
        )
    )
    assert body["applied"] == ["contact_name"]
    # Its division follows its position, down to the community.
    assert set(body["asked"]) - {"region_code"} == {"address", "name", "position"}
    assert client.get(f"/api/enterprises/{number}").get_json()["address"] == before["address"]
    asked = body["waiting"]["id"]
    listed = city.get("/api/reviews/changes").get_json()
    mine = next(one for one in listed["rows"] if one["id"] == asked)
    assert [one for one in mine["fields"] if one != "所在地区"] == ["企业名称", "地址", "地图位置"]
    assert city.get(f"/api/reviews/changes?q={firm['code']}").get_json()["rows"][0]["id"] == asked
    assert city.get("/api/reviews/changes?q=%25").get_json()["rows"] == []
    shown = done(city.get(f"/api/reviews/changes/{asked}"))
    assert {one["field"]: one["after"] for one in shown["lines"]}["position"] == figures(spot)
    assert shown["map"]["division_code"].startswith(spot["code"])
    ended = done(city.post(f"/api/reviews/changes/{asked}/approve", json={"version": shown["version"]}))
    assert (ended["state"], ended["decided_by"]) == ("applied", "city")
    file = client.get(f"/api/enterprises/{number}").get_json()
    assert (file["name"], file["address"]) == ("搬了家的厂", "新路 9 号")
    assert file["position"] == {"lon": pytest.approx(spot["lon"], abs=1e-6), "lat": pytest.approx(spot["lat"], abs=1e-6), "quality": "given"}  # fmt: skip
    moved = client.get(f"/api/enterprises/{number}/surroundings?radius_m=30000").get_json()
    assert moved["enterprise"]["lon"] == pytest.approx(spot["lon"], abs=1e-6)
    assert [r["straight_m"] for r in moved["rows"]] != [r["straight_m"] for r in around["rows"]]
    found = client.get("/api/search?q=搬了家的厂").get_json()["results"]
    assert [one["title"] for one in found] == ["搬了家的厂"]
    assert client.get("/api/session").get_json()["user"]["display_name"] == "搬了家的厂"
    again = city.post(f"/api/reviews/changes/{asked}/approve", json={"version": ended["version"]})
    assert again.status_code == 409
    assert "city" in again.get_json()["detail"]
    assert {one["state"] for one in history(client, number)} == {"applied"}


def test_a_return_says_why_and_a_new_request_may_follow(firm: dict[str, Any], sign_in: Client) -> None:
    client, number, city = sign_in(firm["username"]), firm["id"], sign_in("city")
    asked = done(patch(client, number, address="错路 1 号"))["waiting"]["id"]
    second = patch(client, number, address="错路 2 号")
    assert second.status_code == 409
    assert "撤回" in second.get_json()["detail"]
    assert city.post(f"/api/reviews/changes/{asked}/return", json={"reason": " "}).status_code == 400
    done(city.post(f"/api/reviews/changes/{asked}/return", json={"reason": "门牌号不对"}))
    newest = history(client, number)[0]
    assert (newest["state"], newest["reason"], newest["decided_by"]) == ("returned", "门牌号不对", "city")
    assert done(city.get("/api/reviews/changes?state=returned"))["rows"][0]["id"] == asked
    third = done(patch(client, number, address="对路 3 号"))["waiting"]["id"]
    form = done(client.delete(f"/api/enterprises/{number}/changes/{third}", json={}))
    assert form["waiting"] is None
    gone = city.post(f"/api/reviews/changes/{third}/approve", json={"version": form["version"]})
    assert gone.status_code in (404, 409)


def test_two_at_once_and_a_request_that_was_overtaken(
    firm: dict[str, Any], sign_in: Client, application: Any
) -> None:
    client, number, city = sign_in(firm["username"]), firm["id"], sign_in("city")
    asked = done(patch(client, number, address="慢路 1 号"))["waiting"]["id"]
    seen = done(city.get(f"/api/reviews/changes/{asked}"))["version"]
    answers: list[int] = []

    def write(name: str) -> None:
        one = application.test_client()
        one.post("/sign-in", data={"username": "city", "password": "onemap-demo-2026"})
        token = one.get("/api/session").get_json()["csrf"]
        answer = one.patch(
            f"/api/enterprises/{number}",
            json={"version": seen, "name": name},
            headers={"X-CSRF-Token": token},
        )
        answers.append(answer.status_code)

    threads = [threading.Thread(target=write, args=(f"抢先的厂{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409]
    overtaken = city.post(f"/api/reviews/changes/{asked}/approve", json={"version": seen})
    assert overtaken.status_code == 409
    assert overtaken.get_json()["detail"].startswith("其他人刚刚修改了这家企业")
    now = done(city.get(f"/api/reviews/changes/{asked}"))["version"]
    done(city.post(f"/api/reviews/changes/{asked}/approve", json={"version": now}))


def test_an_authority_hands_over_and_everything_follows(
    firm: dict[str, Any], spot: dict[str, Any], sign_in: Client, city_store: Store
) -> None:
    client, number, city = sign_in(firm["username"]), firm["id"], sign_in("city")
    made = client.post("/api/registers/hidden_danger/rows", json={"name": "跟着走", "grade": "general"})
    assert made.status_code == 201, made.get_json()
    far = spot["far"]
    wrong = patch(city, number, position_text=figures(far), crs="wgs84")
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.get_json()["faults"]] == ["authority_code"]
    body = done(patch(city, number, position_text=figures(far), crs="wgs84", authority_code=far["code"]))
    assert body["applied"] == ["authority_code", "position", "region_code"]
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT authority_code FROM hidden_danger WHERE enterprise_code = %(code)s UNION ALL"
            " SELECT authority_code FROM enterprise WHERE code = %(code)s UNION ALL"
            " SELECT authority_code FROM enterprise_change WHERE enterprise_code = %(code)s",
            firm,
        ).fetchall()
    assert {r["authority_code"] for r in rows} == {far["code"]}
    assert len(rows) == 3
    told = history(city, number)[0]["lines"]
    assert next(one for one in told if one["field"] == "authority_code")["after"].endswith(far["code"])
    assert history(client, number)[0]["decided_by"] == "city"


def test_a_hand_over_out_of_sight_is_said(firm: dict[str, Any], sign_in: Client, city_store: Store) -> None:
    number = firm["id"]
    with city_store.transaction(SYSTEM) as connection:
        home = connection.execute(
            "SELECT jurisdiction[1] AS code FROM app_user WHERE username = 'district'"
        ).fetchone()
        assert home
        street = connection.execute(
            "SELECT code, ST_X(ST_PointOnSurface(geom)) AS lon, ST_Y(ST_PointOnSurface(geom)) AS lat FROM division"
            " WHERE parent_code = %s AND level = 'street' AND geom IS NOT NULL ORDER BY code LIMIT 1",
            [home["code"]],
        ).fetchone()
        assert street
    district = sign_in("district")
    assert district.get(f"/api/enterprises/{number}/form").status_code == 404
    done(
        patch(
            sign_in("city"), number, position_text=figures(street), crs="wgs84", authority_code=street["code"]
        )
    )
    body = done(patch(district, number, authority_code="440300"))
    assert body["is_mine"] is False
    assert district.get(f"/api/enterprises/{number}").status_code == 404


def test_a_corrected_credit_code_keeps_everything_together(
    firm: dict[str, Any], sign_in: Client, city_store: Store
) -> None:
    client, number, city = sign_in(firm["username"]), firm["id"], sign_in("city")
    made = client.post("/api/registers/hidden_danger/rows", json={"name": "旧码", "grade": "general"})
    assert made.status_code == 201
    stem = f"91440300MA7{number % 100000:05d}K"
    code = stem + check_character(stem)
    with city_store.transaction(SYSTEM) as connection:
        other = connection.execute("SELECT code FROM enterprise WHERE id <> %s LIMIT 1", [number]).fetchone()
    assert other
    taken = patch(city, number, code=other["code"])
    assert taken.status_code == 409
    done(patch(city, number, code=code))
    with city_store.transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT 'danger' AS what FROM hidden_danger WHERE enterprise_code = %(code)s AND name = '旧码' UNION ALL"
            " SELECT 'unit' FROM unit WHERE code = %(code)s UNION ALL"
            " SELECT 'profile' FROM enterprise_profile WHERE enterprise_code = %(code)s UNION ALL"
            " SELECT 'change' FROM enterprise_change WHERE enterprise_code = %(code)s",
            {"code": code},
        ).fetchall()
    assert {r["what"] for r in rows} == {"danger", "unit", "profile", "change"}
    assert client.get(f"/api/enterprises/{number}").get_json()["code"] == code
    assert client.get(f"/api/search?q={code}").get_json()["results"][0]["title"] == "有负责人的厂"


BAD = [
    ({"name": ""}, 422, "name"),
    ({"name": "厂" * 121}, 422, "name"),
    ({"code": "91440300MA5EXAMP0Y"}, 422, "code"),
    ({"contact_phone": "yes"}, 422, "contact_phone"),
    ({"safety_mobile": "0755-1234567"}, 422, "safety_mobile"),
    ({"employee_count": "-1"}, 422, "employee_count"),
    ({"industry": "x/y"}, 422, "industry"),
    ({"position_text": "somewhere", "crs": "wgs84"}, 422, "position_text"),
    ({"position_text": "114.05, 22.55"}, 422, "position_text"),
    ({"position_text": "105.4, 28.8", "crs": "wgs84"}, 422, "position_text"),
    ({"region_code": "440304"}, 422, "region_code"),
    ({"region_code": "999999999"}, 422, "region_code"),
    ({"authority_code": "510500"}, 422, "authority_code"),
    ({"owner_id": 1}, 422, "owner_id"),
    ({"risk_grade": "A"}, 422, "risk_grade"),
    ({"note": "x" * 301, "name": "好"}, 400, None),
    ({"name": "好", "version": 10_000}, 409, None),
    ({"name": "好", "version": None}, 400, None),
]


def test_bad_input_names_its_field_and_nothing_is_written(firm: dict[str, Any], sign_in: Client) -> None:
    for who in ("city", firm["username"]):
        client, number = sign_in(who), firm["id"]
        standing = form_of(client, number)
        for values, status, field in BAD:
            answer = client.patch(
                f"/api/enterprises/{number}", json={"version": standing["version"], **values}
            )
            assert answer.status_code == status, (who, values, answer.get_json())
            if field is not None:
                assert field in {one["field"] for one in answer.get_json()["faults"]}, values
        both = client.patch(
            f"/api/enterprises/{number}", json={"version": standing["version"], "name": "", "industry": "x"}
        )
        assert len(both.get_json()["faults"]) == 2
        assert form_of(client, number) == standing
        assert history(client, number) == []
    assert client.patch(f"/api/enterprises/{number}", json=[1]).status_code == 400


@pytest.mark.parametrize("username", ["dispatcher", "wall", "enterprise", "maintainer", "street"])
def test_others_change_nothing(firm: dict[str, Any], sign_in: Client, username: str) -> None:
    client, number = sign_in(username), firm["id"]
    asked = done(patch(sign_in(firm["username"]), number, address="别路 1 号"))["waiting"]["id"]
    refused = (403, 404)
    assert client.get(f"/api/enterprises/{number}/form").status_code in refused
    assert client.get(f"/enterprise/{number}/edit").status_code in refused
    assert client.patch(f"/api/enterprises/{number}", json={"version": 1, "name": "x"}).status_code in refused
    assert client.delete(f"/api/enterprises/{number}/changes/{asked}", json={}).status_code in refused
    assert client.post(f"/api/reviews/changes/{asked}/approve", json={"version": 1}).status_code in refused
    assert client.post(f"/api/reviews/changes/{asked}/return", json={"reason": "x"}).status_code in refused
    assert client.get(f"/api/reviews/changes/{asked}").status_code in refused
    assert history(sign_in(firm["username"]), number)[0]["state"] == "waiting"


def test_an_enterprise_does_not_review_itself(firm: dict[str, Any], sign_in: Client) -> None:
    client, number = sign_in(firm["username"]), firm["id"]
    asked = done(patch(client, number, authority_code="440300"))["waiting"]["id"]
    version = form_of(client, number)["version"]
    assert client.post(f"/api/reviews/changes/{asked}/approve", json={"version": version}).status_code == 403
    assert client.get(f"/api/enterprises/{number}").get_json()["authority"]["code"] != "440300"


def test_the_words_are_in_both_languages(firm: dict[str, Any], sign_in: Client) -> None:
    client, number = sign_in(firm["username"]), firm["id"]
    done(patch(client, number, industry="general/town_gas"))
    english = client.get(f"/api/enterprises/{number}/changes?lang=en").get_json()["rows"][0]
    assert (english["title"], english["lines"][0]["title"]) == ("Waiting for review", "Industry class")
    assert "gas" in english["lines"][0]["after"].lower()
