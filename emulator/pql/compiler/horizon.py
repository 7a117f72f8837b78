"""How long a result holds: up to which clock value no comparison with the clock can turn out otherwise.

A stretch that depends on the clock moves forward with it, and an instant of the profile stands still. So what is ahead
of an edge now stays as it is until the edge has come that far. Edges move as fast as the clock, but for calendar units,
which jump: ``drift`` is how far an edge may run ahead of the clock at most. Bounds are lower bounds: a result may hold
longer than said, never shorter.
"""

from collections.abc import Callable, Sequence
from threading import local

from emulator.pql.ast import Between, Node, Relation, Tail, TimeWord, Window
from emulator.pql.instants import DAY, DAY_WORDS, FIXED_UNITS, MONTH_UNITS, shift, start_of

FOREVER = 1 << 62
"""A clock value that is never reached, in ms."""

Stretch = tuple[int | None, int | None]
"""First and last millisecond; None means without end on that side."""

Watch = Callable[[int, int | None, Sequence[Stretch]], None]
"""Takes note of a comparison: the clock, the instant, and the stretches it was looked for in."""

#: The longest month and year, and by how much clamping to the end of a month can shift an edge.
_LONGEST_MONTH = 31 * DAY
_CLAMPED = 4 * DAY


class Horizon(local):
    """The first clock value at which the result of this thread's evaluation may be another."""

    until = FOREVER

    def note(self, instant: int) -> None:
        """Take note that something changes at ``instant`` at the earliest."""
        self.until = min(self.until, instant)


def next_change(word: str, now: int) -> int:
    """The clock value at which what a time word names changes at the earliest."""
    if word == "now":
        return now + 1
    unit = "day" if word in DAY_WORDS else word.rpartition(" ")[2]
    return shift(start_of(now, unit), 1, unit)


def watch(horizon: Horizon, tail: Tail) -> Watch:
    """The note to take of each comparison with a tail that depends on the clock alone."""
    drift = _drift(tail)

    def note(now: int, instant: int | None, stretches: Sequence[Stretch]) -> None:
        if instant is None:
            return
        for first, last in stretches:
            if first is not None and first <= instant:
                horizon.note(max(now + 1, now + instant - first + 1 - drift))
            if last is not None and last < instant:
                horizon.note(max(now + 1, now + instant - last - drift))

    return note


def _drift(tail: Tail) -> int:
    match tail:
        case Window():
            calendar = _CLAMPED if tail.unit in MONTH_UNITS else 0
            whole = _length(tail.unit) if tail.comparison in ("=", "!=") else 0
            return _of_reference(tail.reference) + calendar + whole
        case Relation():
            return _of_reference(tail.reference)
        case Between():
            return max(_of_reference(tail.start), _of_reference(tail.end))


def _of_reference(node: Node) -> int:
    if not isinstance(node, TimeWord):
        return FOREVER
    return 0 if node.word == "now" else _length(node.word.rpartition(" ")[2]) + _CLAMPED


def _length(unit: str) -> int:
    return FIXED_UNITS.get(unit) or MONTH_UNITS.get(unit, 1) * _LONGEST_MONTH
