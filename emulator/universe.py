"""A universe as its users see it: one organisation's clock, requests and members, or the clock of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator.exchanges import Requests
from emulator.faultbook import Faults
from emulator.resources import jobs
from emulator.resources.courses import Job, JobKind
from emulator.resources.events import Happening
from emulator.resources.identities import Identity
from emulator.resources.refusals import UnknownSandbox
from emulator.simulation.clock import ClockError
from emulator.simulation.instants import format_instant, parse_duration, to_instant
from emulator.snapshots import Snapshot
from emulator.snapshots.differences import Changes
from emulator.world import World

if TYPE_CHECKING:
    from emulator.universes import Universes

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UniverseClock:
    """The clock of some worlds, moved together. What it reads is the first one's time.

    ``held`` answers the worlds, which nobody else acts on until its block ends.
    """

    def __init__(self, held: Callable[[], AbstractContextManager[Sequence[World]]]) -> None:
        self._held = held

    @property
    def now(self) -> datetime:
        """The instant, in UTC."""
        with self._held() as worlds:
            return _EPOCH + timedelta(milliseconds=worlds[0].clock.now())

    @property
    def rate(self) -> float:
        """Virtual seconds per real second; 0 is a frozen clock."""
        with self._held() as worlds:
            return worlds[0].clock.rate

    def set_rate(self, rate: float) -> None:
        """Let time run at ``rate`` from now on. Raises ``ClockError``."""
        with self._held() as worlds:
            for world in worlds:
                world.now()
                world.clock.set_rate(rate)

    def advance(
        self,
        duration: str | timedelta | float | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> list[Happening]:
        """Move time on and answer what happened on the way, in order.

        ``duration`` is a number of seconds, ISO 8601 text (``P1DT2H``) or a timedelta. Raises ``ClockError`` for one
        that is negative, longer than 20 years, or none.
        """
        if isinstance(duration, str):
            duration = timedelta(milliseconds=parse_duration(duration))
        try:
            if not isinstance(duration, timedelta):
                duration = timedelta(seconds=duration or 0)
            total = duration + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        except OverflowError:
            raise ClockError("one call moves the clock 20 years at most") from None
        except (TypeError, ValueError):
            wanted = "numbers, a number of seconds, a timedelta or an ISO 8601 duration such as P1DT2H"
            raise ClockError(f"advance by {wanted}, not {duration!r}") from None
        return self.advance_ms(total // timedelta(milliseconds=1))

    def advance_ms(self, length: int) -> list[Happening]:
        """Move time on by ``length`` ms and answer what happened on the way, in order. Raises ``ClockError``."""
        if length < 0:
            raise ClockError("time does not run backwards: advance by 0 or more")
        with self._held() as worlds:
            return _moved(worlds, lambda now: now + length)

    def jump_to(self, instant: str | datetime) -> list[Happening]:
        """Move time to ``instant``; all that falls due on the way happens, and is answered.

        Raises ``ClockError`` when it lies before now in any of the worlds; then none has moved.
        """
        target = to_instant(instant)
        with self._held() as worlds:
            ahead = [world for world in worlds if world.clock.now() > target]
            if ahead:
                reading = format_instant(ahead[0].clock.now())
                where = f" of {ahead[0].org}" if ahead[0].org else ""
                raise ClockError(f"the clock{where} reads {reading}; it does not run back to {format_instant(target)}")
            return _moved(worlds, lambda now: target)

    def to_next_event(self) -> list[Happening]:
        """Move time to the next instant at which something happens in any of the worlds, and answer what did."""
        with self._held() as worlds:
            firsts = [(world.now(), next(world.upcoming(), None)) for world in worlds]
            lengths = [first[0] - now for now, first in firsts if first is not None]
            return _moved(worlds, lambda now: now + min(lengths)) if lengths else []

    def run_until(self, job_id: str | int) -> list[Happening]:
        """Move time on until a job has ended, and answer what happened on the way, in order.

        ``job_id`` is that of a segment job, an export job, a preview or a query, in any sandbox; where several have it,
        as export jobs of two sandboxes may, all of them end. Where it has ended already, time stays. Raises
        ``ClockError`` when there is no such job, or nothing that is planned would end it; then time stays, too.
        """
        with self._held() as worlds:
            length = _until_end(worlds, str(job_id))
            return _moved(worlds, lambda now: now + length) if length else []


def _moved(worlds: Sequence[World], target: Callable[[int], int]) -> list[Happening]:
    """Move each world from its now to ``target`` of that, and answer what happened on the way, in order.

    Raises ``ClockError`` when one of them cannot go there; then none has moved.
    """
    targets = [target(world.clock.now()) for world in worlds]
    for world, instant in zip(worlds, targets, strict=True):
        world.refuse_leap(instant)
    happened = [each for world, instant in zip(worlds, targets, strict=True) for each in world.move_to(instant)]
    return sorted(happened, key=lambda each: each.at)


def _until_end(worlds: Sequence[World], job_id: str) -> int:
    """Answer how long it takes until a job has ended, in ms; 0 when it has. Raises ``ClockError``."""
    lengths: list[int] = []
    for world in worlds:
        now = world.now()
        for space in world.spaces.values():
            lengths.extend(_left(kind, job, now) for kind, job in jobs.with_id(space, job_id))
    if not lengths:
        where = f" in {worlds[0].org}" if len(worlds) == 1 and worlds[0].org else ""
        raise ClockError(f"there is no segment job, export job, preview or query `{job_id}`{where}")
    return max(lengths)


def _left(kind: JobKind[Any], job: Job, now: int) -> int:
    """Answer how long after ``now`` a job ends, in ms; 0 when it has ended."""
    end = kind.end_of(job)
    if end is None:
        name = f"{kind.lifecycle.kind} `{job.id}`"
        status, later = job.timeline.phases[-1].status, job.timeline.later
        if later:
            raise ClockError(f"{name} comes from {status} to {later[0]} when it is read, whatever time it is")
        raise ClockError(f"{name} is stuck in {status} by a fault: nothing that is planned would end it")
    return max(0, end - now)


class Universe:
    """One organisation: its clock, its requests, its segments' members."""

    def __init__(self, emulator: Universes, name: str) -> None:
        self._emulator = emulator
        self.name = name

    @property
    def clock(self) -> UniverseClock:
        """The organisation's own clock."""
        return UniverseClock(partial(self._emulator.held, self.name))

    @property
    def faults(self) -> Faults:
        """The organisation's own fault rules."""
        return Faults(partial(self._emulator.held, self.name))

    @property
    def requests(self) -> Requests:
        """The organisation's journal as it is now, oldest first."""
        return Requests(partial(self._emulator.journals, self.name))

    def members(self, segment_id: str, *, sandbox: str = "prod") -> set[Identity]:
        """Answer who is in a segment now, by primary identity, as the last job left it.

        Raises ``UnknownSandbox`` for a sandbox that is not there; asking makes none.
        """
        world = self._emulator.world(self.name)
        with world.lock:
            now = world.now()
            if sandbox not in world.spaces:
                raise UnknownSandbox(sandbox)
            members = world.space(sandbox, now).memberships.get(segment_id)
        return set() if members is None else {who for who, entry in members.entries.items() if entry.is_member}

    def load(self, fixtures: Any) -> None:
        """Add fixtures to this organisation only: all or, on a fault, none. Raises ``FixtureError``."""
        self._emulator.load(fixtures, org=self.name)

    def reset(self) -> None:
        """Go back to the state right after the start."""
        self._emulator.reset(self.name)

    def snapshot(self) -> Snapshot:
        """Answer the organisation's state: clock, data, agenda, faults, counters."""
        return self._emulator.snapshot(self.name)

    def restore(self, state: Snapshot) -> None:
        """Put this organisation back as it was; its journal stays. Raises ``SnapshotError``."""
        self._emulator.restore(state, self.name)

    def changes_since(self, state: Snapshot) -> Changes:
        """Answer what was created, changed and deleted since. Raises ``SnapshotError``."""
        return self._emulator.changes_since(state, self.name)
