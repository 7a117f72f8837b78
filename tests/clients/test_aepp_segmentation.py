"""aepp's Segmentation class, unmodified, on every call that its table in Adobe's Segmentation Service has."""

from __future__ import annotations

from typing import Any

import pytest
from aepp.segmentation import Segmentation

from tests.clients.conftest import IN_US, SEGMENT_EXPORT, WORKS_IN_US, Connect, Served

SCHEMA = {"name": "_xdm.context.profile"}
NIGHTLY = {
    "name": "every night",
    "type": "batch_segmentation",
    "properties": {"segments": ["*"]},
    "schedule": "0 0 1 * * ?",
    "state": "inactive",
}
#: How many definitions the sandbox holds from the start.
BUNDLED = 21

EXPORT = {"destination": {"datasetId": SEGMENT_EXPORT}, "schema": SCHEMA}


def definition(name: str, value: str = 'homeAddress.country = "SE"', **members: Any) -> dict[str, Any]:
    expression = {"type": "PQL", "format": "pql/text", "value": value}
    return {"name": name, "description": "somebody", "expression": expression, "schema": SCHEMA, **members}


def fill_definitions(served: Served, count: int) -> None:
    """Bring definitions up to ``count``, the bundled ones included."""
    made = [definition(f"Extra {number}", id=f"extra-{number}") for number in range(count - BUNDLED)]
    served.universe.load({"segmentDefinitions": made})


@pytest.fixture
def segmentation(connect: Connect) -> Any:
    return connect(Segmentation)


# -- definitions


@pytest.mark.parametrize("count", [100, 101, 230])
def test_all_definitions_are_listed_once(served: Served, segmentation: Any, count: int) -> None:
    fill_definitions(served, count)
    found = segmentation.getSegments()
    assert len(found) == count
    assert len({each["id"] for each in found}) == count


def test_a_definition_is_made_read_overwritten_and_deleted(segmentation: Any) -> None:
    made = segmentation.createSegment(definition("Swedes", ttlInDays=30))
    assert segmentation.getSegment(made["id"]) == made
    changed = segmentation.updateSegment(made["id"], definition("Danes", 'homeAddress.country = "DK"', ttlInDays=30))
    assert (changed["id"], changed["name"]) == (made["id"], "Danes")
    assert segmentation.getSegment(made["id"])["expression"]["value"] == 'homeAddress.country = "DK"'
    assert segmentation.deleteSegment(made["id"]) == 200
    assert segmentation.getSegment(made["id"])["status"] == 404


def test_several_definitions_are_read_at_once(segmentation: Any) -> None:
    found = segmentation.getMultipleSegments({"ids": [{"id": WORKS_IN_US}]})
    assert found[WORKS_IN_US]["name"] == "Works in the United States"


def test_an_expression_is_converted_and_back(segmentation: Any) -> None:
    text = 'workAddress.country = "US"'
    as_json = segmentation.convertSegmentDef("there", {"type": "PQL", "format": "pql/text", "value": text})
    assert as_json["expression"]["format"] == "pql/json"
    as_text = segmentation.convertSegmentDef("back", as_json["expression"])
    assert as_text["expression"] == {"type": "PQL", "format": "pql/text", "value": text}


def test_the_paths_of_an_expression_are_found_in_what_conversion_answers(segmentation: Any) -> None:
    converted = segmentation.convertSegmentDef(
        "paths",
        {"type": "PQL", "format": "pql/text", "value": 'workAddress.country = "US" and person.name.lastName = "X"'},
    )
    assert segmentation.extractPaths(converted) == ["person.name.lastName", "workAddress.country"]


# -- segment jobs


def test_a_segment_job_runs_and_counts(served: Served, segmentation: Any) -> None:
    job = segmentation.createJob([WORKS_IN_US])
    assert job["status"] == "NEW"
    served.advance(seconds=5)
    done = segmentation.getJob(job["id"])
    assert done["status"] == "SUCCEEDED"
    assert done["metrics"]["segmentedProfileCounter"] == {WORKS_IN_US: IN_US}
    assert segmentation.deleteJob(job["id"]) == 204
    served.advance(seconds=1)
    assert segmentation.getJob(job["id"])["status"] == 404


def test_jobs_are_listed_by_status_without_going_round_in_circles(served: Served, segmentation: Any) -> None:
    early = segmentation.createJob([WORKS_IN_US])
    served.advance(seconds=5)
    late = segmentation.createJob([WORKS_IN_US])
    assert [each["id"] for each in segmentation.getJobs()] == [late["id"], early["id"]]
    assert [each["id"] for each in segmentation.getJobs(status="SUCCEEDED")] == [early["id"]]
    assert segmentation.getJobs(name="ups") is not None
    # There is a second page, under `_links.next`; aepp looks for `_links.href`, which must not be there.
    assert [each["id"] for each in segmentation.getJobs(limit=1)] == [late["id"]]
    assert served.asked("listSegmentJobs") == 4


# -- schedules


def test_a_schedule_is_made_changed_and_deleted(served: Served, segmentation: Any) -> None:
    made = segmentation.createSchedule(NIGHTLY)
    assert segmentation.getSchedule(made["id"]) == made
    assert segmentation.getSchedules() == [made]
    assert segmentation.updateSchedule(made["id"], [{"op": "add", "path": "/state", "value": "active"}]) == {}
    assert segmentation.getSchedule(made["id"])["state"] == "active"
    assert segmentation.updateScheduledBatchSegmentationJob("0 0 3 * * ?") == {}
    assert segmentation.getSchedule(made["id"])["schedule"] == "0 0 3 * * ?"
    served.advance(seconds=24 * 3600)
    (job,) = segmentation.getJobs()
    assert (job["status"], job["source"]) == ("SUCCEEDED", "scheduler")
    assert segmentation.deleteSchedule(made["id"]) == 204
    assert segmentation.getSchedules() == []


