"""What nobody should send: tiles that do not exist, statements in filters, other people's tokens. All get a clear no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from data.database import Database

INJECTIONS = [
    "'; DROP TABLE elevator; --",
    "1 OR 1=1",
    "x' UNION SELECT password_hash FROM app_user --",
    "%27%20OR%20true",
    "\\'; SELECT pg_sleep(20); --",
    "{{7*7}}",
]


def said(response: Any) -> str:
    """The words of a refusal, which is a problem document with all its parts."""
    body = response.get_json()
    assert response.content_type == "application/problem+json", response.get_data(as_text=True)[:200]
    assert set(body) >= {"type", "title", "status", "detail", "instance"}
    assert body["status"] == response.status_code
    return str(body["detail"])


@pytest.mark.parametrize("layer", ["elevator", "basemap"])
@pytest.mark.parametrize(
    ("address", "status", "zh", "en"),
    [
        ("19/0/0", 400, "0–18", "Zoom must be 0–18"),
        ("3/8/0", 400, "瓦片 3/8/0 不存在", "x and y run to 7"),
        ("3/0/8", 400, "瓦片 3/0/8 不存在", "x and y run to 7"),
        ("0/1/0", 400, "瓦片 0/1/0 不存在", "x and y run to 0"),
        ("99999999999999999999/0/0", 400, "0–18", "Zoom must be 0–18"),
        ("10/99999999999999999999999999/0", 400, "不存在", "There is no such tile"),
        ("-1/0/0", 404, "没有这个页面", "no such page"),
        ("3/1.5/2", 404, "没有这个页面", "no such page"),
        ("a/b/c", 404, "没有这个页面", "no such page"),
    ],
)
def test_a_tile_that_does_not_exist(
    sign_in: Callable[[str], Any], layer: str, address: str, status: int, zh: str, en: str
) -> None:
    for language, words, other in (("zh", zh, en), ("en", en, zh)):
        response = sign_in("city").get(f"/tiles/{layer}/{address}.mvt?lang={language}")
        assert response.status_code == status
        assert words in said(response)
        assert other == "0–18" or other not in said(response)


def test_tiles_of_a_layer_that_does_not_exist(sign_in: Callable[[str], Any]) -> None:
    for layer in ("lift", "pg_class", "elevator;", "..%2f..%2fetc"):
        response = sign_in("city").get(f"/tiles/{layer}/3/6/3.mvt")
        assert response.status_code == 404
        assert said(response)


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize(
    "path",
    [
        "/api/layers/elevator/features?division={}",
        "/api/layers/elevator/features?sort={}",
        "/api/layers/elevator/features?bbox={}",
        "/api/layers/elevator/features?page={}",
        "/api/layers/{}/features",
        "/api/divisions/{}",
        "/api/export/elevator?format={}",
        "/api/export/elevator?format=csv&division={}",
        "/ogc/collections/elevator/items?filter={}",
        "/ogc/collections/elevator/items?datetime={}",
        "/ogc/collections/elevator/items?bbox={}",
        "/ogc/collections/{}/items",
        "/api/nearest?lon={}&lat=22.5",
    ],
)
def test_a_statement_in_a_request_is_refused(sign_in: Callable[[str], Any], path: str, text: str) -> None:
    response = sign_in("city").get(path.format(quote(text, safe="")))
    assert 400 <= response.status_code < 500, response.get_data(as_text=True)[:200]
    assert said(response)


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("field", ["q", "name", "code", "place_type"])
def test_a_statement_as_a_value_finds_nothing(
    sign_in: Callable[[str], Any], city_database: Database, field: str, text: str
) -> None:
    client = sign_in("city")
    response = client.get("/api/layers/elevator/features", query_string={field: text})
    assert response.status_code == 200 or said(response)
    if response.status_code == 200 and field != "q":  # words are looked for singly: {{7*7}} finds sevens
        assert response.get_json()["rows"] == []
    like = client.get(
        "/ogc/collections/elevator/items",
        query_string={"filter": f"name = '{text.replace(chr(39), chr(39) * 2)}'"},
    )
    assert like.status_code == 200, like.get_json()
    assert like.get_json()["features"] == []
    assert client.get("/api/search", query_string={"q": text}).status_code == 200
    with psycopg.connect(city_database.owner) as connection:
        row = connection.execute("SELECT to_regclass('elevator') IS NOT NULL").fetchone()
    assert row == (True,)


def _token(client: Any) -> tuple[int, str]:
    made = client.post("/api/tokens", json={"name": "x", "expires_in_days": 1, "scopes": ["read"]})
    assert made.status_code == 201, made.get_json()
    return made.get_json()["id"], made.get_json()["token"]


def test_the_token_of_someone_else(application: Any, sign_in: Callable[[str], Any]) -> None:
    """It is its owner's: nobody else can revoke or list it, and who holds it sees what its owner sees, no more."""
    city, district, plain = sign_in("city"), sign_in("district"), application.test_client()
    number, secret = _token(district)
    refused = city.delete(f"/api/tokens/{number}")
    assert refused.status_code == 404
    assert "没有这个令牌" in said(refused)
    assert number not in {t["id"] for t in city.get("/api/tokens").get_json()["tokens"]}
    held = {"Authorization": f"Bearer {secret}"}
    total = "/api/layers/elevator/features?page_size=1"
    assert plain.get("/api/session", headers=held).get_json()["user"]["username"] == "district"
    as_holder = plain.get(total, headers=held).get_json()["total"]
    assert as_holder == district.get(total).get_json()["total"] < city.get(total).get_json()["total"]
    # A session does not widen a token that is sent along with it, nor the other way round.
    both = city.get(total, headers=held).get_json()["total"]
    assert both == as_holder
    assert plain.delete(f"/api/tokens/{number}", headers=held).status_code == 403
    assert plain.get("/admin/users", headers={**held, "Accept": "application/json"}).status_code == 403
    assert district.delete(f"/api/tokens/{number}").status_code == 200
    gone = plain.get(total, headers=held)
    assert gone.status_code == 401
    assert "已吊销" in said(gone)


@pytest.mark.parametrize("secret", ["omt_", "omt_" + "A" * 43, "x" * 5_000, "\x7f", "'OR'1'--"])
def test_a_token_that_nobody_made(application: Any, secret: str) -> None:
    response = application.test_client().get(
        "/api/layers", headers={"Authorization": f"Bearer {secret}", "Accept-Language": "en"}
    )
    assert response.status_code == 401
    assert said(response) == "The token is unknown, expired or revoked."
