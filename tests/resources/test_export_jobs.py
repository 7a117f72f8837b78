from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.resources import batches, dataset_content, datasets, events, export_jobs, merge_policies
from emulator.resources.export_job_wire import to_wire
from emulator.resources.refusals import Refusal
from emulator.resources.space import Space
from tests.resources.export_cases import (
    ANNA,
    BORIS,
    SEGMENT,
    TARGET,
    add_target,
    asked,
    export_space,
    exported,
    put_members,
    settled,
    whose,
)
from tests.resources.population_cases import START, add_definition, make_space

SECOND = 1000
PLAIN = {"id": "https://ns.adobe.com/xdm/context/profile", "contentType": "application/vnd.adobe.xed+json;version=1"}


def seen(space: Space, job_id: int, now: int) -> dict[str, Any]:
    return to_wire(export_jobs.find(space, str(job_id)), space, now)


def test_a_job_goes_from_new_over_processing_to_succeeded() -> None:
    space = export_space()
    job = export_jobs.create(space, asked(SEGMENT), START)
    statuses = [seen(space, job.id, START + each)["status"] for each in (0, 999, 1000, 5999, 6000, 999_999)]
    assert statuses == ["NEW", "NEW", "PROCESSING", "PROCESSING", "SUCCEEDED", "SUCCEEDED"]


def test_what_a_client_sees_grows_with_the_phases() -> None:
    space = export_space()
    job = export_jobs.create(space, asked(SEGMENT), START)
    new = seen(space, job.id, START)
    assert new["computeGatewayJobId"] == {}
    assert new["metrics"] == {"totalTime": {"startTimeInMs": START}}
    assert new["destination"] == {"datasetId": TARGET, "segmentPerBatch": False, "batchId": job.batch_ids[0]}
    settled(space, START + SECOND)
    running = seen(space, job.id, START + SECOND)
    assert list(running["computeGatewayJobId"]) == ["exportJob"]
    assert running["metrics"]["profileExportTime"] == {"startTimeInMs": START + SECOND}
    settled(space, START + 6 * SECOND)
    done = seen(space, job.id, START + 9 * SECOND)
    assert list(done["computeGatewayJobId"]) == ["exportJob", "pushJob"]
    assert done["updateTime"] == done["metrics"]["totalTime"]["endTimeInMs"] == START + 6 * SECOND
    assert done["metrics"]["totalExportedProfileCounter"] == 1
    assert done["metrics"]["exportedProfileByNamespaceCounter"] == {"Email": 1}
    assert done["creationTime"] == START
    assert not {"sandbox", "_links", "errors"} & set(done)


def test_the_times_of_a_finished_job_add_up() -> None:
    space = export_space()
    job = export_jobs.create(space, asked(SEGMENT), START)
    settled(space, START + 6 * SECOND)
    metrics = seen(space, job.id, START + 6 * SECOND)["metrics"]
    total, export, write = (metrics[name] for name in ("totalTime", "profileExportTime", "aCPDatasetWriteTime"))
    for each in (total, export, write):
        assert each["totalTimeInMs"] == each["endTimeInMs"] - each["startTimeInMs"] > 0
    assert total["startTimeInMs"] < export["startTimeInMs"]
    assert export["endTimeInMs"] <= write["startTimeInMs"]
    assert write["endTimeInMs"] <= total["endTimeInMs"]


def test_one_batch_for_each_segment_when_asked_for() -> None:
    segments = [{"segmentId": SEGMENT}, {"segmentId": "aam-1", "segmentNs": "AAM", "status": ["realized"]}]
    destination = {"datasetId": TARGET, "segmentPerBatch": True}
    space = export_space()
    job, rows = exported(space, asked(filter={"segments": segments}, destination=destination))
    first, second = job.batch_ids
    assert seen(space, job.id, START)["destination"] == {
        "dataSetId": TARGET,
        "segmentPerBatch": True,
        "batches": [
            {"segmentId": SEGMENT, "segmentNs": "ups", "status": ["realized", "existing"], "batchId": first},
            {"segmentId": "aam-1", "segmentNs": "AAM", "status": ["realized"], "batchId": second},
        ],
    }
    assert [batches.find(space, each).document["recordCount"] for each in job.batch_ids] == [1, 1]
    assert whose(rows) == ["anna", "clara"]


@pytest.mark.parametrize(
    ("setting", "per_batch", "keys"),
    [
        ("seed", False, {"datasetId"}),
        ("seed", True, {"dataSetId"}),
        ("datasetId", True, {"datasetId"}),
        ("both", False, {"datasetId", "dataSetId"}),
    ],
)
def test_the_spelling_of_the_dataset_key_is_a_setting(setting: str, per_batch: bool, keys: set[str]) -> None:
    space = export_space(export_dataset_key=setting)
    destination = {"datasetId": TARGET, "segmentPerBatch": per_batch}
    job = export_jobs.create(space, asked(SEGMENT, destination=destination), START)
    assert {key for key in seen(space, job.id, START)["destination"] if key.lower() == "datasetid"} == keys


