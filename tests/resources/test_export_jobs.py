"""The course of an export: its phases, what a client sees of them, its batches, and what the dataset holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.resources import batches, dataset_content, events, export_jobs
from tests.resources.export_cases import (
    ANNA,
    BORIS,
    SECOND,
    SEGMENT,
    TARGET,
    asked,
    export_space,
    exported,
    put_members,
    seen,
    settled,
    whose,
)
from tests.resources.population_cases import START


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
        elif made and not export_jobs.LIFECYCLE.is_terminal(
            export_jobs.find(space, str(min(made))).timeline.status_at(now)
        ):
            export_jobs.cancel(space, str(min(made)), now)
        finished = [job for job in space.export_jobs if job.timeline.status_at(now) == "SUCCEEDED"]
        last = max(finished, key=lambda job: (job.timeline.ends, job.id), default=None)
        people = whose([dict(row) for row in dataset_content.preview(space, TARGET)])
        assert people == ([] if last is None else ["anna"] if made[last.id] else ["anna", "boris", "clara"])
        for job in space.export_jobs:
            status = job.timeline.status_at(now)
            if status in BATCH_STATUS and (status != "SUCCEEDED" or job is last):
                assert batches.find(space, job.batch_ids[0]).status == BATCH_STATUS[status]
