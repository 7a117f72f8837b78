"""Every panel: answered without scripts, under a strict policy, with data as text and never as markup."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator import Emulator
from emulator.web.page.panels import PANELS
from emulator.web.page.routes import POLICY
from tests.for_each import for_each
from tests.page.conftest import HOSTILE, Page
from tests.services.conftest import (
    EXPORT,
    EXPORTS,
    HEADERS,
    NIGHTLY,
    SCHEDULES,
    UPS,
    Client,
    create_dataset,
    create_definition,
    create_job,
)

PATHS = [panel.path for panel in PANELS]

#: The most that a first visit may load, in bytes.
WEIGHT = 100_000


def visit(client: Client, path: str, **options: Any) -> Page:
    answer = client.get(path, headers=dict.fromkeys(HEADERS), **options)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8"), answer.text[:500]
    return Page(answer.text)


def fill(client: Client) -> None:
    """Make one of everything that a panel shows, each with a name that is markup where markup is believed."""
    segment = create_definition(client, f"person.name.lastName = '{HOSTILE[:25]}'", HOSTILE)
    properties = {"segments": ["*"], "note": HOSTILE}
    schedule = {**NIGHTLY, "name": HOSTILE, "state": "active", "properties": properties}
    assert client.post(SCHEDULES, json=schedule).status_code == 200
    create_job(client, segment)
    destination = {"datasetId": create_dataset(client, name=HOSTILE)}
    assert client.post(EXPORTS, json={**EXPORT, "destination": destination}).status_code == 200
    rule = {"id": HOSTILE, "path": f"/{HOSTILE}", "respond": {"status": 503, "body": HOSTILE}}
    assert client.post("/_emulator/faults", json=rule).status_code == 200
    record = {"person": {"name": {"firstName": HOSTILE, "lastName": HOSTILE}}}
    profile = {"identityMap": {"Email": [{"id": f"{HOSTILE}@example.com", "primary": True}]}, "record": record}
    assert client.post("/_emulator/fixtures", json={"sandbox": "prod", "profiles": [profile]}).status_code == 200
    client.get(f"{UPS}/segment/jobs", query_string={"sort": HOSTILE})
    client.get(f"/data/{HOSTILE}", headers={"x-sandbox-name": "prod"})
    client.post("/_emulator/clock", json={"advance": "P2D"})


@pytest.fixture(scope="module")
def filled_emulator() -> Emulator:
    """An emulator with one of everything. Looking at it changes nothing, which is tested here."""
    emulator = Emulator(max_schedules=5)
    fill(Client(emulator))
    return emulator


@pytest.fixture
def filled(filled_emulator: Emulator) -> Client:
    return Client(filled_emulator)


@pytest.fixture(scope="module")
def hostile() -> Client:
    """A client of an organisation with a name like the data that are in it."""
    client = Client(Emulator(max_schedules=5), {**HEADERS, "x-gw-ims-org-id": "<b>HOSTILE</b>&\"'@AdobeOrg"})
    fill(client)
    return client


@pytest.mark.parametrize("path", PATHS)
def test_a_panel_is_answered_under_the_policy(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = visit(client, path)
    assert [element for element, found in page.elements if element == "style" or "style" in found] == []
    assert [name for _, found in page.elements for name in found if name.startswith("on")] == []
    assert [found for element, found in page.elements if element == "script" and "src" not in found] == []
    for source in [*page.all("script", "src"), *page.all("link", "href")]:
        assert source.startswith("/_emulator/static/")
        assert client.get(source).status_code == 200, source


def test_the_policy_lets_nothing_inline_and_nothing_foreign_in() -> None:
    directives = dict(each.strip().split(" ", 1) for each in POLICY.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert directives["base-uri"] == directives["frame-ancestors"] == "'none'"


@for_each("path", [*PATHS, "/_emulator/ui/jobs?kind=export"])
def test_hostile_data_are_text(hostile: Client, path: str) -> None:
    org = hostile.headers["x-gw-ims-org-id"]
    place, _, kind = path.partition("?kind=")
    answer = hostile.get(place, query_string={"org": org, "kind": kind})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<b>HOSTILE" not in answer.text
    assert org in Page(answer.text).all("body", "data-org")


@for_each("path", PATHS)
def test_what_a_panel_shows_is_there_without_scripts(filled: Client, path: str) -> None:
    page = visit(filled, path, query_string={"org": HEADERS["x-gw-ims-org-id"]})
    assert [found["href"] for element, found in page.elements if "aria-current" in found and "data-panel" in found]
    assert len(page.all("nav", "aria-label")) == 1
    assert "Due next" in page.text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("schedules", HOSTILE),
        ("faults", HOSTILE),
        ("requests", "POST /data/core/ups/segment/jobs"),
        ("jobs", "succeeded"),
    ],
)
def test_a_list_is_painted_first_without_scripts(filled: Client, path: str, shown: str) -> None:
    assert shown in visit(filled, f"/_emulator/ui/{path}", query_string={"org": HEADERS["x-gw-ims-org-id"]}).text


@pytest.mark.parametrize(
    ("path", "encoding", "most"),
    [("/_emulator/", "identity", WEIGHT), *((path, "gzip", WEIGHT // 2) for path in PATHS)],
)
def test_a_first_visit_loads_little(filled: Client, path: str, encoding: str, most: int) -> None:
    """Whoever comes in by the front door loads less than 100 KB as it is; by any door, less than half of it packed."""
    page = Page(filled.get(path).text)
    filled.headers["Accept-Encoding"] = encoding
    modules = set(page.all("script", "src"))
    pending = set(modules)
    while pending:
        text = filled.get(pending.pop(), headers={"Accept-Encoding": None}).text
        found = {f"/_emulator/static/{name}" for name in re.findall(r'(?:from|import) "\./([\w-]+\.js)"', text)}
        pending |= found - modules
        modules |= found
    files = {*modules, *page.all("link", "href")}
    weights = {each: len(filled.get(each).data) for each in [path, *files]}
    assert sum(weights.values()) < most, weights


def test_looking_at_the_page_leaves_no_trace(filled: Client, filled_emulator: Emulator) -> None:
    before, journaled = filled_emulator.snapshot().to_json(), len(filled_emulator.requests)
    for path in PATHS:
        visit(filled, path, query_string={"org": HEADERS["x-gw-ims-org-id"]})
        assert len(filled_emulator.requests) == journaled, path
    assert filled_emulator.snapshot().to_json() == before


def test_a_visitor_sees_the_organisation_that_called_last(client: Client) -> None:
    assert visit(client, "/_emulator/").all("body", "data-org") == ["DEMO@AdobeOrg"]
    client.get(f"{UPS}/segment/jobs")
    client.get(f"{UPS}/segment/jobs", headers={"x-gw-ims-org-id": "LATER@AdobeOrg"})
    assert visit(client, "/_emulator/").all("body", "data-org") == ["LATER@AdobeOrg"]


def test_it_is_there_with_and_without_the_last_slash(client: Client) -> None:
    visit(client, "/_emulator")
    visit(client, "/_emulator/ui/jobs/")


def test_strict_authentication_does_not_keep_it_out() -> None:
    visit(Client(Emulator(strict_auth=True)), "/_emulator/ui/jobs")


@pytest.mark.parametrize(
    ("path", "query", "status", "reason"),
    [
        ("/_emulator/ui/nothing", {}, 404, "There is no panel named nothing."),
        ("/_emulator/ui/<b>x", {}, 404, "There is no panel named <b>x."),
        ("/_emulator/", {"sandbox": "<i>nowhere"}, 404, "The organisation DEMO@AdobeOrg has no sandbox <i>nowhere."),
        ("/_emulator/", {"org": "Ωμέγα"}, 400, "printable Latin-1"),
        ("/_emulator/", {"org": "a\nb"}, 400, "printable Latin-1"),
    ],
)
def test_trouble_is_told_in_a_page(client: Client, path: str, query: dict[str, str], status: int, reason: str) -> None:
    answer = client.get(path, query_string=query, headers={"x-gw-ims-org-id": None})
    assert (answer.status_code, answer.content_type) == (status, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert reason in Page(answer.text).text
    assert "<b>x" not in answer.text
    assert "<i>nowhere" not in answer.text


@pytest.mark.parametrize("page", ["", "x", "-1", "9" * 5000])
def test_a_page_that_is_no_number_is_the_first(filled: Client, page: str) -> None:
    answer = filled.get("/_emulator/ui/segments", query_string={"page": page, "org": HEADERS["x-gw-ims-org-id"]})
    assert answer.status_code == 200


def test_one_organisation_too_many_is_told_in_a_page() -> None:
    client = Client(Emulator(max_orgs=1))
    client.get(f"{UPS}/segment/jobs")
    answer = client.get("/_emulator/", query_string={"org": "SECOND@AdobeOrg"})
    assert answer.status_code == 503
    assert "max_orgs" in Page(answer.text).text