# -- export jobs


def test_an_export_job_runs_and_is_cancelled(served: Served, segmentation: Any) -> None:
    made = segmentation.createExport(EXPORT)
    assert segmentation.getExport(made["id"])["status"] == "NEW"
    served.advance(seconds=10)
    assert segmentation.getExport(made["id"])["status"] == "SUCCEEDED"
    assert segmentation.deleteExport(segmentation.createExport(EXPORT)["id"]) == 200


def test_export_jobs_are_listed_to_the_end(served: Served, segmentation: Any) -> None:
    made = []
    for _ in range(5):
        made.append(segmentation.createExport(EXPORT)["id"])
        served.advance(seconds=1)
    for limit in (1, 2, 5, 6):
        assert [each["id"] for each in segmentation.getExportJobs(limit=limit)] == made[::-1], limit


def test_export_jobs_of_one_status_are_listed_to_the_end(served: Served, segmentation: Any) -> None:
    segmentation.createExport(EXPORT)
    served.advance(seconds=60)
    new = [segmentation.createExport(EXPORT)["id"] for _ in range(3)]
    assert {each["id"] for each in segmentation.getExportJobs(limit=1, status="NEW")} == set(new)


# -- previews and estimates


def test_an_expression_is_previewed_and_estimated(served: Served, segmentation: Any) -> None:
    preview_id = segmentation.createPreview('workAddress.country = "US"')["previewId"]
    assert segmentation.getPreview(preview_id)["state"] == "NEW"
    served.advance(seconds=60)
    preview = segmentation.getPreview(preview_id)
    assert (preview["state"], len(preview["results"])) == ("RESULT_READY", IN_US)
    estimate = segmentation.getEstimate(preview_id)
    assert (estimate["state"], estimate["estimatedSize"]) == ("RESULT_READY", IN_US)
    assert segmentation.deletePreview(preview_id) == 200
    assert segmentation.getPreview(preview_id)["status"] == 404


# -- search


def test_audiences_are_searched(segmentation: Any) -> None:
    counts = segmentation.searchNamespaces("name:kettle*")
    (namespace,) = counts["namespaces"]
    found = segmentation.searchEntities("name:kettle*", namespace=namespace["namespace"])
    assert len(found) == namespace["count"] > 0
    assert all("kettle" in each["name"].lower() for each in found)


def test_a_search_that_finds_nothing_comes_to_an_end(served: Served, segmentation: Any) -> None:
    assert segmentation.searchNamespaces("nothingatall")["namespaces"] == []
    assert segmentation.searchEntities("nothingatall") == []
    assert served.asked("listFullTextIndexedObjects") == 1


# -- audiences


@pytest.mark.parametrize("count", [58, 59, 150])
def test_all_audiences_are_listed_once(served: Served, segmentation: Any, count: int) -> None:
    fill_definitions(served, count)
    found = segmentation.getAudiences()
    assert len(found) == len({each["id"] for each in found}) == count + 2  # two are external


def test_audiences_are_filtered_and_sorted(segmentation: Any) -> None:
    named = segmentation.getAudiences(name="kettle", limit=1)
    assert len(named) == 2
    assert all("kettle" in each["name"].lower() for each in named)
    described = segmentation.getAudiences(description="PLAINEST")
    assert [each["name"] for each in described] == ["Home in the United States"]
    (one,) = segmentation.getAudiences(prop=f"audienceId=={WORKS_IN_US}")
    assert one["id"] == WORKS_IN_US
    names = [each["name"] for each in segmentation.getAudiences(sort="name:asc", limit=5)]
    assert names == sorted(names)
    assert segmentation.getAudiences(entityType="_xdm.context.account") == []


PLATFORM_AUDIENCE = Segmentation.PLATFORM_AUDIENCE_DICT
EXTERNAL_AUDIENCE = {
    "audienceId": "letter-2026",
    "name": "Letter",
    "namespace": "AAM",
    "type": "ExternalSegment",
    "datasetId": "5c8f31a7d20b4e0013aa7e04",
}


@pytest.mark.parametrize("audience", [PLATFORM_AUDIENCE, EXTERNAL_AUDIENCE], ids=["platform", "external"])
def test_an_audience_is_made_read_changed_and_deleted(segmentation: Any, audience: dict[str, Any]) -> None:
    made = segmentation.createAudience(audience)
    assert segmentation.getAudience(made["id"]) == made
    patched = segmentation.patchAudience(made["id"], [{"op": "add", "path": "/description", "value": "patched"}])
    assert patched["description"] == "patched"
    replaced = segmentation.putAudience(made["id"], {**audience, "name": "Replaced"})
    assert (replaced["id"], replaced["name"]) == (made["id"], "Replaced")
    assert segmentation.deleteAudience(made["id"]) == 204
    assert segmentation.getAudience(made["id"])["status"] == 404


def test_the_audiences_that_an_audience_is_made_of_are_named(segmentation: Any) -> None:
    (audience,) = segmentation.getAudiences(name="gone quiet")
    assert segmentation.extractAudiences(audience) == ["1rfe8422-334d-12f4-3sd4-12cf6g990g51"]
