"""All universes: worlds by organisation, the template they fork from, and the state to which a reset returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from emulator.exchanges import Requests
from emulator.faultbook import Faults
from emulator.fixtures import BUNDLED, load_folder, load_mapping
from emulator.journal import Journal
from emulator.resources.durations import Durations
from emulator.resources.refusals import Refusal
from emulator.scenarios import Scenario, read_scenario
from emulator.settings import Settings
from emulator.simulation.clock import DEFAULT_START, Clock
from emulator.simulation.instants import to_instant
from emulator.snapshots import Snapshot, SnapshotError
from emulator.snapshots.differences import Changes, changes
from emulator.snapshots.held import HeldWorld, hold
from emulator.snapshots.named import NamedSnapshots
from emulator.universe import Universe, UniverseClock
from emulator.world import TEMPLATE, World

T = TypeVar("T")


class Universes:
    """Every organisation's world, and what acts on all of them; made with the words of ``Emulator``."""

    def __init__(
        self,
        fixtures: str | Path | Mapping[str, Any] | None = None,
        *,
        scenario: str | Path | Mapping[str, Any] | None = None,
        start: str | int | datetime | None = None,
        rate: float | None = None,
        seed: int | None = None,
        settings: Settings | None = None,
        **switches: Any,
    ) -> None:
        told = Scenario() if scenario is None else read_scenario(scenario)
        self.settings = (settings or Settings()).with_values({**told.settings, **switches})
        self.seed = seed = _first(seed, told.seed, 0)
        rate = _first(rate, told.rate, 0)
        instant = _first(None if start is None else to_instant(start), told.start, DEFAULT_START)
        self._clock = Clock(instant, rate)
        self._start = self._clock.state()
        self._lock = RLock()
        self._fixtures = fixtures
        self._scenario = told
        self._template: World | None = None
        self._worlds: dict[str, World] = {}
        self._journals: dict[str, Journal] = {}
        self.named_snapshots = NamedSnapshots()
        if fixtures is not None or scenario is not None:
            self._template = self._fresh(TEMPLATE, self._clock)  # they may have faults, which are told at once

    @cached_property
    def _pristine(self) -> World:
        """What all worlds are right after the start, but for their clocks."""
        fixtures, start = self._fixtures, self._clock.start
        if fixtures is None or isinstance(fixtures, str | Path):
            world = _loaded(Path(fixtures or BUNDLED).resolve(), start, self.seed, self.settings).fork()
        else:
            world = World(TEMPLATE, seed=self.seed, clock=Clock(start), settings=self.settings, durations=Durations())
            load_mapping(world, fixtures)
        self._scenario.apply(world)
        return world

    def _fresh(self, org: str, clock: Clock) -> World:
        """Answer a world as they all are right after the start; its own clock reads what ``clock`` does."""
        world = self._pristine.fork(org)
        world.clock = clock.fork()
        return world

    # -- worlds

    @property
    def template(self) -> World:
        """The world that organisations fork from. Made when it is first wanted: who moves no clock never needs it."""
        template = self._template
        if template is None:
            with self._lock:
                template = self._template = self._template or self._fresh(TEMPLATE, self._clock)
        return template

    def now(self) -> int:
        """Answer the instant (epoch ms) for who belongs to no organisation and changes nothing: the template's."""
        template = self._template
        if template is None:
            return self._clock.now()
        with template.lock:
            return template.glance()

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
                    world = self._forked(org)
                    world.journal = self._journals.setdefault(org, world.journal)
                    self._worlds[org] = world
        return world

    def _forked(self, org: str) -> World:
        """Answer a world for ``org`` that is what the template is now."""
        if self._template is None:
            return self._fresh(org, self._clock)
        with self._template.lock:
            return self._template.fork(org)

    def worlds(self) -> list[World]:
        """Answer the template's world and those of all organisations seen so far."""
        with self._lock:
            return [self.template, *self._worlds.values()]

    def known_orgs(self) -> list[str]:
        """Answer the names of the organisations seen so far, first seen first."""
        with self._lock:
            return list(self._worlds)

    @contextmanager
    def held(self, org: str | None = None) -> Iterator[list[World]]:
        """Hold the world of one organisation, or all of them and the template, for the length of a ``with``.

        Nobody else acts on them meanwhile; where all are held, no organisation is made.
        """
        with ExitStack() as locks:
            if org is None:
                locks.enter_context(self._lock)
            worlds = self.worlds() if org is None else [self.world(org)]
            for world in worlds:
                locks.enter_context(world.lock)
            yield worlds

    def journals(self, org: str | None = None) -> list[Journal]:
        """Answer the journal of one organisation, or those of the template and of all; a restore leaves them alone."""
        if org is not None:
            return [self.world(org).journal]
        with self._lock:
            return [self.template.journal, *self._journals.values()]

    def org(self, name: str) -> Universe:
        """Answer one organisation's universe."""
        return Universe(self, name)

    # -- control

    @property
    def clock(self) -> UniverseClock:
        """The clock of every organisation and of the template, moved together."""
        return UniverseClock(self.held)

    @property
    def faults(self) -> Faults:
        """The fault rules of every organisation and of the template."""
        return Faults(self.held)

    @property
    def requests(self) -> Requests:
        """The journals of all organisations, as they are now, in the order of arrival."""
        return Requests(self.journals)

    def load(self, fixtures: str | Path | Mapping[str, Any], *, org: str | None = None) -> None:
        """Add fixtures to one organisation, or to all and the template: all of them or, on a fault, none.

        Raises ``FixtureError``.
        """
        with self.held(org) as worlds:
            for world in worlds:
                world.now()
                if isinstance(fixtures, str | Path):
                    load_folder(world, Path(fixtures))
                else:
                    load_mapping(world, fixtures)

    def reset(self, org: str | None = None) -> None:
        """Go back to the state right after the start: clock, data, empty journal; for one organisation or all.

        Named snapshots are forgotten.
        """
        with self._lock:
            self.named_snapshots.clear(org)
            if org is None:
                self._worlds.clear()
                self._journals.clear()
                self._template = None
                self._clock = self._clock.at(self._start)
                return
            self._journals.pop(org, None)
            if org in self._worlds:
                world = self._worlds[org] = self._fresh(org, self._clock.at(self._start))
                self._journals[org] = world.journal

    # -- snapshots

    def snapshot(self, org: str | None = None) -> Snapshot:
        """Answer the state of all organisations and the template, or of one: clock, data, agenda, faults, counters.

        Costs the same however much there is: content is shared until it is written to.
        """
        with self._lock:
            if org is not None:
                return Snapshot(None, {org: hold(self.world(org))})
            return Snapshot(hold(self.template), {name: hold(world) for name, world in self._worlds.items()})

    def restore(self, state: Snapshot, org: str | None = None) -> None:
        """Put everything back as it was, or one organisation only; journals stay, and named snapshots.

        Organisations first seen later are forgotten, and start anew at their next call. Raises ``SnapshotError``; then
        nothing has changed.
        """
        if not isinstance(state, Snapshot):
            raise SnapshotError(f"a state is what `snapshot` answered, not {state!r:.80}")
        with self._lock:
            if org is not None:
                held = state.of(org)
                self.world(org)
                self._worlds[org] = self._revived(held, org, self._journals[org])
                return
            template, orgs = state.whole()
            limit = self.settings.max_orgs
            if len(orgs) > limit:
                raise SnapshotError(f"{len(orgs)} organisations, and this emulator holds {limit} (setting max_orgs)")
            for name, world in self._worlds.items():
                if name not in orgs:
                    with world.lock:
                        world.journal.count = 0
            self._template = self._revived(template, TEMPLATE, self.template.journal)
            self._worlds = {
                name: self._revived(held, name, self._journals.setdefault(name, Journal.of(self.settings)))
                for name, held in orgs.items()
            }
            orphans = [name for name in self._journals if name not in orgs]
            for name in orphans[: max(0, len(orphans) - limit)]:
                del self._journals[name]

    def _revived(self, held: HeldWorld, org: str, journal: Journal) -> World:
        world = held.revived(org, self._clock, self.settings)
        world.journal = journal
        journal.count = held.requests
        return world

    def changes_since(self, state: Snapshot, org: str | None = None) -> Changes:
        """Answer what was created, changed and deleted since: ``{"created": [{"org", "sandbox", "kind", "id"}], ...}``.

        Records are compared; that time has passed changes none of them. Raises ``SnapshotError``.
        """
        with self._lock:
            if org is not None:
                pairs = [(state.of(org), self.world(org))]
            else:
                template, orgs = state.whole()
                names = dict.fromkeys([*orgs, *self._worlds])
                now = [self._worlds.get(name, self.template) for name in names]
                pairs = [(template, self.template), *zip(map(state.of, names), now, strict=True)]
        return changes((before.world, hold(after).world) for before, after in pairs)


@lru_cache(maxsize=8)
def _loaded(folder: Path, start: int, seed: int, settings: Settings) -> World:
    world = World(TEMPLATE, seed=seed, clock=Clock(start), settings=settings, durations=Durations())
    load_folder(world, folder)
    return world


def _first(*values: T | None) -> T:
    """Answer the first of ``values`` that is not None."""
    return next(value for value in values if value is not None)
