"""What holds on every panel: accessible, at both widths, in light and dark; hostile names are text; much is paged."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from emulator.web.page.panels import PANELS
from tests.e2e.browser import NARROW, accessibility_faults
from tests.e2e.conftest import BOOTS, UPS, Visit, World, keep_screenshot
from tests.e2e.pictures import lively

pytestmark = pytest.mark.e2e

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'

#: A state of each panel that shows most of it, besides its first one.
STATES: dict[str, dict[str, str]] = {
    "segments": {"id": BOOTS},
    "profiles": {"ns": "CRMID", "id": "CRM-10001"},
    "exports": {"id": "5b020a27e7040801dedba61b"},
    "faults": {"new": "1"},
    "schedules": {"new": "1"},
}
OTHERS = [
    ("segments", {"edit": BOOTS}),
    ("profiles", {"ns": "CRMID", "id": "CRM-10001", "tab": "events"}),
    ("profiles", {"ns": "CRMID", "id": "CRM-10001", "tab": "segments"}),
    ("profiles", {"ns": "CRMID", "id": "CRM-10001", "why": BOOTS}),
    ("jobs", {"kind": "export"}),
    ("jobs", {"new": "1"}),
]


@pytest.mark.parametrize("panel", [panel.name for panel in PANELS])
def test_a_panel_is_accessible_and_fits(
    visit_at: Visit, panel: str, width: int, request: pytest.FixtureRequest
) -> None:
    lively(visit_at.world.call)
    page = visit_at.open(panel, **STATES.get(panel, {}))
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    keep_screenshot(page, f"{panel}-{request.node.callspec.id.rpartition(panel)[0].strip('-') or width}")
    assert accessibility_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("narrow", [NARROW, 480, 719])
def test_nothing_of_the_frame_is_cut_on_a_narrow_screen(visit: Visit, narrow: int) -> None:
    """The panels in the lower bar with their numbers, and the label of the next firing on the river."""
    lively(visit.world.call)
    visit.page.set_viewport_size({"width": narrow, "height": 900})
    page = visit.open()
    expect(page.locator(".planned-text")).to_have_count(1)
    edges = page.evaluate(
        "() => [...document.querySelectorAll('.rail li, .tally, .planned-text, .firing-dot.planned')]"
        ".map((each) => each.getBoundingClientRect()).map(({ left, right }) => [left, right])"
    )
    assert len(edges) > len(PANELS)
    assert [edge for edge in edges if not 0 <= edge[0] <= edge[1] <= narrow] == []


@pytest.mark.parametrize(("panel", "state"), OTHERS, ids=[f"{panel}-{'-'.join(state)}" for panel, state in OTHERS])
def test_a_part_of_a_panel_is_accessible(visit: Visit, panel: str, state: dict[str, str]) -> None:
    lively(visit.world.call)
    page = visit.open(panel, **state)
    expect(page.locator("#list")).to_be_visible()
    keep_screenshot(page, f"{panel}-{state.get('tab') or list(state)[-1]}")
    assert accessibility_faults(page) == []


def test_every_panel_is_read_without_scripts(world: World, browser: object) -> None:
    from playwright.sync_api import Browser

    assert isinstance(browser, Browser)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for panel in PANELS:
        page.goto(f"{world.url}{panel.path}?org={world.org}&sandbox=prod")
        assert page.locator("h1").inner_text() == panel.title
        assert len(page.locator("main").inner_text()) > 40
    context.close()


@pytest.mark.parametrize("panel", [panel.name for panel in PANELS])
def test_the_first_load_is_light(visit: Visit, panel: str) -> None:
    loaded: list[int] = []
    visit.page.on("requestfinished", lambda request: loaded.append(request.sizes()["responseBodySize"]))
    visit.open(panel)
    assert 10_000 < sum(loaded) < 100_000


# -- hostile names


def test_hostile_names_are_text(visit: Visit) -> None:
    world = visit.world
    profile = {"identityMap": {"Email": [{"id": HOSTILE}]}, "record": {"person": {"name": {"fullName": HOSTILE}}}}
    world.call("POST", "/_emulator/fixtures", {"sandbox": "prod", "profiles": [profile]})
    expression = {"type": "PQL", "format": "pql/text", "value": f"person.name.fullName = {quoted(HOSTILE)}"}
    definition = {"name": HOSTILE, "description": HOSTILE, "expression": expression}
    definition["schema"] = {"name": "_xdm.context.profile"}
    id = world.call("POST", f"{UPS}/segment/definitions", definition)["id"]
    world.call("POST", "/data/foundation/catalog/dataSets", {"name": HOSTILE})
    schedule = {
        "name": HOSTILE,
        "type": "batch_segmentation",
        "schedule": "0 0 1 * * ?",
        "properties": {"segments": ["*"]},
    }
    world.call("POST", f"{UPS}/config/schedules", schedule)
    world.job(id)
    states = [
        ("overview", {}),
        ("segments", {}),
        ("segments", {"id": id}),
        ("segments", {"edit": id}),
        ("profiles", {"q": HOSTILE}),
        ("profiles", {"ns": "Email", "id": HOSTILE}),
        ("profiles", {"ns": "Email", "id": HOSTILE, "why": id}),
        ("exports", {}),
        ("jobs", {}),
        ("schedules", {}),
        ("requests", {}),
    ]
    for panel, state in states:
        page = visit.open(panel, **state)
        assert page.locator("img").count() == 0
        assert page.evaluate("document.querySelectorAll('script:not([src])').length") == 0
    page = visit.open("segments", id=id)
    expect(page.locator("#detail h2").first).to_have_text(HOSTILE)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


# -- much


def test_a_hundred_thousand_jobs_are_paged(visit: Visit) -> None:
    world = visit.world
    fill_with_jobs(world, 100_000)
    started = time.perf_counter()
    page = visit.open("jobs")
    expect(page.locator("#list tbody tr")).to_have_count(25)
    assert time.perf_counter() - started < 8
    expect(page.locator(".pager")).to_contain_text("100,000")
    assert page.locator("*").count() < 3000
    visit.key("older").click()
    expect(page.locator(".pager")).to_contain_text("26")
    started = time.perf_counter()
    page = visit.open("segments", id=BOOTS)
    expect(page.locator("a.run")).to_have_count(30)
    assert time.perf_counter() - started < 8


def fill_with_jobs(world: World, many: int) -> None:
    """Put finished jobs into the organisation: copies of one that has run, each with an id of its own."""
    from msgspec.structs import replace

    job_id = world.job(BOOTS)
    inner = world.emulator.world(world.org)
    with inner.lock:
        space = inner.space("prod", inner.now())
        job = space.segment_jobs.get(job_id)
        assert job is not None
        for number in range(many - 1):
            id = f"{number:08x}-0000-4000-8000-000000000000"
            space.segment_jobs.put(id, replace(job, id=id))
