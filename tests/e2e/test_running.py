"""Overview, Jobs, Schedules, Faults and Requests in a real browser: what runs, what fails, what was asked."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import HOME, UPS, Visit

pytestmark = pytest.mark.e2e

NIGHTLY = {
    "name": "nightly",
    "type": "batch_segmentation",
    "schedule": "0 0 1 * * ?",
    "properties": {"segments": ["*"]},
}


# -- the clock


@pytest.mark.parametrize(
    ("key", "reads"),
    [("m", "2026-01-15 09:01:00"), ("h", "2026-01-15 10:00:00"), ("d", "2026-01-16 09:00:00")],
)
@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_the_clock_is_moved(visit: Visit, key: str, reads: str, by: str) -> None:
    page = visit.open()
    expect(page.locator("#clock time")).to_have_text("2026-01-15 09:00:00")
    if by == "mouse":
        visit.key(key).click()
    else:
        page.keyboard.press(key)
    expect(page.locator("#clock time")).to_have_text(reads)
    assert visit.world.call("GET", "/_emulator/clock")["now"] == f"{reads.replace(' ', 'T')}Z"


def test_the_clock_goes_to_the_next_event_and_what_happened_is_told(visit: Visit) -> None:
    job = visit.world.job(HOME, until_it_ends=False)
    page = visit.open()
    expect(page.locator("#overview")).to_contain_text(job[:8])
    happened = page.locator("#overview .card").last
    for status in ("PROCESSING", "SUCCEEDED"):
        visit.key("next").click()
        expect(happened.locator(f'.status[data-status="{status}"]')).to_be_visible()
    assert visit.world.call("GET", f"{UPS}/segment/jobs/{job}")["status"] == "SUCCEEDED"
    expect(visit.key("next")).to_be_disabled()


def test_the_clock_runs_and_is_paused(visit: Visit) -> None:
    page = visit.open()
    visit.key("pause").click()
    expect(visit.key("pause")).to_have_text("Pause")
    assert visit.world.call("GET", "/_emulator/clock")["rate"] == 1
    page.locator("#rate").fill("6")
    page.locator("#rate").dispatch_event("change")
    expect(page.locator("#clock output")).to_have_text("a minute a second")
    visit.key("pause").click()
    expect(visit.key("pause")).to_have_text("Run")
    assert visit.world.call("GET", "/_emulator/clock")["rate"] == 0


def test_organisation_and_sandbox_are_switched(visit: Visit) -> None:
    page = visit.open("schedules")
    expect(page.locator("#list .empty")).to_be_visible()
    page.locator("select[name=sandbox]").select_option("dev")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert "sandbox=dev" in page.url
    page.locator("input[name=org]").fill(f"other {visit.world.org}")
    page.locator("input[name=org]").press("Enter")
    expect(page).to_have_title(re.compile("other "))
    assert "org=other" in page.url


# -- jobs


def test_a_job_is_started_and_seen_to_its_end(visit: Visit) -> None:
    page = visit.open("jobs")
    visit.key("all").first.click()
    expect(page.locator("#detail .status").first).to_have_attribute("data-status", "NEW")
    visit.key("until").click()
    expect(page.locator("#detail .status").first).to_have_attribute("data-status", "SUCCEEDED")
    (sent,) = [each for each in visit.world.universe.requests if each.operation == "createSegmentJob"]
    job = json.loads(sent.response.body)["id"]
    told = visit.world.call("GET", f"{UPS}/segment/jobs/{job}")["metrics"]
    expect(page.locator("#detail .bar-list")).to_contain_text(str(told["segmentedProfileCounter"][HOME]))
    expect(page.locator(f'#river [data-key="river-segmentJob-{job}"]')).to_be_visible()


def test_a_job_is_cancelled(visit: Visit) -> None:
    job = visit.world.job(HOME, until_it_ends=False)
    page = visit.open("jobs", id=job)
    visit.key("cancel").click()
    expect(page.locator("#detail .status").first).to_have_attribute("data-status", "CANCELLING")
    visit.key("m").click()
    expect(page.locator("#detail .status").first).to_have_attribute("data-status", "CANCELLED")
    assert visit.world.call("GET", f"{UPS}/segment/jobs/{job}")["status"] == "CANCELLED"


def test_a_job_fails_on_demand(visit: Visit) -> None:
    page = visit.open("jobs", new="1")
    page.locator("#detail select[name=fault]").select_option("fail_at PROCESSING")
    visit.key("start").click()
    expect(page.locator("#detail .status").first).to_be_visible()
    visit.key("m").click()
    expect(page.locator("#detail .status").first).to_have_attribute("data-status", "FAILED")
    expect(page.locator("#detail")).to_contain_text("Errors")
    assert visit.world.universe.faults.rules()[0]["fired"] == 1


# -- schedules


def test_a_schedule_is_activated_by_a_json_patch_and_fires(visit: Visit) -> None:
    made = visit.world.call("POST", f"{UPS}/config/schedules", NIGHTLY)
    page = visit.open("schedules", id=made["id"])
    expect(page.locator(".fire-list li")).to_have_count(10)
    visit.key("flip").click()
    expect(page.locator("#detail .status").first).to_have_attribute("data-status", "active")
    (sent,) = [each for each in visit.world.universe.requests if each.operation == "updateSchedule"]
    assert (sent.method, json.loads(sent.request.body)[0]["path"]) == ("PATCH", "/state")
    visit.key("d").click()
    expect(page.locator("#detail")).to_contain_text("Fired")
    (job,) = visit.world.call("GET", f"{UPS}/segment/jobs")["children"]
    assert job["properties"]["scheduleId"] == made["id"]


def test_a_cron_text_is_read_while_it_is_typed(visit: Visit) -> None:
    made = visit.world.call("POST", f"{UPS}/config/schedules", NIGHTLY)
    page = visit.open("schedules", id=made["id"])
    cron = page.locator("#cron")
    cron.fill("0 0 1 * * MON")
    expect(page.locator("#cron-said .error")).to_be_visible()
    expect(visit.key("change")).to_be_disabled()
    assert cron.input_value() == "0 0 1 * * MON"
    cron.fill("0 30 6 ? * MON-FRI")
    expect(visit.key("change")).to_be_enabled()
    visit.key("change").click()
    expect(page.locator("#messages")).to_contain_text("new times")
    assert visit.world.call("GET", f"{UPS}/config/schedules/{made['id']}")["schedule"] == "0 30 6 ? * MON-FRI"


# -- faults


def test_a_fault_rule_is_added_fires_and_is_removed(visit: Visit) -> None:
    visit.watch.expected.add(429)
    page = visit.open("faults", new="1")
    visit.key("save").click()
    expect(page.locator("#list tr[data-key]")).to_have_count(1)
    (rule,) = visit.world.universe.faults.rules()
    expect(page.locator(f'#list tr[data-key="{rule["id"]}"]')).to_be_visible()
    assert (rule["operation"], rule["respond"]) == ("createSegmentJob", 429)
    page.goto(page.url.replace("/faults", "/jobs").split("&id=")[0])
    visit.key("all").first.click()
    expect(page.locator("#messages .bad")).to_be_visible()
    page = visit.open("faults")
    expect(page.locator("#list td.num").nth(1)).to_have_text("1")
    visit.key(f"on-{rule['id']}").click()
    expect(visit.key(f"on-{rule['id']}")).not_to_be_checked()
    assert visit.world.universe.faults.rules() == []
    visit.key(f"on-{rule['id']}").click()
    expect(visit.key(f"on-{rule['id']}")).to_be_checked()
    assert len(visit.world.universe.faults.rules()) == 1
    visit.key("clear").click()
    expect(page.locator("#list .empty")).to_be_visible()
    assert visit.world.universe.faults.rules() == []


# -- requests


def test_the_journal_is_filtered_and_a_request_sent_again(visit: Visit) -> None:
    world = visit.world
    world.job(HOME)
    for _ in range(3):
        world.call("GET", f"{UPS}/segment/definitions/{HOME}")
    page = visit.open("requests")
    expect(page.locator("#list tbody tr")).to_have_count(4)
    page.locator("#filter-method").select_option("POST")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.locator("#list tbody tr a").click()
    expect(page.locator("#detail")).to_contain_text("createSegmentJob")
    visit.key("replay").click()
    expect(page.locator("#list tbody tr")).to_have_count(2)
    assert len(world.call("GET", f"{UPS}/segment/jobs")["children"]) == 2
    page.locator("#filter-path").fill("*/nothing*")
    expect(page.locator("#list .empty")).to_be_visible()


def test_looking_leaves_no_trace(visit: Visit) -> None:
    visit.world.job(HOME)
    before = len(visit.world.universe.requests)
    for panel in ("overview", "segments", "profiles", "jobs", "schedules", "exports", "faults", "requests", "tour"):
        visit.open(panel)
    assert len(visit.world.universe.requests) == before


def test_keys_go_from_panel_to_panel(visit: Visit) -> None:
    page = visit.open()
    for key, panel in (("s", "segments"), ("j", "jobs"), ("d", "exports"), ("t", "tour")):
        page.locator("main").focus()
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(f"/ui/{panel}"))
        page.wait_for_load_state("networkidle")
