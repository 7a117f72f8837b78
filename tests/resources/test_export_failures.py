"""Exports that come to no good end: by failing, by being cancelled, and what they leave alone."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from emulator.resources import batches, dataset_content, datasets, export_jobs, merge_policies
from emulator.resources.space import Space
from tests.resources.export_cases import (
    PLAIN,
    SECOND,
    SEGMENT,
    TARGET,
    add_target,
    asked,
    export_space,
    exported,
    seen,
    settled,
    whose,
)
from tests.resources.population_cases import START, policy_document


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
    policy = merge_policies.create(space, policy_document(), START)
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
    assert all(export_jobs.KIND.still_holds(space, str(job.id), status, at) for at, status in planned)
    export_jobs.cancel(space, str(job.id), START)
    assert not any(export_jobs.KIND.still_holds(space, str(job.id), status, at) for at, status in planned)
    assert export_jobs.KIND.settle(space, str(job.id), "SUCCEEDED", START + 6 * SECOND) is None
    assert export_jobs.KIND.settle(space, "999", "SUCCEEDED", START) is None
