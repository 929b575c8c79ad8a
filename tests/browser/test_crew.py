"""The crew's page without a network: opened again from the device, a step pressed there arrives once, and nothing is kept after the end."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from data import incidents
from data.clock import SystemClock
from data.dispatch_desk import CallForm, Desk
from data.incidents import Change
from data.scope import SYSTEM
from data.station_ranking import StationRanker
from data.travel_store import TravelStore
from dispatch.incident import EventKind
from tests.browser.conftest import NARROW, Visit, Visitor
from tests.conftest import LiveServer

KEPT = "onemap:crew:order"


class Cable:
    """A way to the server that can be cut: service workers have a network of their own, which a page's emulation does not reach."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._is_cut = False
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, is_cut: bool) -> None:
        self._is_cut = is_cut
        if is_cut:
            for link in list(self._open):
                with contextlib.suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.cut(is_cut=True)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            far = socket.create_connection(self._target)
            self._open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while (part := one.recv(65536)) and not self._is_cut:
                other.sendall(part)
        for end in (one, other):
            self._open.discard(end)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def cable(live_server: LiveServer) -> Iterator[Cable]:
    host, port = live_server.url.removeprefix("http://").split(":")
    made = Cable((host, int(port)))
    yield made
    made.close()


@pytest.fixture
def sent(live_server: LiveServer, tmp_path: Any) -> Iterator[tuple[str, str]]:
    """An order whose station was told, and the code of one of its links."""
    store = live_server.store
    desk = Desk(StationRanker(store, TravelStore(store, tmp_path), tmp_path))
    at = SystemClock().now()
    with store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT e.code, e.station_code FROM elevator e JOIN rescue_station s ON s.code = e.station_code WHERE s.on_duty"
            " AND s.crew_count > 2 AND e.geom IS NOT NULL AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.elevator_code = e.code)"
            " ORDER BY e.id DESC LIMIT 1"
        ).fetchone()
        assert row is not None
        form = CallForm(
            elevator_code=row["code"], people_inside=2, caller_phone="13912345678", caller_words="救命"
        )
        code = desk.take_call(connection, form, actor="li", now=at).order.code
        desk.notify(connection, code, row["station_code"], actor="li", now=at, base_url="http://x")
        link = connection.execute(
            "SELECT o.secret FROM incident_message m JOIN outbox o ON o.idempotency_key = m.outbox_key"
            " WHERE m.incident_code = %s AND o.secret IS NOT NULL ORDER BY m.id LIMIT 1",
            [code],
        ).fetchone()
    assert link is not None
    yield code, link["secret"].split("#")[1]
    close(live_server, code)


def close(server: LiveServer, code: str) -> None:
    with server.store.transaction(SYSTEM) as connection:
        if incidents.read(connection, code).incident.closed_at is None:
            end = Change(EventKind.CLOSED, {"outcome": "not_entrapment", "why": "test"}, "li")
            incidents.append(connection, code, [end], now=SystemClock().now())


def kinds(server: LiveServer, code: str) -> list[EventKind]:
    with server.store.transaction(SYSTEM) as connection:
        return [e.event.kind for e in incidents.read(connection, code).events]


def telephone(visit: Visitor, cable: Cable, code: str) -> tuple[Visit, Page]:
    """Open the link on a telephone, and wait until the page has itself kept."""
    opened = visit(None, size=NARROW)
    opened.origin = cable.url
    page = opened.open(f"/crew#{code}")
    expect(page.locator("[data-act=accept]")).to_be_visible()
    is_kept = "async () => Boolean(await caches.match('/crew', { ignoreVary: true }))"
    opened.until(lambda: None, lambda: page.evaluate(is_kept))
    return opened, page


def test_without_a_network_the_order_opens_again_and_a_step_arrives_once(
    visit: Visitor, live_server: LiveServer, cable: Cable, sent: tuple[str, str]
) -> None:
    code, link = sent
    opened, page = telephone(visit, cable, link)
    cable.cut(is_cut=True)
    opened.cut_off(is_cut=True)
    page.reload()
    expect(page.locator(".crew__code")).to_contain_text(code)
    expect(page.locator(".crew__doubt").first).to_contain_text("没有网络")
    expect(page.locator("#arrival")).to_be_visible()
    styled = page.locator(".crew__big").evaluate("(e) => getComputedStyle(e).minHeight")
    assert styled == "72px", "the page's style was kept too"
    opened.assert_accessible()
    page.locator("[data-act=accept]").click()
    expect(page.locator("[data-act=en-route]")).to_be_visible()
    # The message's link is pressed again, still without a network: the same order, as it stood.
    page.goto("about:blank")
    opened.open(f"/crew#{link}")
    expect(page.locator("[data-act=en-route]")).to_be_visible()
    expect(page.locator("#net")).to_contain_text("1 项")
    assert EventKind.ACCEPTED not in kinds(live_server, code)
    cable.cut(is_cut=False)
    opened.cut_off(is_cut=False)
    expect(page.locator("#net")).to_have_text("")
    expect(page.locator("[data-act=en-route]")).to_be_visible()
    expect(page.locator(".crew__doubt", has_text="没有网络")).to_have_count(0)
    assert kinds(live_server, code).count(EventKind.ACCEPTED) == 1
    # The same telephone is no second device.
    assert EventKind.NOTED not in kinds(live_server, code)
    expect(page).to_have_url(f"{cable.url}/crew")


def test_a_closed_order_is_kept_no_longer_and_does_not_open_without_a_network(
    visit: Visitor, live_server: LiveServer, cable: Cable, sent: tuple[str, str]
) -> None:
    code, link = sent
    opened, page = telephone(visit, cable, link)
    assert code in page.evaluate(f"() => localStorage.getItem('{KEPT}')")
    close(live_server, code)
    expect(page.locator("[data-act=accept]")).to_have_count(0)
    assert page.evaluate(f"() => localStorage.getItem('{KEPT}')") is None
    cable.cut(is_cut=True)
    opened.cut_off(is_cut=True)
    page.reload()
    expect(page.locator("#net")).to_contain_text("没有网络")
    assert code not in page.locator("body").inner_text()
    texts = page.evaluate(
        "async () => (await Promise.all((await (await caches.open('onemap-crew')).matchAll()).map((a) => a.text()))).join('')"
    )
    assert code not in texts, "the worker keeps files, no orders"
    assert "13912345678" not in texts


def test_the_worker_reaches_its_own_page_alone(visit: Visitor, cable: Cable, sent: tuple[str, str]) -> None:
    _, link = sent
    opened, page = telephone(visit, cable, link)
    scopes = page.evaluate(
        "async () => (await navigator.serviceWorker.getRegistrations()).map((r) => r.scope)"
    )
    assert scopes == [f"{cable.url}/crew"]
    other = opened.open("/sign-in")
    assert other.evaluate("() => navigator.serviceWorker.controller") is None
