"""Open the product's own pages in Chromium for a measurement."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from data.errors import StoreError
from web.sample_accounts import SAMPLE_PASSWORD

_FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
_PATIENCE_MS = 180_000


@contextmanager
def signed_in(
    origin: str, username: str, *, width: int, height: int, is_still: bool = True
) -> Iterator[Page]:
    """Give a page of a browser of its own, signed in as a sample user; software draws it, without animations when still.

    Raises
    ------
    StoreError
        When there is no Chromium.
    """
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise StoreError(
            "需要 Chromium：apt-get install chromium。 This needs Chromium: apt-get install chromium."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        try:
            page = browser.new_page(
                viewport={"width": width, "height": height},
                reduced_motion="reduce" if is_still else "no-preference",
            )
            page.set_default_timeout(_PATIENCE_MS)
            page.goto(f"{origin}/sign-in")
            page.locator("[name=username]").fill(username)
            page.locator("[name=password]").fill(SAMPLE_PASSWORD)
            page.locator("[name=password]").press("Enter")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            yield page
        finally:
            browser.close()
