"""Emulators with much in them, made by the domain rather than over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from emulator import Emulator
from emulator.resources import audiences, datasets, export_jobs, schedules, segment_jobs
from emulator.resources.space import Space
from tests.bench.asking import ORG
from tests.bench.in_process import SEGMENT

PROFILE = {"name": "_xdm.context.profile"}
UNION = "https://ns.adobe.com/xdm/context/profile__union"

#: Fixtures of an emulator without people.
NOBODY: Mapping[str, Any] = {"sandboxes": [{"name": "prod", "title": "Prod", "type": "production", "default": True}]}


@contextmanager
def space_of(emulator: Emulator) -> Iterator[tuple[Space, int]]:
    """Hold the sandbox ``prod`` and its instant for the length of a ``with``."""
    world = emulator.world(ORG)
    with world.lock:
        now = world.now()
        yield world.space("prod", now), now


def with_segment_jobs(emulator: Emulator, count: int) -> list[str]:
    """Make so many segment jobs, all over the same segment, and answer their ids."""
    return _made(emulator, count, lambda space, number, now: segment_jobs.create(space, [SEGMENT], now).id)


def definition(number: int) -> dict[str, Any]:
    """Answer the wire form of a segment definition that is like no other."""
    value = f'homeAddress.country = "US" and person.birthYear > {number}'
    return {
        "name": f"Definition {number}",
        "schema": PROFILE,
        "expression": {"type": "PQL", "format": "pql/text", "value": value},
    }


def with_definitions(emulator: Emulator, count: int) -> list[str]:
    """Make so many segment definitions and answer their ids."""
    return _copied(emulator, count, definition)


def audience(number: int) -> dict[str, Any]:
    """Answer the wire form of an audience that came from elsewhere."""
    return {
        "name": f"Audience {number}",
        "audienceId": f"external-{number}",
        "namespace": "bench",
        "originName": "CUSTOM_UPLOAD",
        "type": "ExternalSegment",
    }


def with_audiences(emulator: Emulator, count: int) -> list[str]:
    """Make so many external audiences and answer their ids."""
    return _copied(emulator, count, audience)


def _copied(emulator: Emulator, count: int, wire: Callable[[int], Mapping[str, Any]]) -> list[str]:
    """Make one audience of either kind, and the others in its likeness: nothing is checked ``count`` times."""
    with space_of(emulator) as (space, now):
        pattern = audiences.create(space, wire(0), now)
        ids = [pattern.id]
        for number in range(1, count):
            document = {**pattern.document, **wire(number)}
            another = replace(pattern, id=f"{number:08d}{pattern.id[8:]}", document=document)
            audiences.keep(space, another)
            ids.append(another.id)
        return ids


def schedule(number: int) -> dict[str, Any]:
    """Answer the wire form of a schedule that does not fire."""
    return {
        "name": f"Schedule {number}",
        "type": "batch_segmentation",
        "properties": {"segments": ["*"]},
        "schedule": "0 0 1 * * ?",
        "state": "inactive",
    }


def with_schedules(emulator: Emulator, count: int) -> list[str]:
    """Make so many schedules, which the setting ``max_schedules`` has to allow, and answer their ids."""
    return _made(emulator, count, lambda space, n, now: schedules.create(space, schedule(n), now).id)


def with_dataset(emulator: Emulator) -> str:
    """Make a dataset for exports and answer its id."""
    schema = {"id": UNION, "contentType": "application/vnd.adobe.xed+json;version=1"}
    return _made(emulator, 1, lambda space, n, now: datasets.create(space, {"name": "B", "schemaRef": schema}, now).id)[
        0
    ]


def export(dataset_id: str) -> dict[str, Any]:
    """Answer the wire form of an export of all profiles."""
    return {"schema": PROFILE, "destination": {"datasetId": dataset_id, "segmentPerBatch": False}}


def with_exports(emulator: Emulator, dataset_id: str, count: int) -> list[str]:
    """Make so many export jobs and answer their ids."""
    return _made(emulator, count, lambda space, n, now: str(export_jobs.create(space, export(dataset_id), now).id))


def people(count: int) -> dict[str, Any]:
    """Answer fixtures with so many persons, a record and an identity each, and one definition that asks for a third."""
    countries = ("US", "DE", "FR")
    return {
        "profiles": [
            {
                "identityMap": {"Email": [{"id": f"{number}@example.com", "primary": True}]},
                "record": {
                    "homeAddress": {"country": countries[number % 3]},
                    "person": {"birthYear": 1940 + number % 70},
                },
            }
            for number in range(count)
        ],
        "segmentDefinitions": [definition(1970)],
    }


def _made(emulator: Emulator, count: int, make: Callable[[Space, int, int], str]) -> list[str]:
    with space_of(emulator) as (space, now):
        return [make(space, number, now) for number in range(count)]
