"""Requests for exports that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.resources import export_jobs
from emulator.resources.refusals import Refusal
from tests.for_each import for_each
from tests.resources.export_cases import (
    TARGET,
    asked,
    export_space,
)
from tests.resources.population_cases import START


@for_each(
    "document, named",
    [
        ({"schema": {"name": "_xdm.context.profile"}}, "destination"),
        (asked(destination={}), "destination.datasetId"),
        (asked(destination="x"), "destination"),
        (asked(destination={"datasetId": 7}), "destination.datasetId"),
        (asked(destination={"datasetId": TARGET, "segmentPerBatch": "yes"}), "destination.segmentPerBatch"),
        ({"destination": {"datasetId": TARGET}}, "schema"),
        (asked(schema={}), "schema.name"),
        (asked(schema={"name": "_xdm.context.experienceevent"}), "schema.name"),
        (asked(fields=["a"]), "fields"),
        (asked(mergePolicy={}), "mergePolicy.id"),
        (asked(mergePolicy={"id": "nobody"}), "mergePolicy"),
        (asked(mergePolicy={"id": "nobody", "version": "1"}), "mergePolicy.version"),
        (asked(filter=[]), "filter"),
        (asked(filter={"segments": []}), "filter.segments"),
        (asked(filter={"segments": ["x"]}), "filter.segments[0].segmentId"),
        (asked(filter={"segments": [{"segmentId": "x"}, {}]}), "filter.segments[1].segmentId"),
        (asked(filter={"segments": [{"segmentId": "x", "status": "realized"}]}), "filter.segments[0].status"),
        (asked(filter={"segments": [{"segmentId": "x", "status": ["member"]}]}), "filter.segments[0].status"),
        (asked(filter={"fromIngestTimestamp": "yesterday"}), "filter.fromIngestTimestamp"),
        (asked(filter={"fromIngestTimestamp": 5}), "filter.fromIngestTimestamp"),
        (asked(filter={"emptyProfiles": 1}), "filter.emptyProfiles"),
        (
            asked(filter={"segmentQualificationTime": {"startTime": "x"}}),
            "filter.segmentQualificationTime.startTime",
        ),
        (asked(additionalFields={"eventList": []}), "additionalFields.eventList"),
        (
            asked(additionalFields={"eventList": {"filter": {"toIngestTimestamp": ""}}}),
            "additionalFields.eventList.filter.toIngestTimestamp",
        ),
        (asked(evaluationInfo={"segmentation": "true"}), "evaluationInfo.segmentation"),
    ],
)
def test_a_wrong_request_is_refused_by_the_name_of_what_is_wrong(document: dict[str, Any], named: str) -> None:
    space = export_space()
    with pytest.raises(Refusal) as caught:
        export_jobs.create(space, document, START)
    assert caught.value.status == 400
    assert named in " ".join(caught.value.reasons)
    assert len(space.export_jobs) == len(space.batches) == len(space.agenda.planned()) == 0


def test_an_unknown_dataset_is_refused_in_adobes_words() -> None:
    with pytest.raises(Refusal) as caught:
        export_jobs.create(export_space(), asked(destination={"datasetId": "nowhere"}), START)
    assert caught.value.code == "UPLIB-101554-503"
    url = "https://platform.adobe.io/data/foundation/catalog/dataSets/nowhere"
    assert caught.value.reasons[0] == f"Dataset nowhere cannot be retrieved from Catalog {url}."
    assert '"detail":"DataSet not found."' in caught.value.reasons[1]


@for_each("job_id", ["2", "abc", "-1", "9" * 40, "", "01", "+1", "1.0", " 1", "1_0", "\u0661", "0x1"])
def test_an_unknown_job_is_not_found_and_a_number_has_one_spelling_as_an_id(job_id: str) -> None:
    space = export_space()
    assert export_jobs.create(space, asked(), START) == export_jobs.find(space, "1")
    with pytest.raises(Refusal, match="not found"):
        export_jobs.find(space, job_id)
