"""Closures of time: words, date parts, and ``occurs`` as membership of closed stretches of milliseconds.

Every tail of occurs, whatever its form, says that an instant lies in one of a few stretches ``(first, last)``. That
leaves one place where instants are compared, and lets a tail that depends on the clock alone be worked out once for a
clock value instead of once for every event.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Apply, Between, Literal, Node, Occurs, Relation, Tail, TimeWord, Window, children
from emulator.pql.compiler.scope import CLOCK, Eval, Frame, Scope, Test
from emulator.pql.compiler.strict import Builder, strict
from emulator.pql.instants import (
    DAY,
    Timestamp,
    date_instant,
    date_of,
    is_plain_date,
    shift,
    start_of,
    word_bounds,
)
from emulator.pql.values import as_list, instant_of, is_list, project, whole

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler

Stretch = tuple[float, float]
"""First and last millisecond; infinite on a side that has no end."""

Stretches = Callable[[Frame], Sequence[Stretch]]
Bounds = Callable[[Frame], Sequence[tuple[int, int]]]


def word(compiler: "Compiler", node: TimeWord, scope: Scope) -> Eval:
    """A time word as a value: the start of what it names."""
    name = node.word
    return _of_clock(scope, lambda now: Timestamp(word_bounds(name, now)[0]))


def _of_clock(scope: Scope, compute: Callable[[int], Any]) -> Eval:
    """A value of the clock alone, worked out anew only when the clock has moved."""
    slot, at = scope.slots[CLOCK], lru_cache(maxsize=1)(compute)
    return lambda frame: at(frame[slot])


def occurs(compiler: "Compiler", node: Occurs, scope: Scope) -> Test:
    """``t occurs tail``."""
    operand = compiler.value(node.operand, scope)
    stretches = tail(compiler, node.tail, scope)
    return lambda frame: lies_within(operand(frame), stretches(frame))


def lies_within(value: Any, stretches: Sequence[Stretch]) -> bool:
    """Whether a value, or for a list one of its elements, is an instant that lies in one of the stretches."""
    if is_list(value):
        return any(within(instant_of(element), stretches) for element in value)
    return within(instant_of(value), stretches)


def within(instant: int | None, stretches: Sequence[Stretch]) -> bool:
    """Whether an instant lies in one of the stretches."""
    if instant is None:
        return False
    for first, last in stretches:  # noqa: SIM110  # a generator costs more than two comparisons
        if first <= instant <= last:
            return True
    return False


def tail(compiler: "Compiler", node: Tail, scope: Scope) -> Stretches:
    """The stretches a tail names; none if a reference is null."""
    stretches = _tail(compiler, node, scope)
    if compiler.is_watched or compiler.free.of_all(children(node)) != {CLOCK}:
        return stretches
    slot = scope.slots[CLOCK]

    def at(now: int) -> Sequence[Stretch]:
        frame: list[Any] = [None] * compiler.size
        frame[slot] = now
        return stretches(frame)

    return _of_clock(scope, at)


def _tail(compiler: "Compiler", node: Tail, scope: Scope) -> Stretches:
    match node:
        case Window():
            bounds = _bounds(compiler, node.reference, scope)
            return lambda frame: [stretch for start, _ in bounds(frame) for stretch in _window(node, start)]
        case Relation():
            bounds = _bounds(compiler, node.reference, scope)
            return lambda frame: [_related(node, start, end) for start, end in bounds(frame)]
        case Between():
            first, last = _bounds(compiler, node.start, scope), _bounds(compiler, node.end, scope)
            return lambda frame: [(start, end) for start, _ in first(frame) for _, end in last(frame)]


def _related(node: Relation, start: int, end: int) -> Stretch:
    """The stretch before, after, from or on a reference. After ``this month`` means after its end."""
    match node.relation:
        case "before":
            return -inf, start - 1
        case "after":
            is_unit = isinstance(node.reference, TimeWord) and " " in node.reference.word
            return (end if is_unit else start) + 1, inf
        case "from":
            return start, inf
        case _:
            return start, end


def _bounds(compiler: "Compiler", node: Node, scope: Scope) -> Bounds:
    """First and last millisecond of each instant a reference stands for.

    Whether it is a day or an instant is decided by how it is written: a time word, ``date(...)``, or a string without a
    time of day is a stretch; any other value is the instant itself.
    """
    if isinstance(node, TimeWord):
        name = node.word
        return _of_clock(scope, lambda now: [word_bounds(name, now)])
    value = compiler.value(node, scope)
    is_day = isinstance(node, Apply) and node.function == "date"
    is_day = is_day or (isinstance(node, Literal) and isinstance(node.value, str) and is_plain_date(node.value))
    length = DAY if is_day else 1

    def run(frame: Frame) -> Sequence[tuple[int, int]]:
        instants = (instant_of(element) for element in as_list(value(frame)))
        return [(instant, instant + length - 1) for instant in instants if instant is not None]

    return run


def _window(node: Window, reference: int) -> list[Stretch]:
    """The stretches of ``CMP n UNIT before|after|from`` a reference."""
    signs = {"before": (-1,), "after": (1,), "from": (-1, 1)}[node.direction]
    found: list[Stretch] = []
    for sign in signs:
        edge = shift(reference, sign * node.amount, node.unit)
        match node.comparison:
            case "=" | "!=":
                first = start_of(edge, node.unit)
                found.append((first, shift(first, 1, node.unit) - 1))
            case "<=" | "<":
                edge -= sign * (node.comparison == "<")
                found.append((edge, reference) if sign < 0 else (reference, edge))
            case _:
                edge += sign * (node.comparison == ">")
                found.append((-inf, edge) if sign < 0 else (edge, inf))
    return _outside(found) if node.comparison == "!=" else found


def _outside(stretches: list[Stretch]) -> list[Stretch]:
    """What lies in none of some bounded stretches."""
    found: list[Stretch] = []
    free = -inf
    for first, last in sorted(stretches):
        found.append((free, first - 1))
        free = max(free, last + 1)
    return [*found, (free, inf)]


def _date(*parts: Any) -> Timestamp | None:
    """``date(y, m, d)``; computed arguments that name no day give null."""
    year, month, day = map(whole, parts)
    if year is None or month is None or day is None:
        return None
    instant = date_instant(year, month, day)
    return None if instant is None else Timestamp(instant)


def _part(index: int) -> Callable[[Any], Any]:
    """Part 0, 1 or 2 of a date: year, month or day."""

    def part(value: Any) -> Any:
        if is_list(value):
            return project(value, part)
        instant = instant_of(value)
        return None if instant is None else date_of(instant)[index]

    return part


def _current(index: int) -> Builder:
    return lambda compiler, node, scope: _of_clock(scope, lambda now: date_of(now)[index])


TIME_BUILDERS: dict[str, Builder] = {
    "date": strict(_date),
    "currentYear": _current(0),
    "currentMonth": _current(1),
    "currentDayOfMonth": _current(2),
    "getYear": strict(_part(0)),
    "getMonth": strict(_part(1)),
    "getDayOfMonth": strict(_part(2)),
}
"""Date function -> its builder."""