def test_ids_are_integers_that_grow() -> None:
    space = export_space()
    ids = [export_jobs.create(space, asked(), START).id for _ in range(3)]
    assert ids == sorted(set(ids))


def test_batches_are_in_catalog_from_the_start_and_follow_the_job() -> None:
    space = export_space()
    (batch_id,) = export_jobs.create(space, asked(SEGMENT), START).batch_ids
    assert len(batch_id) == 32
    assert batches.find(space, batch_id).status == "loading"
    assert batches.find(space, batch_id).related("dataSet") == [TARGET]
    settled(space, START + SECOND)
    assert batches.find(space, batch_id).status == "processing"
    settled(space, START + 6 * SECOND)
    document = batches.find(space, batch_id).document
    assert (document["status"], document["recordCount"]) == ("success", 1)
    assert document["metrics"]["recordsWritten"] == 1
    assert batches.last_batches(space)[TARGET].successful_id == batch_id


@pytest.mark.parametrize(("new", "processing"), [(0, 5000), (1000, 0), (0, 0)])
def test_phases_of_no_length_are_passed_at_once(new: int, processing: int) -> None:
    space = export_space()
    space.durations = space.durations.with_lengths({"export": {"NEW": new / 1000, "PROCESSING": processing / 1000}}, 1)
    job = export_jobs.create(space, asked(SEGMENT), START)
    assert batches.find(space, job.batch_ids[0]).status == ("loading" if new else "processing")
    settled(space, START + new + processing)
    assert seen(space, job.id, START + new + processing)["status"] == "SUCCEEDED"
    document = batches.find(space, job.batch_ids[0]).document
    assert (document["status"], document["started"]) == ("success", START + new)


def test_an_export_replaces_what_the_dataset_held() -> None:
    space = export_space()
    first, rows = exported(space, asked(SEGMENT))
    assert whose(rows) == ["anna"]
    put_members(space, {ANNA: ("exited", START), BORIS: ("realized", START)})
    second, rows = exported(space, asked(SEGMENT), START + 60 * SECOND)
    assert whose(rows) == ["boris"]
    assert {file.batch_id for file in dataset_content.content(space, TARGET)} == set(second.batch_ids)
    old = batches.find(space, first.batch_ids[0])
    assert old.status == "inactive"
    assert batches.find(space, second.batch_ids[0]).document["replay"]["predecessors"] == [old.id]
    assert space.files.get(f"{old.id}-1") is not None


def test_the_memberships_of_the_end_count_not_those_of_the_start() -> None:
    space = export_space()
    export_jobs.create(space, asked(SEGMENT), START)
    put_members(space, {BORIS: ("realized", START + 1)})
    settled(space, START + 60 * SECOND)
    assert [row["person"]["name"]["firstName"] for row in dataset_content.preview(space, TARGET)] == ["Boris"]


def test_segments_are_evaluated_first_when_asked_for() -> None:
    space = export_space()
    job, rows = exported(space, asked(SEGMENT, evaluationInfo={"segmentation": True}))
    assert whose(rows) == ["anna", "boris", "clara"]
    assert job.counts is not None
    assert job.counts.profiles == 3


# -- failure


def failed(space: Space, document: dict[str, Any]) -> tuple[dict[str, Any], str]:
    job, rows = exported(space, document)
    assert rows == []
    told = seen(space, job.id, START + 60 * SECOND)
    return told, batches.find(space, job.batch_ids[0]).status


def test_a_dataset_of_another_schema_makes_the_job_fail() -> None:
    space = export_space()
    add_target(space, schema=PLAIN)
    told, batch_status = failed(space, asked(SEGMENT))
    assert told["status"] == "FAILED"
    assert batch_status == "failed"
    first, second = told["errors"]
    assert first["code"] == "0090000009"
    assert datasets.UNION_SCHEMA in first["msg"]
    assert (second["code"], second["msg"]) == ("unknown", "Job aborted.")
    assert all(isinstance(each["callStack"], str) for each in told["errors"])
    assert told["destination"]["batchId"] == ""
    assert set(told["metrics"]) == {"totalTime", "profileExportTime"}
    assert told["metrics"]["totalTime"]["endTimeInMs"] == told["updateTime"] == START + 6 * SECOND
    assert list(told["computeGatewayJobId"]) == ["exportJob"]


def test_errors_show_only_once_the_job_has_failed() -> None:
    space = export_space()
    add_target(space, schema=PLAIN)
    job = export_jobs.create(space, asked(SEGMENT), START)
    assert "errors" not in seen(space, job.id, START + 5 * SECOND)


