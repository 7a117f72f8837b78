"""Scenarios: how an emulator starts and what goes wrong in it, as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from emulator.faults.plan import FaultPlan
from emulator.faults.rules import FaultError, rule_of
from emulator.fixtures import BUNDLED, Fault, FixtureError
from emulator.resources.durations import Durations
from emulator.schema_faults import pointer_of, told, validator
from emulator.settings import Settings
from emulator.simulation.clock import checked_rate
from emulator.simulation.instants import parse_instant
from emulator.world import World


class Scenario(Struct, frozen=True):
    """What a scenario says; None where it says nothing. ``start`` is epoch ms."""

    start: int | None = None
    rate: float | None = None
    seed: int | None = None
    durations: Durations = field(default_factory=Durations)
    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()

    def apply(self, world: World) -> None:
        """Give a world the scenario's durations and fault rules."""
        world.durations = self.durations
        for space in world.spaces.values():
            space.durations = self.durations
        for document in self.faults:
            world.faults.add(rule_of(document, world.faults.next_id()))


def read_scenario(source: str | Path | Mapping[str, Any]) -> Scenario:
    """Read a scenario: a mapping, a file, or the name of a bundled one (``realistic``).

    Raises ``FixtureError`` with every fault.
    """
    if isinstance(source, Mapping):
        return _scenario(source, "scenario")
    path = Path(source)
    bundled = BUNDLED / "scenarios" / f"{source}.json"
    if not path.exists() and bundled.is_file():
        path = bundled
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        names = ", ".join(sorted(each.stem for each in (BUNDLED / "scenarios").glob("*.json")))
        fault = Fault(str(source), "", f"no such file; bundled scenarios are {names}")
        raise FixtureError([fault], "scenario") from None
    except (ValueError, RecursionError) as error:
        raise FixtureError([Fault(path.name, "", f"not JSON: {error}")], "scenario") from None
    return _scenario(document, path.name)


def _scenario(document: Any, name: str) -> Scenario:
    checker = validator("emulator.faults", "scenario")
    faults = [Fault(name, pointer_of(error), told(error)) for error in checker.iter_errors(document)]
    if not faults:
        faults = [Fault(name, *each) for each in _faults_of_values(document)]
    if faults:
        raise FixtureError(faults, "scenario")
    return Scenario(
        start=parse_instant(document["start"]) if "start" in document else None,
        rate=document.get("rate"),
        seed=document.get("seed"),
        durations=Durations().with_lengths(document.get("durations", {}), document.get("speed", 1)),
        settings=document.get("settings", {}),
        faults=tuple(document.get("faults", ())),
    )


def _faults_of_values(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Answer what is wrong with a scenario of the right form, by pointer."""
    for member, check in (("start", parse_instant), ("rate", checked_rate), ("settings", Settings().with_values)):
        try:
            if member in document:
                check(document[member])
        except ValueError as error:
            yield f"/{member}", str(error)
    plan = FaultPlan(0, "")
    for index, rule in enumerate(document.get("faults", ())):
        try:
            plan.add(rule_of(rule, plan.next_id()))
        except FaultError as error:
            yield f"/faults/{index}{error.pointer}", str(error)
