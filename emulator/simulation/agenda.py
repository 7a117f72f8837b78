"""The agenda: dated events, in the order in which they will happen."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Generic, TypeVar

E = TypeVar("E")


class Agenda(Generic[E]):
    """A queue of events by instant (epoch ms); events of one instant keep the order in which they were put down."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, E]] = []
        self._sequence = 0

    def add(self, at: int, event: E) -> None:
        """Put ``event`` down for the instant ``at``."""
        self._sequence += 1
        heappush(self._heap, (at, self._sequence, event))

    def take_due(self, now: int) -> tuple[int, E] | None:
        """Take the first event due at ``now`` or before, with its instant; None when nothing is due."""
        if self._heap and self._heap[0][0] <= now:
            at, _, event = heappop(self._heap)
            return at, event
        return None

    def has(self, at: int, event: E) -> bool:
        """Answer whether ``event`` is put down for the instant ``at``."""
        return any(instant == at and planned == event for instant, _, planned in self._heap)

    def planned(self) -> list[tuple[int, E]]:
        """Answer all events with their instants, soonest first."""
        return [(at, event) for at, _, event in sorted(self._heap, key=lambda entry: entry[:2])]

    def soonest(self) -> Iterator[tuple[int, E]]:
        """Yield events with their instants, soonest first; those that nobody asks for are not put in order."""
        heap = self._heap
        front = [(heap[0][:2], 0)] if heap else []
        while front:
            _, place = heappop(front)
            at, _, event = heap[place]
            yield at, event
            for below in (2 * place + 1, 2 * place + 2):
                if below < len(heap):
                    heappush(front, (heap[below][:2], below))

    def fork(self) -> Agenda[E]:
        """Answer an agenda of its own with the same events."""
        other: Agenda[E] = Agenda()
        other._heap = self._heap.copy()
        other._sequence = self._sequence
        return other
