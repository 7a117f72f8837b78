"""All universes: worlds by organisation, the template they fork from, and the state to which a reset returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any

from emulator.faultbook import Faults
from emulator.fixtures import BUNDLED, load_folder, load_mapping
from emulator.journal import Exchange
from emulator.resources.durations import Durations
from emulator.resources.refusals import Refusal
from emulator.settings import Settings
from emulator.simulation.clock import DEFAULT_START, Clock
from emulator.simulation.instants import parse_instant
from emulator.universe import Universe, UniverseClock
from emulator.world import TEMPLATE, World


class Universes:
    """Every organisation's world, and what acts on all of them.

    ``fixtures`` is a folder, or a mapping as ``load`` takes it; the bundled demo data when None. ``start`` is an
    instant (RFC 3339 text, an aware datetime or epoch ms), ``rate`` virtual seconds per real second: 0, the default, is
    a frozen clock. Further keywords are settings by name. Raises ``FixtureError``, ``SettingError``, ``ClockError``.
    """

    def __init__(
        self,
        fixtures: str | Path | Mapping[str, Any] | None = None,
        *,
        start: str | int | datetime = DEFAULT_START,
        rate: float = 0,
        seed: int = 0,
        settings: Settings | None = None,
        **switches: Any,
    ) -> None:
        self.settings = (settings or Settings()).with_values(switches)
        self.seed = seed
        instant = to_instant(start)
        if fixtures is None or isinstance(fixtures, str | Path):
            pristine = _loaded(Path(fixtures or BUNDLED).resolve(), instant, seed, self.settings).fork()
        else:
            pristine = World(TEMPLATE, seed=seed, clock=Clock(instant), settings=self.settings, durations=Durations())
            load_mapping(pristine, fixtures)
        pristine.clock = Clock(instant, rate)
        self._start = pristine.clock.state()
        self._pristine = pristine
        self._lock = RLock()
        self._worlds: dict[str, World] = {}
        self.template = self._fresh(TEMPLATE)

    def _fresh(self, org: str) -> World:
        world = self._pristine.fork(org)
        world.clock = self._pristine.clock.at(self._start)
        return world

    # -- worlds

    def world(self, org: str) -> World:
        """Answer the world of an organisation; one never seen before forks from the template as it is now.

        Raises ``Refusal`` (503) when the emulator holds as many organisations as it may.
        """
        if org == TEMPLATE:
            return self.template
        world = self._worlds.get(org)
        if world is None:
            with self._lock:
                world = self._worlds.get(org)
                if world is None:
                    if len(self._worlds) >= self.settings.max_orgs:
                        limit = self.settings.max_orgs
                        raise Refusal(503, f"This emulator holds {limit} organisations at most (setting max_orgs).")
                    with self.template.lock:
                        world = self.template.fork(org)
                    self._worlds[org] = world
        return world

    def worlds(self) -> list[World]:
        """Answer the template's world and those of all organisations seen so far."""
        with self._lock:
            return [self.template, *self._worlds.values()]

    def org(self, name: str) -> Universe:
        """Answer one organisation's universe."""
        return Universe(self, name)

    # -- control

    @property
    def clock(self) -> UniverseClock:
        """The clock of every organisation and of the template, moved together."""
        return UniverseClock(self.worlds)

    @property
    def faults(self) -> Faults:
        """The fault rules of every organisation and of the template."""
        return Faults(self.worlds)

    @property
    def requests(self) -> list[Exchange]:
        """The journal of all organisations, by time."""
        return sorted((each for world in self.worlds() for each in world.journal), key=lambda each: each.at)

    def load(self, fixtures: str | Path | Mapping[str, Any], *, org: str | None = None) -> None:
        """Add fixtures to one organisation, or to all and the template: all of them or, on a fault, none.

        Raises ``FixtureError``.
        """
        for world in self.worlds() if org is None else [self.world(org)]:
            with world.lock:
                world.now()
                if isinstance(fixtures, str | Path):
                    load_folder(world, Path(fixtures))
                else:
                    load_mapping(world, fixtures)

    def reset(self, org: str | None = None) -> None:
        """Go back to the state right after the start: clock, data, empty journal; for one organisation or all."""
        with self._lock:
            if org is None:
                self._worlds.clear()
                self.template = self._fresh(TEMPLATE)
            elif org in self._worlds:
                self._worlds[org] = self._fresh(org)


@lru_cache(maxsize=8)
def _loaded(folder: Path, start: int, seed: int, settings: Settings) -> World:
    world = World(TEMPLATE, seed=seed, clock=Clock(start), settings=settings, durations=Durations())
    load_folder(world, folder)
    return world


def to_instant(value: str | int | datetime) -> int:
    """Answer epoch ms of an instant in any of the forms that users write. Raises ``ValueError``."""
    if isinstance(value, str):
        return parse_instant(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone; use datetime(..., tzinfo=UTC)")
        return round(value.timestamp() * 1000)
    return value
