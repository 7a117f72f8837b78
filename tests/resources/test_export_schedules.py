"""Exports that a schedule makes."""

from __future__ import annotations

from emulator.resources import dataset_content, datasets, export_jobs
from tests.resources.export_cases import (
    SECOND,
    SEGMENT,
    TARGET,
    add_target,
    export_space,
    seen,
    settled,
)
from tests.resources.population_cases import START, add_definition, make_space


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
