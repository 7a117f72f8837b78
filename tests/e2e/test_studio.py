"""Segments, Profiles, Data and Tour in a real browser: each does its work, not only shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import BOOTS, HOME, SEGMENT_EXPORT, UPS, Visit, World, export_request

pytestmark = pytest.mark.e2e

BASKET = "012bed75-b4c4-4fd7-9480-ee73a53f91be"


def export(world: World, dataset_id: str) -> str:
    """Export a segment, and answer the batch."""
    id = world.call("POST", f"{UPS}/export/jobs", export_request(dataset_id))["id"]
    world.call("POST", "/_emulator/clock", {"until": id})
    return str(world.call("GET", f"{UPS}/export/jobs/{id}")["destination"]["batchId"])


# -- segments


def test_a_fault_is_underlined_where_it_is_and_the_count_follows(visit: Visit) -> None:
    page = visit.open("segments", edit="new")
    query = page.locator("#pql")
    expect(page.locator(".counted")).to_have_text("80")
    query.fill('homeAddress.country = "US"\nand person.birthYear == 1980')
    expect(page.locator(".fault")).to_have_text("==")
    expect(page.locator(".verdict")).to_contain_text("Line 2, column 22")
    expect(query).to_have_attribute("aria-invalid", "true")
    expect(visit.key("create-segment")).to_be_disabled()
    assert query.input_value().endswith("== 1980")
    query.fill("true")
    expect(page.locator(".verdict")).to_contain_text("166 of 166")
    expect(page.locator(".fault")).to_have_count(0)
    assert len(visit.world.universe.requests) == 0


def test_a_fault_after_characters_beyond_the_basic_plane_is_where_it_is(visit: Visit) -> None:
    page = visit.open("segments", edit="new")
    page.locator("#pql").fill('person.name.firstName = "\U0001f41f\U0001f41f" and n == 1')
    expect(page.locator(".fault")).to_have_text("==")


def test_a_draft_is_there_again_after_looking_at_something_else(visit: Visit) -> None:
    page = visit.open("segments", edit="new")
    page.locator("#segment-name").fill("Unfinished")
    page.locator("#pql").fill("person.birthYear > ")
    expect(page.locator(".verdict")).to_contain_text("Line 1")
    page.locator("#list tbody tr a").first.click()
    expect(visit.key("evaluate")).to_be_visible()
    assert "edit=" not in page.url
    visit.key("new-segment").click()
    expect(page.locator("#segment-name")).to_have_value("Unfinished")
    expect(page.locator("#pql")).to_have_value("person.birthYear > ")


def test_the_mirror_shows_what_is_typed_where_it_is_typed(visit: Visit) -> None:
    page = visit.open("segments", edit="new")
    text = 'chain(xEvent, timestamp, [A: WHAT(eventType = "a b")])\n  and   naïve.field in ["x", \'y\'] ' * 4
    page.locator("#pql").fill(text)
    assert page.locator(".mirror").text_content() == f"{text}\n"
    sizes = page.evaluate(
        "() => [...document.querySelectorAll('.paper > *')].map(({scrollWidth, scrollHeight, clientHeight}) => "
        "[scrollWidth, scrollHeight, clientHeight])"
    )
    assert sizes[0] == sizes[1]


def test_a_segment_is_created_by_the_real_call(visit: Visit) -> None:
    page = visit.open("segments")
    visit.key("new-segment").click()
    page.locator("#segment-name").fill("Swedes")
    page.locator("#pql").fill('homeAddress.country = "SE"')
    count = int(page.locator(".counted").inner_text()) if page.locator(".counted").count() else -1
    expect(page.locator(".verdict")).to_contain_text("of 166")
    visit.key("create-segment").click()
    expect(page.locator("#detail h2").first).to_have_text("Swedes")
    (sent,) = [each for each in visit.world.universe.requests if each.operation == "createSegmentDefinition"]
    body = json.loads(sent.request.body)
    assert (sent.status, body["expression"]["value"]) == (200, 'homeAddress.country = "SE"')
    assert count != 0
    expect(page.locator("#list")).to_contain_text("Swedes")


def test_a_refused_segment_keeps_what_was_typed(visit: Visit) -> None:
    visit.watch.expected.add(422)
    page = visit.open("segments", edit="new")
    page.locator("#segment-name").fill("Looked at boots, bought none")
    page.locator("#pql").fill("person.birthYear > 1990")
    expect(page.locator(".verdict")).to_contain_text("of 166")
    visit.key("create-segment").click()
    expect(page.locator("#messages")).to_contain_text("already exists")
    assert page.locator("#pql").input_value() == "person.birthYear > 1990"


def test_evaluating_draws_the_run(visit: Visit) -> None:
    page = visit.open("segments", id=BOOTS)
    expect(page.locator(".empty.slim")).to_be_visible()
    visit.key("evaluate").click()
    expect(page.locator("#messages")).to_contain_text("has begun")
    for _ in range(3):
        visit.world.advance(86400)
        visit.world.job(BOOTS)
    expect(page.locator("a.run")).to_have_count(4)
    last = visit.world.call("GET", f"/_emulator/segments/{BOOTS}/runs")["runs"][-1]
    expect(page.locator("text.now")).to_have_text(str(last["size"]))
    expect(page.locator("rect.exited")).not_to_have_count(0)
    assert page.locator("a.run").last.get_attribute("aria-label") is not None
    expect(page.locator(".spellings")).to_contain_text('"nodeType": "fnApply"')


# -- profiles


def test_a_search_finds_and_a_profile_shows_who_won(visit: Visit) -> None:
    page = visit.open("profiles")
    page.locator("#q").press_sequentially("marguerite")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert "q=marguerite" in page.url
    page.locator("#list tbody tr a").click()
    expect(page.locator(".fragments > li")).to_have_count(3)
    city = page.locator("tr", has_text="homeAddress.city")
    expect(city).to_contain_text("Astoria")
    expect(city.locator("s")).to_have_count(2)
    page.locator("#policy").select_option(label="The customer file knows best")
    expect(city.locator("td").nth(2)).to_contain_text(re.compile(r"^Portland"))
    page.locator("#policy").select_option(label="Newest wins, nothing stitched")
    expect(page.locator(".fragments .left-out")).to_have_count(2)


def test_events_are_on_a_time_line(visit: Visit) -> None:
    page = visit.open("profiles", ns="CRMID", id="CRM-10001", tab="events")
    expect(page.locator("circle.mark")).to_have_count(8)
    page.locator("circle.mark").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#event")).to_contain_text('"timestamp"')


def test_why_not_marks_what_decided(visit: Visit) -> None:
    visit.world.job(HOME)
    page = visit.open("profiles", ns="CRMID", id="CRM-10001", tab="segments")
    expect(page.locator(".membership.realized")).to_have_count(1)
    visit.key("tab-why").click()
    page.locator("#why").select_option(BASKET)
    expect(page.locator(".answer")).to_contain_text("does not qualify")
    asked = {"segmentId": BASKET, "identity": {"namespace": "CRMID", "id": "CRM-10001"}}
    assert visit.world.call("POST", "/_emulator/explain", asked)["matches"] is False
    deciding = page.locator(".why .deciding")
    expect(deciding).to_have_count(2)
    expect(deciding.nth(1)).to_contain_text("chain(xEvent, timestamp")
    expect(deciding.nth(1)).to_contain_text("decides")
    expect(page.locator(".why li.skipped")).to_contain_text("not needed")
    page.locator("#why").select_option(HOME)
    expect(page.locator(".answer")).to_contain_text("qualifies for")


def test_a_query_stored_as_json_is_explained_as_well(visit: Visit) -> None:
    page = visit.open("profiles", ns="CRMID", id="CRM-10001", why="30230300-ccf1-48ad-8012-c5563a007069")
    expect(page.locator(".why .connective").first).to_have_text("and")
    asked = {"segmentId": "30230300-ccf1-48ad-8012-c5563a007069", "identity": {"namespace": "CRMID", "id": "CRM-10001"}}
    tree = visit.world.call("POST", "/_emulator/explain", asked)["tree"]
    decided = [each for each in tree["children"] if each.get("value") == tree["value"]]
    expect(page.locator(".why > li > details > ul > li.deciding")).to_have_count(len(decided))


# -- data


@pytest.mark.parametrize("format", ["json", "parquet"])
def test_rows_of_an_export_are_a_table_and_can_be_saved(visit: Visit, format: str, tmp_path: Path) -> None:
    world = visit.world
    world.job(HOME)
    dataset = {"name": "Rows", "schemaRef": {"id": "https://ns.adobe.com/xdm/context/profile__union"}}
    dataset["fileDescription"] = {"format": format}
    (reference,) = world.call("POST", "/data/foundation/catalog/dataSets", dataset)
    id = reference.rpartition("/")[2]
    batch = export(world, id)
    page = visit.open("exports", id=id)
    expect(page.locator("#rows tbody tr")).to_have_count(25)
    expect(page.locator("#rows")).to_contain_text("of 99")
    expect(page.locator("#rows")).to_contain_text("homeAddress.country")
    visit.key("rows-more").click()
    expect(page.locator("#rows tbody tr").first).to_contain_text("26")
    with page.expect_download() as saved:
        visit.key("download").click()
    target = tmp_path / "rows"
    saved.value.save_as(target)
    (file,) = world.call("GET", f"/data/foundation/export/batches/{batch}/files")["data"]
    assert len(target.read_bytes()) == int(file["size"])


def test_an_export_starts_from_the_page(visit: Visit) -> None:
    world = visit.world
    world.job(HOME)
    page = visit.open("exports", id=SEGMENT_EXPORT)
    page.locator("#export-segment").select_option(HOME)
    visit.key("export").click()
    expect(page.locator("#messages")).to_contain_text("Export job")
    world.advance(60)
    expect(page.locator("#rows")).to_contain_text("of 99", timeout=15000)


# -- tour


def test_the_tour_is_walked_by_keyboard_from_end_to_end(visit: Visit) -> None:
    page = visit.open("tour")
    expect(page.locator("#perform")).to_be_focused()
    for number in range(1, 16):
        page.keyboard.press("Enter")
        expect(page.locator("#tour-actions")).to_contain_text("done" if number == 15 else f"{number} of 15 calls")
    expect(page.locator("#tour-end")).to_be_focused()
    expect(page.locator(".tour > li.done")).to_have_count(9)
    expect(page.locator(".tour")).to_contain_text("99 rows")
    walked = [each.operation for each in visit.world.universe.requests if each.status < 300]
    assert walked == [
        "imsToken" if each is None else each
        for each in (
            walked[0],
            "retrieveSegmentDefinitionById",
            "createSchedule",
            "updateSchedule",
            "createSegmentJob",
            "retrieveSegmentJob",
            "retrieveEntity",
            "createDataset",
            "createExportJob",
            "retrieveExportJob",
            "listDatasetFiles",
            "retrieveDatasetFile",
            "retrieveDatasetFile",
        )
    ]


def test_the_tour_goes_on_after_a_reload(visit: Visit) -> None:
    page = visit.open("tour")
    for number in (1, 2):
        page.keyboard.press("Enter")
        expect(page.locator("#tour-actions")).to_contain_text(f"{number} of 15")
    page.reload()
    expect(page.locator("#tour-actions")).to_contain_text("2 of 15")
    expect(page.locator("li.current h2")).to_contain_text("3.")


def test_where_no_schedule_can_be_made_the_tour_takes_the_one_there_is(visit: Visit) -> None:
    visit.watch.expected.add(400)
    schedule = {"name": "mine", "type": "batch_segmentation", "schedule": "0 0 1 * * ?"}
    schedule["properties"] = {"segments": ["*"]}  # type: ignore[assignment]
    made = visit.world.call("POST", f"{UPS}/config/schedules", schedule)
    page = visit.open("tour")
    for title in (
        "Retrieve the definition",
        "Make a schedule",
        "take the one there is",
        "Activate",
        "Start a segment job",
    ):
        page.locator("#perform").press("Enter")
        expect(page.locator(".call.next h3")).to_contain_text(title)
    assert visit.world.call("GET", f"{UPS}/config/schedules/{made['id']}")["state"] == "active"
