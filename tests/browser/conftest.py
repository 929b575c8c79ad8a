"""A real browser against the running server: every page is watched for errors and for requests elsewhere."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.conftest import LiveServer
from web.sample_accounts import SAMPLE_PASSWORD

FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
#: Software drawing on a busy machine is slow; a wait ends as soon as what is waited for is there.
PATIENCE_MS = 20_000
WIDE = (1100, 700)
NARROW = (390, 844)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a picture of every open page of a failed test."""
    report = yield
    visitor = getattr(item, "funcargs", {}).get("visit")
    if report.when == "call" and report.failed and visitor is not None:
        folder = item.funcargs["tmp_path"]  # type: ignore[attr-defined]
        for at, visited in enumerate(v for v in visitor.visits if not v.page.is_closed()):
            path: Path | str = folder / f"page-{at}.png"
            try:
                visited.page.screenshot(path=path)
            except Error as error:  # a picture that does not come must not hide why the test failed
                path = error.message.splitlines()[0]
            report.sections.append(
                ("screenshot", f"{path}\n{visited.page.url}\n" + "\n".join(visited.troubles))
            )
    return report


@dataclass
class Visit:
    """One open page and what went wrong on it."""

    page: Page
    origin: str
    troubles: list[str] = field(default_factory=list)
    statuses: list[tuple[int, str]] = field(default_factory=list)
    was_cut_off: bool = False

    def watch(self) -> None:
        """Note console errors, failures of scripts and requests to other origins."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script: {error.stack or error}"))
        self.page.on("request", lambda request: self._on_request(request.url))
        self.page.on("response", lambda response: self.statuses.append((response.status, response.url)))

    def _on_console(self, message: Any) -> None:
        # Chromium itself notes every refused request here; tests of refusals look at the answer instead.
        # So it does of fonts of the map's labels that were under way when a test cut the connection.
        is_cut_font = self.was_cut_off and message.text.startswith("Ignoring the font face")
        if message.type in ("error", "warning") and not (
            is_cut_font or "Failed to load resource" in message.text
        ):
            self.troubles.append(f"console: {message.text}")

    def _on_request(self, url: str) -> None:
        parts = urlsplit(url)
        if (
            parts.scheme in ("http", "https", "ws", "wss")
            and f"{parts.scheme}://{parts.netloc}" != self.origin
        ):
            self.troubles.append(f"another origin: {url}")

    def cut_off(self, *, is_cut: bool) -> None:
        """Cut the connection, or mend it."""
        self.was_cut_off = True
        self.page.context.set_offline(is_cut)

    def open(self, path: str) -> Page:
        """Go to a path of the server."""
        self.page.goto(self.origin + path)
        return self.page

    def open_map(self, state: str = "") -> Page:
        """Go to the map and wait until it stands with its numbers."""
        self.open(f"/map{state}")
        expect(self.page.locator("#map-loading")).to_be_hidden()
        expect(self.page.locator("#breadcrumb [aria-current]")).to_be_attached()
        return self.page

    def json(self, path: str) -> Any:
        """Ask the server as the signed-in user."""
        response = self.page.request.get(self.origin + path)
        assert response.ok, f"{response.status} {path}"
        return response.json()

    def until(self, act: Callable[[], object], is_done: Callable[[], bool]) -> None:
        """Repeat an act until it has the effect: what the map draws comes when it comes."""
        ends = time.monotonic() + PATIENCE_MS / 1000
        while True:
            act()
            self.page.wait_for_timeout(150)
            if is_done():
                return
            assert time.monotonic() < ends, "it never had the effect"

    def assert_accessible(self) -> None:
        """No serious or critical finding of axe."""
        found = Axe().run(self.page).response["violations"]
        grave = [
            (v["id"], [n["html"][:120] for n in v["nodes"]])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert not grave, grave


Contexts = dict[tuple[str | None, tuple[int, int], str], BrowserContext]


class Visitor:
    """Open pages as sample users."""

    def __init__(self, browser: Browser, server: LiveServer, states: dict[str, Any], kept: Contexts) -> None:
        self._browser, self.server, self._states, self._kept = browser, server, states, kept
        self.visits: list[Visit] = []
        self._own: list[BrowserContext] = []

    def __call__(
        self, username: str | None = "city", *, size: tuple[int, int] = WIDE, theme: str = "light"
    ) -> Visit:
        """Open an empty page, signed in unless told None."""
        context = self._context(username, size, theme)
        visit = Visit(context.new_page(), self.server.url)
        visit.watch()
        self.visits.append(visit)
        return visit

    def _context(self, username: str | None, size: tuple[int, int], theme: str) -> BrowserContext:
        """Open a context, or take that of former tests with what it has cached: libraries and fonts are large."""
        key = (username, size, theme)
        if username and key in self._kept:
            return self._kept[key]
        state = self._sign_in(username) if username else None
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", storage_state=state,
            has_touch=size == NARROW, reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(f"try {{ localStorage.setItem('onemap:theme', '{theme}'); }} catch {{}}")
        if username:
            self._kept[key] = context
        else:
            self._own.append(context)
        return context

    def _sign_in(self, username: str) -> Any:
        if username not in self._states:
            context = self._browser.new_context(locale="zh-CN")
            page = context.new_page()
            page.goto(f"{self.server.url}/sign-in?next=/account")
            token = page.locator('meta[name="csrf-token"]').get_attribute("content")
            form: dict[str, str | float | bool] = {
                "username": username,
                "password": SAMPLE_PASSWORD,
                "csrf_token": token or "",
                "next": "/account",
            }
            response = page.request.post(f"{self.server.url}/sign-in", form=form)
            assert response.ok, response.text()
            assert response.url.endswith("/account"), response.url
            self._states[username] = context.storage_state()
            context.close()
        return self._states[username]

    def finish(self) -> None:
        """Close everything; nothing may have gone wrong on any page."""
        troubles = [trouble for visit in self.visits for trouble in visit.troubles]
        for visit in self.visits:
            visit.page.context.set_offline(False)
            visit.page.close()
        for context in self._own:
            context.close()
        assert not troubles, troubles


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as Debian packages it."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """Cookies by user name: signing in is slow on purpose."""
    return {}


@pytest.fixture(scope="module")
def kept() -> Iterator[Contexts]:
    """Contexts by user, size and theme, for the tests of one file."""
    contexts: Contexts = {}
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture
def visit(
    browser: Browser, live_server: LiveServer, signed_in: dict[str, Any], kept: Contexts, tmp_path: Path
) -> Iterator[Visitor]:
    """Open pages; at the end no page may have shown an error or asked another origin."""
    del tmp_path  # asked for, so that pictures of failures have a place
    visitor = Visitor(browser, live_server, signed_in, kept)
    yield visitor
    visitor.finish()


def number_in(text: str) -> int:
    """Read the number in a text such as “共 1,234 条”."""
    return int(re.sub(r"\D", "", text))
