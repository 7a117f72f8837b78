"""A world: the universe of one organisation. Its clock, agenda, sandboxes and journal, and how time passes in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from threading import Thread
from typing import Protocol

from emulator.faults.plan import FaultPlan
from emulator.journal import Journal
from emulator.long_work import long_work
from emulator.resources import events, jobs, merge_policies, schedules
from emulator.resources.durations import Durations
from emulator.resources.events import Event, Happening, Settled, Work
from emulator.resources.refusals import UnknownSandbox
from emulator.resources.space import Mint, Sandbox, Space
from emulator.settings import Settings
from emulator.simulation import randomness
from emulator.simulation.agenda import Agenda
from emulator.simulation.clock import Clock, ClockError
from emulator.simulation.instants import DAY, LATEST, format_instant
from emulator.simulation.monitor import Monitor

#: The name of the template's world; no organisation has it, since a header that names one is never empty.
TEMPLATE = ""

#: The longest way that one call may move a clock: 20 years. Longer ways are taken in several calls.
MAX_LEAP = 20 * 366 * DAY

#: How many past happenings a world remembers for its page and agenda.
REMEMBERED = 500


#: Work on more profiles than this is not done while somebody waits who only looks.
LONG = 20_000


class Settler(Protocol):
    """What lets planned events of things of one kind come true."""

    def settle(self, space: Space, id: str, status: str, at: int, /) -> Settled:
        """Let an event come true; answers what came of it, None when the plan has changed since, or work to do."""

    def still_holds(self, space: Space, id: str, status: str, at: int, /) -> bool:
        """Answer whether an event is still the plan."""


_SETTLERS: Mapping[str, Settler] = {events.SCHEDULE: schedules, **{kind.event: kind for kind in jobs.KINDS}}


class World:
    """All that changes in one organisation. Whoever touches it holds ``lock``.

    ``written`` is a place for answers that need not be written again while what they show stays the same.

    What takes long is found out with the lock let go. Until it is written down, time stands just before it: who only
    looks sees that (``glance``), and who wants to change something waits (``now``).
    """

    def __init__(self, org: str, *, seed: int, clock: Clock, settings: Settings, durations: Durations) -> None:
        self.org = org
        self.seed = seed
        self.clock = clock
        self.settings = settings
        self.durations = durations
        self.agenda: Agenda[Event] = Agenda()
        self.spaces: dict[str, Space] = {}
        self.faults = FaultPlan(seed, org)
        self.journal = Journal.of(settings)
        self.history: deque[Happening] = deque(maxlen=REMEMBERED)
        self.written: dict[tuple[str, str], tuple[object, int, bytes]] = {}
        self.lock = Monitor()
        self._underway: tuple[int, Event] | None = None
        self._told = 0

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
        self._wait()
        return self._let_come_true(now)

    def now(self) -> int:
        """Answer the instant of the clock (epoch ms) after all that was due by then has come true."""
        self._wait()  # the clock may run on meanwhile, and others be told what it reads then
        now = self.clock.now()
        self.settle(now)
        self._told = now
        return now

    def glance(self) -> int:
        """Answer the instant (epoch ms) for one who changes nothing: ``now``, unless that would take long.

        Then time stands just before what takes long, until that has been found out. Where somebody was told that
        instant already, it takes long.
        """
        if self._underway is not None and self._underway[0] <= self._told:
            self._wait()
        now = self.clock.now()
        self._let_come_true(now, only_looks=True)
        if self._underway is not None:
            now = min(now, self._underway[0] - 1)
        self._told = max(self._told, now)
        return self._told

    def _wait(self) -> None:
        """Wait until nothing is under way."""
        while self._underway is not None:
            self.lock.wait()

    def _let_come_true(self, now: int, *, only_looks: bool = False) -> list[Happening]:
        """Let come true what is due, up to what is under way already or is left to a thread, and answer what happened.

        One who only looks leaves what takes long where time runs, and where nobody was told its instant.
        """
        happened: list[Happening] = []
        while self._underway is None and (due := self.agenda.take_due(now)) is not None:
            settled = self._settled(*due)
            if isinstance(settled, Work):
                self._underway = due
                is_long = settled.profiles > LONG and self.clock.rate and due[0] > self._told
                if only_looks and is_long and self._leave(due, settled):
                    break
                settled = self._done(settled)
            happened.extend(self._remembered(*due, settled))
        return happened

    def _settled(self, at: int, event: Event) -> Settled:
        space = self.spaces.get(event.sandbox)
        return None if space is None else _SETTLERS[event.type].settle(space, event.id, event.status, at)

    def _done(self, work: Work[object]) -> str | None:
        """Do the work under way; who only looks is let in until it is found out."""
        try:
            return events.come_true(work, self._aside(work.profiles > LONG))
        finally:
            self._underway = None
            self.lock.tell()

    @contextmanager
    def _aside(self, is_long: bool) -> Iterator[None]:
        with self.lock.let_go(), long_work(of_many=True) if is_long else nullcontext():
            yield

    def _leave(self, due: tuple[int, Event], work: Work[object]) -> bool:
        """Leave the work under way to a thread of its own; answers whether there is one to be had."""
        try:
            Thread(target=self._do_alone, args=(due, work), daemon=True).start()
        except RuntimeError:  # there are as many as there may be
            return False
        return True

    def _do_alone(self, due: tuple[int, Event], work: Work[object]) -> None:
        with self.lock:
            self._remembered(*due, self._done(work))

    def _remembered(self, at: int, event: Event, detail: str | None) -> list[Happening]:
        happened = [] if detail is None else [Happening(at, self.org, event, detail)]
        self.history.extend(happened)
        return happened

    def move_to(self, instant: int) -> list[Happening]:
        """Move the clock to ``instant`` (epoch ms) and answer what happened on the way.

        A clock that runs may be further by then; it stays so. What ``refuse_leap`` refuses has been refused before.
        """
        self.clock.run_to(instant)
        return self.settle(self.clock.now())

    def refuse_leap(self, instant: int) -> None:
        """Raise ``ClockError`` when ``instant`` is more than 20 years ahead, or after the last instant of the clock."""
        if instant - self.clock.now() > MAX_LEAP:
            raise ClockError("one call moves the clock 20 years at most; take a longer way in several calls")
        if instant > LATEST:
            raise ClockError(f"the last instant of the clock is {format_instant(LATEST)}")

    def upcoming(self) -> Iterator[tuple[int, Event]]:
        """Yield what is on the agenda and still holds, soonest first; what nobody asks for is not put in order."""
        if self._underway is not None:
            yield self._underway
        yield from ((at, event) for at, event in self.agenda.soonest() if self._still_holds(at, event))

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
        if self._underway is not None:
            other.agenda.add(*self._underway)  # it has come true in neither
        other.faults = self.faults.fork(other.org)
        other.spaces = {name: space.fork(other.org, other.agenda, other.faults) for name, space in self.spaces.items()}
        return other
