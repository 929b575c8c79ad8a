"""The sign-in page: what a person sees when it works and when it does not."""

from __future__ import annotations

import datetime as dt
import json
import re
import urllib.request

from playwright.sync_api import expect

from data import app_sign_in, users
from tests.browser.conftest import NARROW, Visitor
from tests.conftest import LiveServer
from web.api.app_sign_in import SIGNATURE_HEADER, TIME_HEADER, signature
from web.sample_accounts import SAMPLE_PASSWORD


def test_wrong_password_says_so_and_keeps_the_name(visit: Visitor) -> None:
    opened = visit(None)
    page = opened.open("/sign-in")
    expect(page.get_by_text("示例数据 Sample data")).to_be_visible()
    opened.assert_accessible()
    page.get_by_label("用户名").fill("city")
    page.get_by_label("密码").fill("wrong-password")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("不对")
    expect(page.get_by_label("用户名")).to_have_value("city")
    opened.assert_accessible()


def test_signing_in_leads_back_to_the_shared_map(visit: Visitor) -> None:
    opened = visit(None, size=NARROW)
    page = opened.open("/map#v=15.00/22.54000/114.05000&l=elevator")
    expect(page.get_by_label("用户名")).to_be_visible()
    page.get_by_label("用户名").fill("street")
    page.get_by_label("密码").fill(SAMPLE_PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#map-loading")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/map#v=15\.00/22\.54000/114\.05000&l=elevator"))
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]


def test_a_sample_account_fills_the_form(visit: Visitor) -> None:
    page = visit(None).open("/sign-in")
    page.locator(".sample-account", has_text="district").click()
    expect(page.get_by_label("用户名")).to_have_value("district")
    expect(page.get_by_label("密码")).to_have_value(SAMPLE_PASSWORD)


def test_every_page_carries_the_strict_policy(visit: Visitor) -> None:
    opened = visit("admin")
    for path in ("/sign-in", "/map", "/account", "/admin/users", "/no-such-page"):
        policy = opened.page.request.get(opened.origin + path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';"), path
        assert "unsafe" not in policy, path


def test_a_code_signs_in_where_the_mobile_has_two_accounts(visit: Visitor, live_server: LiveServer) -> None:
    now = dt.datetime.now(dt.UTC)
    with live_server.store.unscoped() as connection:
        for username in ("code.one", "code.two"):
            users.add_hashed_user(
                connection, username=username, display_name=f"值班 {username[-3:]}", password_hash=users.hash_password("x" * 9 + "1"),
                role="regulator", jurisdiction=["44"], mobile="13800000073", now=now,
            )  # fmt: skip
    opened = visit(None, size=NARROW)
    page = opened.open("/sign-in?next=/figures")
    page.get_by_role("link", name="短信验证码登录").click()
    page.get_by_label("用户名或手机号").fill("138 0000 0073")
    opened.assert_accessible()
    page.get_by_role("button", name="发送短信验证码").click()
    expect(page.get_by_role("status")).to_contain_text("10 分钟")
    with live_server.store.unscoped() as connection:
        row = connection.execute(
            "SELECT secret FROM outbox WHERE recipient = '13800000073' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    code = row["secret"]
    page.get_by_label("验证码", exact=True).fill(f"{(int(code) + 1) % 1_000_000:06}")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    page.get_by_label("验证码", exact=True).fill(code)
    page.get_by_role("button", name="登录", exact=True).click()
    choice = page.get_by_role("button", name=re.compile("code.two"))
    expect(choice).to_be_visible()
    opened.assert_accessible()
    choice.click()
    page.wait_for_url("**/figures")
    expect(page.get_by_role("button", name="账号", exact=True)).to_be_visible()


def test_another_app_signs_in_by_its_qr_code(visit: Visitor, live_server: LiveServer) -> None:
    now = dt.datetime.now(dt.UTC)
    with live_server.store.unscoped() as connection:
        users.add_hashed_user(
            connection, username="app.one", display_name="扫码的人", password_hash=users.hash_password("x" * 9 + "1"),
            role="regulator", jurisdiction=["44"], mobile="13800000074", now=now,
        )  # fmt: skip
    opened = visit(None, size=NARROW)
    page = opened.open("/sign-in?next=/figures")
    page.get_by_role("link", name="示例通扫码登录").click()
    picture = page.get_by_role("img", name="用示例通扫的登录二维码")
    expect(picture).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("3 分钟")
    page.wait_for_function("document.querySelector('#frame img').naturalWidth > 100")
    opened.assert_accessible()
    cookies = page.context.cookies(live_server.url + "/api/app-sign-in/state")
    secret = next(c["value"] for c in cookies if c["name"] == "onemap_app_sign_in")
    body = json.dumps({"ticket": app_sign_in.ticket_of(secret), "mobile": "13800000074"}).encode()
    time_s = str(int(now.timestamp()))
    said = urllib.request.Request(
        live_server.url + "/api/app-sign-in/confirm", data=body,
        headers={
            "Content-Type": "application/json", TIME_HEADER: time_s, SIGNATURE_HEADER: signature("key-of-the-app", time_s, body),
        },
    )  # fmt: skip
    with urllib.request.urlopen(said, timeout=20) as answer:
        assert answer.status == 200
    page.wait_for_url("**/figures")
