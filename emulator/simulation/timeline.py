"""Lifecycles and timelines: what may happen to a job, and what will.

A ``Lifecycle`` is the table of legal moves of one kind of thing. A ``Timeline`` is one dated path through it, planned
when the thing is made. Status is then a function of the timeline and an instant: nothing has to run for time to pass,
and reading more often changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct


class IllegalMove(ValueError):
    """A path that the lifecycle does not allow; the message tells the history that led there."""


class Phase(NamedTuple):
    """A status and the instant (epoch ms) at which it begins."""

    status: str
    begins: int


class Lifecycle(Struct, frozen=True):
    """The statuses of one kind of thing: where it starts and, for each status, which may follow."""

    kind: str
    initial: str
    moves: Mapping[str, frozenset[str]]

    def is_terminal(self, status: str) -> bool:
        """Answer whether nothing follows ``status``."""
        return not self.moves[status]

    def may_move(self, status: str, to: str) -> bool:
        """Answer whether ``to`` may follow ``status``."""
        return to in self.moves[status]

    def check(self, phases: Sequence[Phase]) -> None:
        """Raise ``IllegalMove`` unless ``phases`` is a legal path from the initial status, in order of time."""
        history = " -> ".join(phase.status for phase in phases)
        if phases[0].status != self.initial:
            raise IllegalMove(f"a {self.kind} starts {self.initial}: {history}")
        for before, after in pairwise(phases):
            if not self.may_move(before.status, after.status):
                raise IllegalMove(f"a {self.kind} never goes from {before.status} to {after.status}: {history}")
            if after.begins < before.begins:
                raise IllegalMove(f"a {self.kind} cannot be {after.status} before it was {before.status}: {history}")


class Timeline(Struct, frozen=True):
    """A dated path through a lifecycle, first phase first. ``later`` are statuses that have no date yet."""

    phases: tuple[Phase, ...]
    later: tuple[str, ...] = ()

    @classmethod
    def plan(
        cls, lifecycle: Lifecycle, at: int, steps: Sequence[tuple[str, int]], lived: Sequence[Phase] = ()
    ) -> Timeline:
        """Plan a path from ``at`` (epoch ms): each step is a status and how long it lasts, in ms.

        The last step is where the path ends; its length is not used. ``lived`` are phases before it. Raises
        ``IllegalMove``.
        """
        phases = [*lived]
        for status, length in steps:
            phases.append(Phase(status, at))
            at += length
        lifecycle.check(phases)
        return cls(tuple(phases))

    @property
    def begins(self) -> int:
        """When the first phase begins, epoch ms."""
        return self.phases[0].begins

    @property
    def ends(self) -> int:
        """When the last phase begins, epoch ms: from then on nothing changes."""
        return self.phases[-1].begins

    def phase_at(self, now: int) -> Phase:
        """Answer the phase in force at ``now``; a phase that begins at ``now`` is in force."""
        for phase in reversed(self.phases):
            if phase.begins <= now:
                return phase
        return self.phases[0]

    def status_at(self, now: int) -> str:
        """Answer the status at ``now``."""
        return self.phase_at(now).status

    def began(self, status: str) -> int | None:
        """Answer when ``status`` begins, epoch ms; None when the path never comes there."""
        return next((phase.begins for phase in self.phases if phase.status == status), None)

    def ending(self, lifecycle: Lifecycle, status: str) -> Timeline:
        """Answer the path that ends when this one does, in another ``status``. Raises ``IllegalMove``."""
        phases = (*self.phases[:-1], Phase(status, self.ends))
        lifecycle.check(phases)
        return Timeline(phases)

    def cut(self, lifecycle: Lifecycle, at: int, steps: Sequence[tuple[str, int]]) -> Timeline:
        """Answer the path that leaves this one at ``at`` and goes on with ``steps``. Raises ``IllegalMove``."""
        return Timeline.plan(lifecycle, at, steps, [phase for phase in self.phases if phase.begins <= at])
