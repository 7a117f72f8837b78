"""A sandbox with people, a segment and a dataset to export to, made by hand."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from emulator.resources import dataset_content, datasets, export_jobs, merge_policies
from emulator.resources.datasets import Dataset
from emulator.resources.export_job_wire import to_wire
from emulator.resources.export_jobs import ExportJob
from emulator.resources.identities import Identity
from emulator.resources.memberships import Membership, SegmentMembers
from emulator.resources.population import ExperienceEvent, Fragment
from emulator.resources.space import Space
from tests.resources import population_cases
from tests.resources.population_cases import START, add_definition, email, fragment, make_space, policy_document

TARGET = "5b020a27e7040801dedba61b"
SEGMENT = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"
SECOND = 1000
UNION = {"id": datasets.UNION_SCHEMA, "contentType": "application/vnd.adobe.xed+json;version=1"}
PLAIN = {"id": "https://ns.adobe.com/xdm/context/profile", "contentType": "application/vnd.adobe.xed+json;version=1"}

ANNA, BORIS, CLARA = email("anna"), email("boris"), email("clara")


def export_space(*more: Fragment, events: tuple[ExperienceEvent, ...] = (), **settings: object) -> Space:
    """A sandbox where Anna is in the segment, Boris has left it, and Clara came in from elsewhere."""
    space = make_space(**settings)
    merge_policies.create(space, policy_document(default=True), START)
    people = [
        fragment("crm", START, ANNA, person={"name": {"firstName": "Anna"}}, age=31),
        fragment("crm", START + 1, BORIS, person={"name": {"firstName": "Boris"}}, age=40),
        fragment(
            "crm", START + 2, CLARA, segmentMembership=imported("AAM", "aam-1", "realized", "2019-09-01T10:00:00Z")
        ),
        *more,
    ]
    space.population = space.population.with_added(people, events)
    add_definition(space, SEGMENT, policy_id=next(iter(space.merge_policies)).id)
    put_members(space, {ANNA: ("realized", START), BORIS: ("exited", START)})
    add_target(space)
    return space


def imported(namespace: str, audience_id: str, status: str, qualified: str) -> dict[str, Any]:
    return {namespace: {audience_id: {"status": status, "lastQualificationTime": qualified}}}


def put_members(space: Space, entries: dict[Identity, tuple[str, int]]) -> None:
    members = SegmentMembers("pdg", {identity: Membership(*entry) for identity, entry in entries.items()})
    space.memberships.put(SEGMENT, members)


def add_target(space: Space, id: str = TARGET, format: str = "json", schema: dict[str, str] | None = None) -> None:
    document = {
        "id": id,
        "name": "Segment Export",
        "schemaRef": schema or UNION,
        "fileDescription": {"persisted": True, "format": format},
    }
    datasets.from_fixture(space, document, START)


def asked(*segment_ids: str, **members: Any) -> dict[str, Any]:
    """A request for those segments, for everybody when there are none."""
    document: dict[str, Any] = {
        "destination": {"datasetId": TARGET},
        "schema": {"name": "_xdm.context.profile"},
        **members,
    }
    if segment_ids:
        document["filter"] = {"segments": [{"segmentId": each} for each in segment_ids], **members.get("filter", {})}
    return document


def replace_rows(space: Space, dataset: Dataset, rows: dict[str, list[dict[str, Any]]], began: int, at: int) -> None:
    """Let a dataset hold exactly these rows, by batch."""
    files = {batch_id: dataset_content.files_of(dataset, batch_id, each) for batch_id, each in rows.items()}
    dataset_content.replace_content(space, dataset, files, began, at)


def settled(space: Space, until: int) -> list[str]:
    """Let all that is planned up to ``until`` come true, and answer what came of it."""
    return population_cases.settled(space, until, export_jobs.KIND.settle)


def exported(space: Space, document: dict[str, Any], at: int = START) -> tuple[ExportJob, list[dict[str, Any]]]:
    """Make a job, let it end, and answer it with the first rows that the dataset then holds."""
    made = export_jobs.create(space, document, at)
    settled(space, at + 60_000)
    job = export_jobs.find(space, str(made.id))
    return job, [dict(row) for row in dataset_content.preview(space, TARGET)]


def whose(rows: list[dict[str, Any]]) -> list[str]:
    return [row["identities"][0]["id"].partition("@")[0] for row in rows]


def read_parquet(content: bytes) -> list[dict[str, Any]]:
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(BytesIO(content), use_threads=False)
    rows: list[dict[str, Any]] = table.to_pylist(maps_as_pydicts="strict")
    return rows


def seen(space: Space, job_id: int, now: int) -> dict[str, Any]:
    """What a client is shown of a job."""
    return to_wire(export_jobs.find(space, str(job_id)), space, now)
