"""What the tests of the demo page share: one emulator, one browser, and an organisation for each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest

from emulator import Emulator
from emulator.universe import Universe
from tests.e2e.browser import NARROW, SCREENSHOTS, WIDE, Watch, browsing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

UPS = "/data/core/ups"

#: Of the bundled data: two segments, and the dataset that exports go to.
HOME = "42f49f2d-edb0-474f-b29d-2799d89cd5a6"
BOOTS = "d8807d99-61a5-47f8-b31c-dd405d89daef"
SEGMENT_EXPORT = "5b020a27e7040801dedba61b"

#: Without `pip install .[e2e]` there is nothing to collect; `make e2e` installs it.
collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator()
    with emulator.serve() as url:
        yield emulator, url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as chromium:
        yield chromium


@dataclass(frozen=True, slots=True)
class World:
    """An organisation on the frozen clock, as a client sees it over HTTP."""

    emulator: Emulator
    url: str
    org: str

    @property
    def universe(self) -> Universe:
        return self.emulator.org(self.org)

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Send a request and answer its JSON. Raises ``AssertionError`` for a refusal."""
        own = {"x-gw-ims-org-id": self.org, "x-sandbox-name": "prod", "Content-Type": "application/json"}
        own |= {"Authorization": "Bearer token", "x-api-key": "test", **(headers or {})}
        sent = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(self.url + path, sent, own, method=method), timeout=30) as answer:
                content = answer.read()
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read()[:300]!r}") from None
        return json.loads(content) if content else None

    def advance(self, seconds: float) -> None:
        self.call("POST", "/_emulator/clock", {"advance": seconds})

    def job(self, *segment_ids: str, until_it_ends: bool = True) -> str:
        """Start a segment job and answer its id."""
        sent = [{"segmentId": each} for each in segment_ids or ("*",)]
        id = str(self.call("POST", f"{UPS}/segment/jobs", sent)["id"])
        if until_it_ends:
            self.call("POST", "/_emulator/clock", {"until": id})
        return id


def export_request(dataset_id: str = SEGMENT_EXPORT) -> dict[str, Any]:
    """Answer the wire form of an export of who is in ``HOME``."""
    return {
        "fields": "identities.id,personalEmail.address,homeAddress.country",
        "mergePolicy": {"id": "mpid1", "version": 1},
        "filter": {"segments": [{"segmentId": HOME, "segmentNs": "ups"}]},
        "destination": {"datasetId": dataset_id, "segmentPerBatch": False},
        "schema": {"name": "_xdm.context.profile"},
    }


@pytest.fixture
def world(running: tuple[Emulator, str], request: pytest.FixtureRequest) -> World:
    emulator, url = running
    return World(emulator, url, f"{quote(request.node.name)}@AdobeOrg")


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor's page in the organisation ``world``."""

    page: Page
    world: World
    watch: Watch

    def open(self, panel: str = "overview", **query: str) -> Page:
        """Go to a panel, and wait until its scripts have drawn it."""
        path = "/_emulator/" if panel == "overview" else f"/_emulator/ui/{panel}"
        place = urlencode({"org": self.world.org, "sandbox": "prod", **query})
        self.page.goto(f"{self.world.url}{path}?{place}")
        self.page.wait_for_load_state("networkidle")
        return self.page

    def key(self, name: str) -> Locator:
        """Answer the control with this ``data-key``."""
        return self.page.locator(f'[data-key="{name}"]')


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def width(request: pytest.FixtureRequest) -> int:
    """The widths for tests that have to hold at both."""
    return int(request.param)


def _visit(browser: Browser, world: World, **options: Any) -> Iterator[Visit]:
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(8000)
    page = context.new_page()
    watch = Watch(page, world.url)
    yield Visit(page, world, watch)
    context.close()
    assert not watch.faults()


@pytest.fixture
def visit(browser: Browser, world: World) -> Iterator[Visit]:
    """A visitor with a wide screen. In the end the page has to have been quiet and to have asked nobody else."""
    yield from _visit(browser, world, viewport={"width": WIDE, "height": 1000})


@pytest.fixture(params=["light", "dark"])
def visit_at(request: pytest.FixtureRequest, browser: Browser, world: World, width: int) -> Iterator[Visit]:
    """A visitor at both widths, in light and dark."""
    yield from _visit(browser, world, viewport={"width": width, "height": 900}, color_scheme=request.param)


def keep_screenshot(page: Page, name: str) -> None:
    """Keep a picture of the whole page in build/e2e."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
