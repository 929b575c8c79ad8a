"""Print pages of our own as PDF, through Debian's Chromium."""

from __future__ import annotations

import shutil
import threading

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from geo.errors import OneMapError

_TURN = threading.Semaphore(2)
_TIMEOUT_MS = 30_000


class PrintError(OneMapError):
    """A page that could not be printed."""


def print_pdf(url: str, *, cookies: dict[str, str]) -> bytes:
    """Print one page of our own origin; its print style decides paper and margins.

    Raises
    ------
    PrintError
        When there is no Chromium, or the page fails.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        raise PrintError(
            "打印 PDF 需要 Chromium：sudo apt-get install chromium fonts-noto-cjk。 "
            "Printing needs Chromium: sudo apt-get install chromium fonts-noto-cjk"
        )
    arguments = [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with _TURN:
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
                try:
                    context = browser.new_context()
                    context.add_cookies([{"name": n, "value": v, "url": url} for n, v in cookies.items()])
                    page = context.new_page()
                    response = page.goto(url, wait_until="load", timeout=_TIMEOUT_MS)
                    if response is None or response.status != 200:
                        raise PrintError("要打印的页面打不开。 The page to print did not open.")
                    page.evaluate("() => document.fonts.ready.then(() => true)")
                    return page.pdf(prefer_css_page_size=True, print_background=True)
                finally:
                    browser.close()
        except PlaywrightError as error:
            raise PrintError(f"打印失败，请重试。 Printing failed: {str(error)[:200]}") from error
