"""The crew's page without a network: opened again from the device, a step pressed there arrives once, and nothing is kept after the end."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data import incidents
from data.call_desk import CallForm
from data.clock import SystemClock
from data.dispatch_desk import Desk
from data.incidents import Change
from data.scope import SYSTEM
from data.station_ranking import StationRanker
from data.store import Store
from data.travel_store import TravelStore
from dispatch.incident import EventKind
from tests.browser.conftest import NARROW, Visit, Visitor
from tests.conftest import LiveServer

KEPT = "onemap:crew:order:"


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
def send(live_server: LiveServer, tmp_path: Path) -> Iterator[Callable[[], tuple[str, str]]]:
    """Make an order whose station was told; give it and the code of one of its links."""
    made: list[str] = []

    def make() -> tuple[str, str]:
        code, link = _sent_order(live_server.store, tmp_path)
        made.append(code)
        return code, link

    yield make
    for code in made:
        close(live_server, code)


@pytest.fixture
def sent(send: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """One such order."""
    return send()


def _sent_order(store: Store, tmp_path: Path) -> tuple[str, str]:
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
    return code, link["secret"].split("#")[1]


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
    assert code in page.evaluate(f"() => localStorage.getItem('{KEPT}{code}')")
    close(live_server, code)
    expect(page.locator("[data-act=accept]")).to_have_count(0)
    assert page.evaluate("() => JSON.stringify(localStorage)").count(code) == 0
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


def test_two_orders_in_two_tabs_keep_their_steps_apart_and_lose_none(
    visit: Visitor, live_server: LiveServer, cable: Cable, send: Callable[[], tuple[str, str]]
) -> None:
    (code, link), (other_code, other_link) = send(), send()
    opened, page = telephone(visit, cable, link)
    other = page.context.new_page()
    other.goto(f"{cable.url}/crew#{other_link}")
    expect(other.locator(".crew__code")).to_contain_text(other_code)
    cable.cut(is_cut=True)
    opened.cut_off(is_cut=True)
    page.locator("[data-act=accept]").click()
    other.locator("[data-act=accept]").click()
    page.locator("[data-act=en-route]").click()
    # Loaded again, each tab shows its own order; the first is closed with its steps unsent.
    other.reload()
    expect(other.locator(".crew__code")).to_contain_text(other_code)
    page.close()
    opened.page = other
    cable.cut(is_cut=False)
    opened.cut_off(is_cut=False)
    expect(other.locator("#net")).to_have_text("")
    opened.until(lambda: None, lambda: EventKind.EN_ROUTE in kinds(live_server, code))
    first, second = kinds(live_server, code), kinds(live_server, other_code)
    assert (first.count(EventKind.ACCEPTED), first.count(EventKind.EN_ROUTE)) == (1, 1)
    assert (second.count(EventKind.ACCEPTED), second.count(EventKind.EN_ROUTE)) == (1, 0)
    expect(other.locator("[data-act=en-route]")).to_be_visible()


def test_the_worker_reaches_its_own_page_alone(visit: Visitor, cable: Cable, sent: tuple[str, str]) -> None:
    _, link = sent
    opened, page = telephone(visit, cable, link)
    scopes = page.evaluate(
        "async () => (await navigator.serviceWorker.getRegistrations()).map((r) => r.scope)"
    )
    assert scopes == [f"{cable.url}/crew"]
    other = opened.open("/sign-in")
    assert other.evaluate("() => navigator.serviceWorker.controller") is None


def pictures(server: LiveServer, code: str) -> int:
    with server.store.transaction(SYSTEM) as connection:
        row = connection.execute(
            "SELECT count(*) AS n FROM attachment a JOIN incident i ON i.id = a.row_id WHERE a.layer = 'incident' AND i.code = %s",
            [code],
        ).fetchone()
    return int(row["n"]) if row else 0


def test_a_picture_taken_without_a_network_waits_and_is_attached_once(
    visit: Visitor, live_server: LiveServer, cable: Cable, sent: tuple[str, str], tmp_path: Path
) -> None:
    code, link = sent
    opened, page = telephone(visit, cable, link)
    file = tmp_path / "scene.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    expect(page.locator(".crew__photo")).to_be_visible()  # before anybody has answered, too
    cable.cut(is_cut=True)
    opened.cut_off(is_cut=True)
    page.locator("#photo").set_input_files(file)
    expect(page.locator("#net")).to_contain_text("1 项")
    assert pictures(live_server, code) == 0
    # The page is opened again, still without a network: the picture is on the telephone.
    page.reload()
    expect(page.locator(".crew__code")).to_contain_text(code)
    expect(page.locator("#net")).to_contain_text("1 项")
    cable.cut(is_cut=False)
    opened.cut_off(is_cut=False)
    expect(page.locator("#net")).to_have_text("")
    expect(page.locator(".muted", has_text="已上传 1 张照片")).to_be_visible()
    assert pictures(live_server, code) == 1
    page.wait_for_timeout(5000)  # a further round of sending
    assert pictures(live_server, code) == 1
    left = page.evaluate(
        "() => new Promise((resolve) => { const opening = indexedDB.open('onemap-crew'); opening.onsuccess = () => {"
        " const all = opening.result.transaction('photos').objectStore('photos').count(); all.onsuccess = () => resolve(all.result); }; })"
    )
    assert left == 0, "nothing stays on the telephone"


def test_the_first_telephone_says_that_another_one_opened_the_link(
    visit: Visitor, live_server: LiveServer, cable: Cable, sent: tuple[str, str]
) -> None:
    code, link = sent
    first, page = telephone(visit, cable, link)
    expect(page.locator(".crew__doubt", has_text="另一台设备")).to_have_count(0)
    _, other = telephone(visit, cable, link)
    expect(page.locator(".crew__doubt", has_text="另一台设备")).to_be_visible()
    first.assert_accessible()
    expect(other.locator(".crew__doubt", has_text="另一台设备")).to_have_count(0)
    with live_server.store.transaction(SYSTEM) as connection:
        templates = [m["template"] for m in incidents.messages(connection, code)]
    assert templates.count("other_device") == 1
