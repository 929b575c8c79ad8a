"""Bodies that are JSON and no object: every changing route refuses them in words, none breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.database import Database
from web.application import create_app
from web.sample_accounts import SAMPLE_PASSWORD
from web.settings import Settings

BODIES = ("[]", "[1]", '"x"', "1", "null", "true", '{"note": [1], "name": {"a": 1}, "ids": {}}', "{")
#: End the session that asks, or take only so many wrong sign-ins a minute: for the stranger at the end.
_FOR_STRANGERS = ("sign_in.leave", "sign_in.submit", "wall.open_wall")
VALUES: dict[str, Any] = {
    "layer_id": "enterprise", "register_id": "hidden_danger", "code": "x", "act": "note", "move_id": "rectify", "records_id": "ticks",
    "job_id": "00000000-0000-0000-0000-000000000000", "name": "arrive", "step": "arrived",
}  # fmt: skip


@pytest.fixture(scope="module")
def app(make_database: Callable[..., Database], city_template: Database, tmp_path_factory: Any) -> Any:
    """A house of its own: some of the routes need no body, and do what they say."""
    folder: Path = tmp_path_factory.mktemp("bodies")
    found = create_app(Settings(make_database("bodies", city_template), state_dir=folder, pool_size=3))
    yield found
    found.extensions["store"].close()


@pytest.mark.parametrize("username", ["admin", "enterprise", "maintainer", None])
def test_a_body_that_is_no_object_breaks_nothing(app: Any, username: str | None) -> None:
    client = app.test_client()
    if username is not None:
        client.post("/sign-in", data={"username": username, "password": SAMPLE_PASSWORD})
        client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/session").get_json()["csrf"]
    broken, asked = [], 0
    for rule in app.url_map.iter_rules():
        if username is not None and rule.endpoint in _FOR_STRANGERS:
            continue
        given = {name: VALUES.get(name, 1 if "int:" in rule.rule else "x") for name in rule.arguments}
        adapter = app.url_map.bind("localhost")
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH"}):
            address = adapter.build(rule.endpoint, given, method=method)
            for body in BODIES:
                answer = client.open(address, method=method, data=body, content_type="application/json")
                asked += 1
                if answer.status_code >= 500:
                    broken.append(f"{method} {address} {body}: {answer.status_code}")
                answer.close()
    assert asked > 300
    assert not broken, "\n".join(broken)


def test_the_refusal_says_what_was_expected(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("city")
    for path in ("/api/warnings/1/process", "/api/session/lang", "/api/session/theme", "/api/tokens"):
        answer = client.post(path, json=[])
        assert (answer.status_code, answer.get_json()["detail"]) == (400, "请求内容应为 JSON 对象。"), path
    assert client.put("/api/warnings/digest", json=[]).status_code == 400
    for note in ("", "  ", None, ["x"]):
        answer = client.post("/api/warnings/1/process", json={"note": note})
        assert answer.status_code == 422
        assert [f["field"] for f in answer.get_json()["faults"]] == ["note"]
