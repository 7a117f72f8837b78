"""A world: the universe of one organisation. Its clock, agenda, sandboxes and journal, and how time passes in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from threading import RLock
from typing import Protocol

from emulator.faults.plan import FaultPlan
from emulator.journal import Journal
from emulator.resources import events, export_jobs, merge_policies, previews, queries, schedules, segment_jobs
from emulator.resources.durations import Durations
from emulator.resources.events import Event, Happening
from emulator.resources.refusals import UnknownSandbox
from emulator.resources.space import Mint, Sandbox, Space
from emulator.settings import Settings
from emulator.simulation import randomness
from emulator.simulation.agenda import Agenda
from emulator.simulation.clock import Clock, ClockError
from emulator.simulation.instants import DAY, LATEST, format_instant

#: The name of the template's world; no organisation has it, since a header that names one is never empty.
TEMPLATE = ""

#: The longest way that one call may move a clock: 20 years. Longer ways are taken in several calls.
MAX_LEAP = 20 * 366 * DAY

#: How many past happenings a world remembers for its page and agenda.
REMEMBERED = 500


class Settler(Protocol):
    """A module whose things have a course: it lets planned events come true."""

    def settle(self, space: Space, id: str, status: str, at: int, /) -> str | None:
        """Let an event come true; answers what came of it, or None when the plan has changed since."""

    def still_holds(self, space: Space, id: str, status: str, at: int, /) -> bool:
        """Answer whether an event is still the plan."""


_SETTLERS: Mapping[str, Settler] = {
    events.SEGMENT_JOB: segment_jobs,
    events.EXPORT_JOB: export_jobs,
    events.SCHEDULE: schedules,
    events.PREVIEW: previews,
    events.QUERY: queries,
}


class World:
    """All that changes in one organisation. Whoever touches it holds ``lock``."""

    def __init__(self, org: str, *, seed: int, clock: Clock, settings: Settings, durations: Durations) -> None:
        self.org = org
        self.seed = seed
        self.clock = clock
        self.settings = settings
        self.durations = durations
        self.agenda: Agenda[Event] = Agenda()
        self.spaces: dict[str, Space] = {}
        self.faults = FaultPlan(seed, org)
        self.journal = Journal(settings.journal_size)
        self.history: deque[Happening] = deque(maxlen=REMEMBERED)
        self.lock = RLock()

    # -- sandboxes

    def add_sandbox(self, sandbox: Sandbox) -> Space:
        """Make an empty sandbox."""
        mint = Mint(self.seed, self.org, sandbox.name)
        space = Space(self.org, sandbox, self.settings, self.durations, self.agenda, mint, self.faults)
        self.spaces[sandbox.name] = space
        return space

    def space(self, name: str, now: int) -> Space:
        """Answer what a sandbox holds; with the setting ``sandboxes: auto`` an unknown one is made.

        Raises ``UnknownSandbox`` otherwise.
        """
        known = self.spaces.get(name)
        if known is not None and known.sandbox.state == "active":
            return known
        if known is None and self.settings.sandboxes == "auto" and name == name.lower():
            id = randomness.uuid(self.seed, self.org, "sandbox", name)
            space = self.add_sandbox(Sandbox(id, name, name, "development", "VA7", False, now))
            merge_policies.create_default(space, now)
            return space
        raise UnknownSandbox(name)

    # -- time

    def settle(self, now: int) -> list[Happening]:
        """Let all that is due at ``now`` or before come true, in order of time, and answer what happened."""
        happened: list[Happening] = []
        while (due := self.agenda.take_due(now)) is not None:
            at, event = due
            space = self.spaces.get(event.sandbox)
            detail = None if space is None else _SETTLERS[event.type].settle(space, event.id, event.status, at)
            if detail is not None:
                happened.append(Happening(at, self.org, event, detail))
        self.history.extend(happened)
        return happened

    def now(self) -> int:
        """Answer the instant of the clock (epoch ms) after all that was due by then has come true."""
        now = self.clock.now()
        self.settle(now)
        return now

    def move_to(self, instant: int) -> list[Happening]:
        """Move the clock to ``instant`` (epoch ms) and answer what happened on the way.

        A clock that runs may be further by then; it stays so. Raises ``ClockError``.
        """
        self.refuse_leap(instant)
        self.clock.run_to(instant)
        return self.settle(self.clock.now())

    def refuse_leap(self, instant: int) -> None:
        """Raise ``ClockError`` when ``instant`` is more than 20 years ahead, or after the last instant of the clock."""
        if instant - self.clock.now() > MAX_LEAP:
            raise ClockError("one call moves the clock 20 years at most; take a longer way in several calls")
        if instant > LATEST:
            raise ClockError(f"the last instant of the clock is {format_instant(LATEST)}")

    def planned(self) -> list[tuple[int, Event]]:
        """Answer what is on the agenda and still holds, soonest first."""
        return [(at, event) for at, event in self.agenda.planned() if self._still_holds(at, event)]

    def _still_holds(self, at: int, event: Event) -> bool:
        space = self.spaces.get(event.sandbox)
        return space is not None and _SETTLERS[event.type].still_holds(space, event.id, event.status, at)

    # -- copies

    def fork(self, org: str | None = None) -> World:
        """Answer a world of its own with the same clock reading, content and plans, for ``org`` if given.

        The journal starts empty. Costs the same however much there is: content is shared until one side writes.
        """
        other = World(
            self.org if org is None else org,
            seed=self.seed,
            clock=self.clock.fork(),
            settings=self.settings,
            durations=self.durations,
        )
        other.agenda = self.agenda.fork()
        other.faults = self.faults.fork(other.org)
        other.spaces = {name: space.fork(other.org, other.agenda, other.faults) for name, space in self.spaces.items()}
        return other
