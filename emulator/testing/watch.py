"""Watching an emulator for the length of a test, or of a session: its requests, and what is not in order at the end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from emulator.emulator import Emulator
from emulator.journal import Exchange
from emulator.resources import export_jobs, segment_jobs
from emulator.resources.courses import JobKind
from emulator.resources.space import Space


class RunningJob(Struct, frozen=True):
    """A segment or export job that has not ended; ``ends`` where time alone would end it."""

    org: str
    sandbox: str
    kind: str
    id: str
    status: str
    ends: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.id} in sandbox {self.sandbox} of {self.org} is left {self.status}"


class Watch:
    """An emulator made with ``keywords``, watched from now on. ``fixture`` is its name in tests."""

    def __init__(self, emulator: Emulator, keywords: Mapping[str, Any], fixture: str) -> None:
        self.emulator = emulator
        self.keywords = keywords
        self.fixture = fixture
        self.start = emulator.now()
        # kept alive, so that no later request can have the identity of an earlier one
        self._earlier = {id(each): each for each in emulator.requests}

    def requests(self) -> Sequence[Exchange]:
        """Answer the requests since the watch began that the journal still has."""
        return [each for each in self.emulator.requests if id(each) not in self._earlier]

    def complaints(self, asked: Collection[str]) -> list[str]:
        """Answer what is not in order that the flags ``asked`` want in order, a line each."""
        found: list[str] = []
        for each in self.requests():
            told = f"{each.method} {each.path} ({each.operation or 'no operation'})"
            if each.status == 501 and "--aep-fail-on-501" in asked:
                found.append(f"{told} answered 501: the emulator does not do that (--aep-fail-on-501)")
            elif each.status >= 500 and not each.faults and "--aep-fail-on-5xx" in asked:
                found.append(f"{told} answered {each.status}, which no fault injected (--aep-fail-on-5xx)")
        if "--aep-fail-on-unused-faults" in asked:
            found += self._unused_faults()
        if "--aep-fail-on-running-jobs" in asked:
            found += [
                f"{job}; advance the clock until it ends, or cancel it (--aep-fail-on-running-jobs)"
                for job in self.running_jobs()
            ]
        return found

    def _unused_faults(self) -> list[str]:
        return [
            f"fault {rule['id']} never fired, with {rule['matched']} matches: {written(rule)} "
            "(--aep-fail-on-unused-faults)"
            for rule in self.emulator.faults.rules()
            if not rule["fired"]
        ]

    def running_jobs(self) -> list[RunningJob]:
        """Answer the segment and export jobs that have not ended."""
        found: list[RunningJob] = []
        for world in self.emulator.worlds():
            with world.lock:
                now = world.now()
                for space in world.spaces.values():
                    found += _running(space, now)
        return found


def _running(space: Space, now: int) -> Iterator[RunningJob]:
    kinds: tuple[JobKind[Any], ...] = (segment_jobs.KIND, export_jobs.KIND)
    for kind in kinds:
        for job in kind.jobs(space):
            if not kind.lifecycle.is_terminal(status := job.timeline.status_at(now)):
                ends = kind.end_of(job) is not None
                yield RunningJob(space.org, space.sandbox.name, kind.lifecycle.kind, str(job.id), status, ends)


def written(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a rule as it was written, without its id and its counts."""
    return {name: value for name, value in rule.items() if name not in ("id", "matched", "fired")}
