"""The commonest conditions on the elements of a list, ``xEvent[eventType = "..." and timestamp occurs ...]``.

A list is narrowed to the elements that pass them in one stroke each, before any closure is called for an element. This
exists for speed alone: whatever is not as expected is left to the functions that carry the meaning.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Apply, Field, Literal, Node, Occurs, Variable, tail_nodes
from emulator.pql.compiler import times
from emulator.pql.compiler.scope import CLOCK, Frame, Scope
from emulator.pql.instants import parse_instant
from emulator.pql.values import equal, field

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler

Pick = Callable[[Frame, Sequence[Any]], Sequence[Any]]
"""Answers those elements of a list that pass."""


def narrowed(
    compiler: "Compiler", element: str, condition: Node | None, scope: Scope
) -> tuple[Pick | None, Node | None]:
    """What picks the elements that pass the first parts of a condition, and what is left of it, None for nothing.

    Nothing is picked where somebody watches.
    """
    if condition is None or compiler.is_watched:
        return None, condition
    picks: list[Pick] = []
    rest = _conjuncts(condition)
    while rest and (pick := _pick(compiler, element, rest[0], scope)) is not None:
        picks.append(pick)
        rest = rest[1:]
    if not picks:
        return None, condition
    left = rest[0] if len(rest) == 1 else Apply("and", tuple(rest), condition.at) if rest else None
    return _all_of(picks), left


def _conjuncts(condition: Node) -> list[Node]:
    if isinstance(condition, Apply) and condition.function == "and":
        return [each for param in condition.params for each in _conjuncts(param)]
    return [condition]


def _all_of(picks: list[Pick]) -> Pick:
    if len(picks) == 1:
        return picks[0]

    def pick(frame: Frame, values: Sequence[Any]) -> Sequence[Any]:
        for each in picks:
            values = each(frame, values)
        return values

    return pick


def _pick(compiler: "Compiler", element: str, condition: Node, scope: Scope) -> Pick | None:
    match condition:
        case Apply(function="=", params=(Field(object=Variable(name=name), name=member), Literal(value=str() as text))):
            return _having(member, text) if name == element and not member.startswith("xdm:") else None
        case Occurs(operand=Field(object=Variable(name=name), name=member), tail=tail):
            of_clock = compiler.free.of_all(tail_nodes(tail)) <= {CLOCK}
            if name == element and of_clock and not member.startswith("xdm:"):
                return _occurring(member, times.tail(compiler, tail, scope))
    return None


def _having(name: str, text: str) -> Pick:
    def pick(_: Frame, values: Sequence[Any]) -> list[Any]:
        return [
            value
            for value in values
            if (found := value.get(name) if value.__class__ is dict else field(value, name)) == text
            or (found.__class__ is not str and found is not None and equal(found, text))
        ]

    return pick


def _occurring(name: str, stretches: times.Stretches) -> Pick:
    def pick(frame: Frame, values: Sequence[Any]) -> Sequence[Any]:
        if not values:
            return values
        found = stretches(frame)
        first, last = found[0] if len(found) == 1 else (inf, -inf)  # of several, each is asked below
        first, last = -inf if first is None else first, inf if last is None else last
        is_one = len(found) == 1
        return [
            value
            for value in values
            if (
                (instant := parse_instant(text)) is not None and first <= instant <= last
                if (text := value.get(name) if value.__class__ is dict else field(value, name)).__class__ is str
                and is_one
                else times.lies_within(text, found)
            )
        ]

    return pick