def test_without_the_parquet_library_a_parquet_export_fails_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = export_space()
    add_target(space, format="parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    told, _ = failed(space, asked(SEGMENT))
    assert told["errors"][0]["msg"].endswith(": pip install pyarrow")


def test_without_the_parquet_library_a_json_export_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert whose(exported(export_space(), asked(SEGMENT))[1]) == ["anna"]


def test_a_dataset_that_goes_while_the_job_runs_makes_it_fail() -> None:
    space = export_space()
    job = export_jobs.create(space, asked(SEGMENT), START)
    datasets.delete(space, TARGET, START)
    (_, told) = settled(space, START + 60 * SECOND)
    assert "cannot be retrieved" in told
    assert seen(space, job.id, START + 60 * SECOND)["status"] == "FAILED"


def test_a_merge_policy_that_goes_while_the_job_runs_makes_it_fail() -> None:
    space = export_space()
    document = {
        "schema": {"name": "_xdm.context.profile"},
        "identityGraph": {"type": "none"},
        "attributeMerge": {"type": "timestampOrdered"},
    }
    policy = merge_policies.create(space, document, START)
    job = export_jobs.create(space, asked(SEGMENT, mergePolicy={"id": policy.id}), START)
    merge_policies.delete(space, policy.id)
    settled(space, START + 60 * SECOND)
    assert seen(space, job.id, START + 60 * SECOND)["status"] == "FAILED"


def test_a_failed_export_leaves_the_dataset_as_it_was() -> None:
    space = export_space()
    add_target(space, format="parquet")
    exported(space, asked(SEGMENT))
    before = dataset_content.content(space, TARGET)
    dataset = datasets.find(space, TARGET)
    datasets.overwrite(space, TARGET, {**dataset.document, "schemaRef": PLAIN}, START)
    export_jobs.create(space, asked(), START + 60 * SECOND)
    settled(space, START + 120 * SECOND)
    assert dataset_content.content(space, TARGET) == before
    last = batches.last_batches(space)[TARGET]
    assert last.status == "failed"
    assert last.failed_id == last.batch_id != last.successful_id


# -- cancelling


def test_a_cancelled_export_leaves_the_dataset_as_it_was() -> None:
    space = export_space()
    exported(space, asked(SEGMENT))
    before = dataset_content.content(space, TARGET)
    begun = START + 60 * SECOND
    job = export_jobs.create(space, asked(), begun)
    settled(space, begun + 2 * SECOND)
    export_jobs.cancel(space, str(job.id), begun + 2 * SECOND)
    assert seen(space, job.id, begun + 2 * SECOND)["status"] == "CANCELLING"
    assert "endTimeInMs" not in seen(space, job.id, begun + 2 * SECOND)["metrics"]["totalTime"]
    settled(space, begun + 60 * SECOND)
    gone = seen(space, job.id, begun + 60 * SECOND)
    assert gone["status"] == "CANCELLED"
    assert gone["metrics"]["totalTime"]["endTimeInMs"] == begun + 3 * SECOND
    assert dataset_content.content(space, TARGET) == before
    assert batches.find(space, job.batch_ids[0]).status == "aborted"


def test_cancelling_twice_changes_nothing_more() -> None:
    space = export_space()
    job = export_jobs.create(space, asked(), START)
    export_jobs.cancel(space, str(job.id), START)
    once = export_jobs.find(space, str(job.id))
    export_jobs.cancel(space, str(job.id), START + 1)
    assert export_jobs.find(space, str(job.id)) == once


@pytest.mark.parametrize(("setting", "is_gone"), [("remove", True), ("ignore", False)])
def test_deleting_a_job_that_has_ended_takes_its_record_away_and_never_its_data(setting: str, is_gone: bool) -> None:
    space = export_space(delete_terminal_job=setting)
    job, rows = exported(space, asked(SEGMENT))
    export_jobs.cancel(space, str(job.id), START + 60 * SECOND)
    assert seen(space, job.id, START + 60 * SECOND)["status"] == "SUCCEEDED"
    settled(space, START + 120 * SECOND)
    assert (job.id not in space.export_jobs) is is_gone
    assert dataset_content.preview(space, TARGET) == rows


def test_old_plans_no_longer_hold_after_a_cancel() -> None:
    space = export_space()
    job = export_jobs.create(space, asked(), START)
    planned = [(at, event.status) for at, event in space.agenda.planned()]
    assert all(export_jobs.still_holds(space, str(job.id), status, at) for at, status in planned)
    export_jobs.cancel(space, str(job.id), START)
    assert not any(export_jobs.still_holds(space, str(job.id), status, at) for at, status in planned)
    assert export_jobs.settle(space, str(job.id), "SUCCEEDED", START + 6 * SECOND) is None
    assert export_jobs.settle(space, "999", "SUCCEEDED", START) is None


# -- requests


@pytest.mark.parametrize(
    ("document", "named"),
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
    assert len(space.export_jobs) == len(space.batches) == len(space.agenda) == 0


def test_an_unknown_dataset_is_refused_in_adobes_words() -> None:
    with pytest.raises(Refusal) as caught:
        export_jobs.create(export_space(), asked(destination={"datasetId": "nowhere"}), START)
    assert caught.value.code == "UPLIB-101554-503"
    url = "https://platform.adobe.io/data/foundation/catalog/dataSets/nowhere"
    assert caught.value.reasons[0] == f"Dataset nowhere cannot be retrieved from Catalog {url}."
    assert '"detail":"DataSet not found."' in caught.value.reasons[1]


@pytest.mark.parametrize("job_id", ["1", "abc", "-1", "1.5", "9" * 40, ""])
def test_an_unknown_job_is_not_found(job_id: str) -> None:
    with pytest.raises(Refusal, match="not found"):
        export_jobs.find(export_space(), job_id)


# -- schedules


def test_a_schedule_exports_all_segments_to_the_dataset_it_names() -> None:
    space = export_space()
    add_definition(space, "second")
    job = export_jobs.create_scheduled(space, {"destination": {"datasetId": TARGET}}, START, "schedule-1")
    assert job.request_id == f"schedule-1-{START}"
    assert [each.filter and each.filter.segment_id for each in job.sources] == [SEGMENT, "second"]
    settled(space, START + 60 * SECOND)
    assert len(dataset_content.preview(space, TARGET)) == 1


def test_a_schedule_without_a_dataset_makes_one_and_goes_on_with_it() -> None:
    space = export_space()
    first, second = (export_jobs.create_scheduled(space, {"segments": ["*"]}, START, "s") for _ in range(2))
    assert first.request.dataset_id == second.request.dataset_id
    made = datasets.find(space, first.request.dataset_id)
    assert (made.name, made.schema_id) == ("Scheduled export", datasets.UNION_SCHEMA)


def test_a_schedule_that_names_a_dataset_which_is_not_there_makes_a_job_that_fails() -> None:
    space = export_space()
    job = export_jobs.create_scheduled(space, {"destination": {"datasetId": "nowhere"}}, START, "s")
    settled(space, START + 60 * SECOND)
    assert seen(space, job.id, START + 60 * SECOND)["status"] == "FAILED"
    assert len(space.batches) == 0


def test_a_schedule_of_a_sandbox_without_segments_exports_nobody() -> None:
    space = make_space()
    add_target(space)
    job = export_jobs.create_scheduled(space, {"destination": {"datasetId": TARGET}}, START, "s")
    settled(space, START + 60 * SECOND)
    assert seen(space, job.id, START + 60 * SECOND)["metrics"]["totalExportedProfileCounter"] == 0


def test_a_job_puts_its_phases_on_the_agenda() -> None:
    space = export_space()
    job = export_jobs.create(space, asked(), START)
    assert [(at - START, event.type, event.id, event.status) for at, event in space.agenda.planned()] == [
        (1000, events.EXPORT_JOB, str(job.id), "PROCESSING"),
        (6000, events.EXPORT_JOB, str(job.id), "SUCCEEDED"),
    ]


#: What a client does: makes an export of one segment or of everybody, cancels the job it made first, or waits.
ACTIONS = st.lists(st.sampled_from(["one", "all", "cancel"]) | st.integers(0, 9000), max_size=12)

BATCH_STATUS = {"NEW": "loading", "PROCESSING": "processing", "CANCELLED": "aborted", "SUCCEEDED": "success"}


@given(ACTIONS)
def test_the_dataset_holds_what_the_last_successful_job_selected(actions: list[str | int]) -> None:
    space = export_space()
    now = START
    made: dict[int, list[str]] = {}
    for action in actions:
        if isinstance(action, int):
            now += action
            settled(space, now)
        elif action != "cancel":
            selected = [SEGMENT] if action == "one" else []
            made[export_jobs.create(space, asked(*selected), now).id] = selected
        elif made and not export_jobs.LIFECYCLE.is_terminal(export_jobs.find(space, str(min(made))).status_at(now)):
            export_jobs.cancel(space, str(min(made)), now)
        finished = [job for job in space.export_jobs if job.status_at(now) == "SUCCEEDED"]
        last = max(finished, key=lambda job: (job.timeline.ends, job.id), default=None)
        people = whose([dict(row) for row in dataset_content.preview(space, TARGET)])
        assert people == ([] if last is None else ["anna"] if made[last.id] else ["anna", "boris", "clara"])
        for job in space.export_jobs:
            status = job.status_at(now)
            if status in BATCH_STATUS and (status != "SUCCEEDED" or job is last):
                assert batches.find(space, job.batch_ids[0]).status == BATCH_STATUS[status]
