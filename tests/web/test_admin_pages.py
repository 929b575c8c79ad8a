"""What the administration pages say, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from data import audit, outbox, password_reset, sign_in_codes, users
from data import database as databases
from dispatch.messages import MessageFacts, Template, text_of
from web.cli import main


@pytest.fixture
def chain_length(application: Any, sign_in: Callable[[str], Any]) -> int:
    sign_in("admin")  # which is a line itself
    with application.extensions["store"].unscoped() as connection:
        state = audit.verify(connection)
    assert state.broken_at is None
    return state.checked


def test_the_audit_page_says_how_many_lines_are_whole(
    sign_in: Callable[[str], Any], chain_length: int
) -> None:
    client = sign_in("admin")
    page = client.get("/admin/audit").get_data(as_text=True)
    assert f"审计链完整，共 {chain_length} 条。" in page
    assert f"The audit chain is whole: {chain_length} lines." in client.get("/admin/audit?lang=en").get_data(
        as_text=True
    )


@pytest.fixture
def tampered(city_database: databases.Database, sign_in: Callable[[str], Any]) -> Iterator[int]:
    """A line of the audit that somebody with the keys of the database has changed."""
    sign_in("admin")
    with psycopg.connect(city_database.superuser or "", autocommit=True) as connection:
        row = connection.execute("SELECT id, username FROM audit ORDER BY id DESC LIMIT 1").fetchone()
        assert row is not None
        number, was = row
        connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")
        connection.execute("UPDATE audit SET username = 'somebody' WHERE id = %s", [number])
        yield number
        connection.execute("UPDATE audit SET username = %s WHERE id = %s", [was, number])
        connection.execute("ALTER TABLE audit ENABLE TRIGGER USER")


def test_the_audit_page_names_the_line_that_was_changed(sign_in: Callable[[str], Any], tampered: int) -> None:
    client = sign_in("admin")
    page = client.get("/admin/audit").get_data(as_text=True)
    assert f"审计链在第 {tampered} 条断开" in page
    assert "审计链完整" not in page


def test_the_link_of_a_message_opens_and_nothing_else_of_it_is_markup(
    sign_in: Callable[[str], Any], application: Any
) -> None:
    facts = MessageFacts("KR1", "<b>某梯</b>")
    now = application.extensions["settings"].clock.now()
    with application.extensions["store"].unscoped() as connection:
        outbox.put(
            connection, key="test/link", recipient="13800000000", body=text_of(Template.SENT, facts), now=now,
            secret="http://127.0.0.1:8000/crew#Ab_-9",
        )  # fmt: skip
    page = sign_in("admin").get("/admin/outbox").get_data(as_text=True)
    assert '<a href="http://127.0.0.1:8000/crew#Ab_-9"' in page
    assert "&lt;b&gt;某梯&lt;/b&gt;" in page


@pytest.fixture(scope="module")
def of_district(application: Any) -> Any:
    """An administrator of one district, 福田, with a mobile."""
    now = application.extensions["settings"].clock.now()
    with application.extensions["store"].unscoped() as connection:
        users.add_user(
            connection, username="admin.futian", display_name="福田管理员", password="futian-admin-1", role="administrator",
            jurisdiction=["440304"], now=now,
        )  # fmt: skip
        connection.execute("UPDATE app_user SET mobile = '13900000304' WHERE username = 'admin.futian'")
    client = application.test_client()
    assert (
        client.post("/sign-in", data={"username": "admin.futian", "password": "futian-admin-1"}).status_code
        == 302
    )
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/session").get_json()["csrf"]
    yield client
    with application.extensions["store"].unscoped() as connection:
        connection.execute("DELETE FROM app_user WHERE username = 'admin.futian'")


OF_THE_CITY = ("/admin/outbox", "/admin/resource-types", "/admin/warning-limits")


@pytest.mark.parametrize("page", OF_THE_CITY)
def test_what_holds_for_the_city_is_for_the_administrators_of_the_city(
    of_district: Any, sign_in: Callable[[str], Any], page: str
) -> None:
    assert sign_in("admin").get(page).status_code == 200
    assert of_district.get(page).status_code == 403
    tabs = of_district.get("/admin/audit").get_data(as_text=True)
    assert f'href="{page}"' not in tabs
    assert f'href="{page}"' in sign_in("admin").get("/admin/audit").get_data(as_text=True)


def test_a_district_changes_nothing_of_the_city(of_district: Any, application: Any) -> None:
    for path, form in (
        ("/admin/resource-types", {"name": "区里加的", "family": "rescue_resource"}),
        ("/admin/resource-types/offered", {"name": "x", "is_offered": "0"}),
        ("/admin/resource-types/removed", {"name": "x"}),
        ("/admin/warning-limits", {"id": "x", "value": "1"}),
        ("/admin/outbox/1/again", {}),
    ):
        assert of_district.post(path, data=form).status_code == 403, path
    with application.extensions["store"].unscoped() as connection:
        assert connection.execute("SELECT 1 FROM resource_type WHERE code = '区里加的'").fetchone() is None


def test_limits_are_set_by_who_answers_for_the_division(of_district: Any, application: Any) -> None:
    page = of_district.get("/admin/dispatch-rules").get_data(as_text=True)
    assert page.count('class="card card__body rule-form"') == 1
    assert 'id="rule-440304"' in page
    good = {
        "answer_min": "2.5", "arrival_min": "20", "trapped_min": "90", "blackout_calls": "5", "blackout_window_min": "10",
    }  # fmt: skip
    for code in ("440305", "440300"):
        for act in ("set", "remove"):
            form = {**good, "division": code, "act": act}
            assert of_district.post("/admin/dispatch-rules", data=form).status_code == 403, code
    assert of_district.post("/admin/dispatch-rules", data={**good, "division": "440304"}).status_code == 302
    away = {"division": "440304", "act": "remove"}
    assert of_district.post("/admin/dispatch-rules", data=away).status_code == 302


def test_a_district_reads_what_its_own_accounts_did(of_district: Any, sign_in: Callable[[str], Any]) -> None:
    sign_in("admin").get("/api/session")
    own = of_district.get("/admin/audit").get_data(as_text=True)
    assert "福田管理员（admin.futian）" in own
    assert "（admin）" not in own
    assert "审计链完整" not in own
    whole = sign_in("admin").get("/admin/audit").get_data(as_text=True)
    assert "（admin.futian）" in whole
    assert "（admin）" in whole


def test_no_administrator_reads_the_code_that_opens_an_account(
    of_district: Any, sign_in: Callable[[str], Any], application: Any, city_database: databases.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Neither of the sign-in nor of a new password; whoever runs the server finds both on the command line."""
    now = application.extensions["settings"].clock.now()
    with application.extensions["store"].unscoped() as connection:
        sign_in_codes.ask(connection, "admin.futian", now=now)
        password_reset.ask(connection, "admin.futian", now=now)
        codes = [
            row["secret"]
            for row in connection.execute(
                "SELECT secret FROM outbox WHERE recipient = '13900000304' AND secret IS NOT NULL"
            )
        ]
    assert len(codes) == 2
    monkeypatch.setenv("ONEMAP_DATABASE_URL", city_database.app)
    monkeypatch.setenv("ONEMAP_OWNER_DATABASE_URL", city_database.owner)
    done = CliRunner().invoke(main, ["messages"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    page = sign_in("admin").get("/admin/outbox").get_data(as_text=True)
    assert page.count("验证码 ••••••") >= 2
    for code in codes:
        assert code not in page
        assert f"验证码 {code}，" in done.output


def lines(page: str) -> int:
    return page.count('<tr><td class="figure">')


def test_the_audit_is_searched_by_user_action_and_day(
    of_district: Any, sign_in: Callable[[str], Any]
) -> None:
    admin = sign_in("admin")
    found = admin.get("/admin/audit?q=admin.futian").get_data(as_text=True)
    assert 0 < lines(found) == found.count("（admin.futian）")
    by_action = admin.get("/admin/audit?action=sign_in").get_data(as_text=True)
    assert 0 < lines(by_action) == by_action.count("<td>登录</td><td>会话</td>")
    by_words = admin.get("/admin/audit?q=申请登录验证码").get_data(as_text=True)
    assert 0 < lines(by_words) == by_words.count("<td>申请登录验证码</td>")
    nothing = admin.get("/admin/audit?from=1999-01-01&to=1999-01-02").get_data(as_text=True)
    assert lines(nothing) == 0
    assert "没有符合条件的记录" in nothing
    assert lines(admin.get("/admin/audit?from=2020-01-01&to=2999-01-01").get_data(as_text=True)) > 0
    assert lines(admin.get("/admin/audit?q=%25").get_data(as_text=True)) == 0, "a sign, not a pattern"
    for wrong in ("from=2026-13-01", "to=yesterday", "from=2026-02-01&to=2026-01-01"):
        assert admin.get(f"/admin/audit?{wrong}").status_code == 400, wrong
