"""The browser that the page is tested in: Chromium as the machine has it, and a page that nothing escapes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.npm import installed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

#: What a browser may be called; the environment variable CHROMIUM names another.
NAMES = ("chromium", "chromium-browser", "google-chrome")

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build"

#: Where screenshots are kept.
SCREENSHOTS = BUILD / "e2e"

#: The widths at which the page has to be right, in CSS pixels.
NARROW, WIDE = 360, 1440


def chromium() -> str:
    """Answer the path of a Chromium. Raises ``FileNotFoundError`` that says what to do where there is none."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        path = shutil.which(name) if name else None
        if path is not None:
            return path
    raise FileNotFoundError(
        f"No browser: {', '.join(NAMES)} are not on the PATH. `apt-get install chromium`, or set CHROMIUM to its path."
    )


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a Chromium. As root it runs without its sandbox, which it would refuse."""
    from playwright.sync_api import sync_playwright

    options = ["--disable-dev-shm-usage", "--font-render-hinting=none"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=options)
        yield browser
        browser.close()


class Watch:
    """What a page did that it must not: console errors, uncaught exceptions, requests to other hosts.

    ``expected`` are the statuses of answers that a test provokes; Chromium reports each of them as a console error.
    """

    def __init__(self, page: Page, base: str) -> None:
        self.expected: set[int] = set()
        self._host = urlsplit(base).netloc
        self._wrong: list[tuple[str, int]] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._wrong.append((f"uncaught: {error}", 0)))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            text = message.text
            status = next((int(word) for word in text.split() if word.isdecimal() and len(word) == 3), 0)
            self._wrong.append((f"{message.type}: {text}", status if "Failed to load resource" in text else 0))

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.netloc != self._host:
            self._wrong.append((f"a request to another host: {request.url}", 0))

    def faults(self) -> list[str]:
        """Answer what was wrong."""
        return [text for text, status in self._wrong if status not in self.expected or not status]


@cache
def axe_source() -> str:
    """Answer the script of axe-core, which npm puts into build/axe when it is not there."""
    packages = installed(HERE / "package.json", BUILD / "axe")
    return (packages / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def accessibility_faults(page: Page, impacts: Sequence[str] = ("serious", "critical")) -> list[str]:
    """Answer what axe-core finds on a page of these impacts, with the elements concerned.

    The script goes in by the browser's own door, which the page's Content-Security-Policy does not guard.
    """
    page.evaluate(axe_source())
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in impacts
        for node in each["nodes"][:4]
    ]
