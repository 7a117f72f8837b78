"""A sandbox of its own, made by hand, and people to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emulator.faults.plan import FaultPlan
from emulator.resources import merge_policies
from emulator.resources.durations import Durations
from emulator.resources.events import Event, Settled, come_true
from emulator.resources.identities import Identity
from emulator.resources.merge_policies import PROFILE_SCHEMA
from emulator.resources.population import ExperienceEvent, Fragment, Population
from emulator.resources.segment_definitions import SegmentDefinition
from emulator.resources.space import Mint, Sandbox, Space
from emulator.settings import Settings
from emulator.simulation.agenda import Agenda
from emulator.simulation.instants import format_instant

#: 2026-01-15T09:00:00Z
START = 1_768_467_600_000


def make_space(**settings: object) -> Space:
    sandbox = Sandbox("e7e17720-c5bb-11e9-aafb-87c71c35cac8", "prod", "Prod", "production", "VA7", True, START)
    agenda: Agenda[Event] = Agenda()
    chosen = Settings().with_values(settings)
    mint, faults = Mint(0, "TEST@AdobeOrg", "prod"), FaultPlan(0, "TEST@AdobeOrg")
    return Space("TEST@AdobeOrg", sandbox, chosen, Durations(), agenda, mint, faults)


def peopled_space(fragments: Iterable[Fragment], events: Iterable[ExperienceEvent] = ()) -> Space:
    """A sandbox with its merge policy, and these people."""
    space = make_space()
    merge_policies.create_default(space, START)
    space.population = Population(tuple(fragments), tuple(events))
    return space


def settled(space: Space, until: int, settle: Callable[[Space, str, str, int], Settled]) -> list[str]:
    """Let all that is planned up to ``until`` come true, as a world does, and answer what came of it."""
    told = []
    while (due := space.agenda.take_due(until)) is not None:
        at, event = due
        detail = come_true(settle(space, event.id, event.status, at))
        if detail is not None:
            told.append(detail)
    return told


def policy_document(**members: Any) -> dict[str, Any]:
    return {
        "name": "Newest wins",
        "schema": {"name": PROFILE_SCHEMA},
        "identityGraph": {"type": "pdg"},
        "attributeMerge": {"type": "timestampOrdered"},
        **members,
    }


def add_definition(space: Space, id: str, *, policy_id: str = "") -> None:
    document = {
        "name": f"Everybody, {id}",
        "schema": {"name": PROFILE_SCHEMA},
        "expression": {"type": "PQL", "format": "pql/text", "value": "true"},
        "mergePolicyId": policy_id,
        "evaluationInfo": {"batch": {"enabled": True}},
    }
    space.definitions.put(id, SegmentDefinition(id, document, START, START))


def email(name: str) -> Identity:
    return Identity("Email", f"{name}@example.com")


def crm(number: int) -> Identity:
    return Identity("CRMID", f"CRM-{number}")


def fragment(dataset_id: str, ingested: int, *identities: Identity, **record: Any) -> Fragment:
    return Fragment(dataset_id, identities, record, ingested)


def event(
    id: str, timestamp: int, *identities: Identity, ingested: int | None = None, **record: Any
) -> ExperienceEvent:
    document: Mapping[str, Any] = {**record, "_id": id, "timestamp": format_instant(timestamp)}
    return ExperienceEvent(id, "events", identities, document, timestamp, timestamp if ingested is None else ingested)
