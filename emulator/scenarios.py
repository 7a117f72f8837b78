"""Scenarios: how an emulator starts and what goes wrong in it, as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from emulator.faults.plan import FaultPlan
from emulator.faults.rules import FaultError, rule_of
from emulator.fixtures import BUNDLED, Fault, FixtureError
from emulator.resources.durations import Durations
from emulator.schema_faults import pointer_of, told, validator
from emulator.settings import SettingError, Settings
from emulator.simulation.clock import ClockError, checked_rate
from emulator.simulation.instants import parse_instant

if TYPE_CHECKING:
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
        return _scenario(json.loads(path.read_text(encoding="utf-8-sig")), path.name)
    except OSError:
        names = ", ".join(sorted(each.stem for each in (BUNDLED / "scenarios").glob("*.json")))
        raise FixtureError(
            [Fault(str(source), "", f"no such file; bundled scenarios are {names}")], "scenario"
        ) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, FixtureError):
            raise
        raise FixtureError([Fault(path.name, "", f"not JSON: {error}")], "scenario") from None


def _scenario(document: Any, name: str) -> Scenario:
    checker = validator("emulator.faults", "scenario")
    faults = [Fault(name, pointer_of(error), told(error)) for error in checker.iter_errors(document)]
    if faults:
        raise FixtureError(faults, "scenario")
    start = None
    try:
        start = parse_instant(document["start"]) if "start" in document else None
    except ValueError as error:
        faults.append(Fault(name, "/start", str(error)))
    try:
        checked_rate(document.get("rate", 0))
    except ClockError as error:
        faults.append(Fault(name, "/rate", str(error)))
    try:
        Settings().with_values(document.get("settings", {}))
    except SettingError as error:
        faults.append(Fault(name, "/settings", str(error)))
    plan = FaultPlan(0, "")
    for index, rule in enumerate(document.get("faults", ())):
        try:
            plan.add(rule_of(rule, plan.next_id()))
        except FaultError as error:
            faults.append(Fault(name, f"/faults/{index}{error.pointer}", str(error)))
    if faults:
        raise FixtureError(faults, "scenario")
    return Scenario(
        start=start,
        rate=document.get("rate"),
        seed=document.get("seed"),
        durations=Durations().with_lengths(document.get("durations", {}), document.get("speed", 1)),
        settings=document.get("settings", {}),
        faults=tuple(document.get("faults", ())),
    )
