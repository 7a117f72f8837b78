"""What plans are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.pql.ast import Node, Variable
from emulator.pql.columns.column import Answers, Column
from emulator.pql.columns.masks import Mask, both, others
from emulator.pql.columns.table import Elements, Profiles, Table
from emulator.pql.compiler.scope import Frame

Condition = Callable[[int], Callable[[Any], Any]]
"""A condition on a value: for a clock value (epoch ms), the function of the value."""


@dataclass(frozen=True, slots=True)
class Asking:
    """``now``: epoch ms. ``members``: of each audience that inSegment may name, who is in it.

    ``answers``: what conditions have said of values so far; blocks share it.
    """

    now: int
    members: Mapping[str, Mask]
    answers: dict[Condition, Answers]

    def told(self, condition: Condition) -> Answers:
        """What a condition says of values."""
        known = self.answers.get(condition)
        if known is None:
            known = self.answers[condition] = Answers(condition(self.now))
        return known

    def frame(self) -> Frame:
        """A frame for closures that look at nothing but the clock."""
        return [None, None, self.now, None]


#: Ranks of cost: of each value at a path, of the elements of lists, of each list, of each row.
PATH, ELEMENTS, LISTS, ROWS = range(4)


Run = Callable[[Table, Mask, Asking], Mask]
"""Answers the rows, of some, for which a node is true."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to find out the truth of a node."""

    run: Run
    cost: int


def negated(plan: Plan) -> Plan:
    """The plan of the rows for which another is not true."""
    return Plan(lambda table, within, asking: both(within, others(plan.run(table, within, asking))), plan.cost)


@dataclass(frozen=True, slots=True)
class Pick:
    """How to find the elements that a list consists of.

    ``run(table, within, asking)`` answers a table of elements, and which of them belong to the list of a row among
    those ``within``.
    """

    run: Callable[[Table, Mask, Asking], tuple[Elements, Mask]]
    cost: int


@dataclass(frozen=True, slots=True)
class Operand:
    """A part of a node that varies from row to row.

    ``key`` is the same for parts of the same value. ``run(table, within, asking)`` answers the column of its values, in
    which rows not ``within`` may have any. ``stand_in`` is what to write in its place for a variable with that value.
    """

    key: object
    node: Node
    run: Callable[[Table, Mask, Asking], Column]
    cost: int
    stand_in: Callable[[Variable], Node] = lambda variable: variable


def asked_of(plans: Sequence[Plan], profiles: Profiles, now: int, members: Mapping[str, Mask]) -> list[Mask]:
    """Of which profiles each plan is true at ``now`` (epoch ms).

    A block is asked about everything before the next one is: reading a profile for the first time costs more than
    asking about it, and what several plans read is near by then.
    """
    answers: dict[Condition, Answers] = {}
    found: list[list[Mask]] = [[] for _ in plans]
    first = 0
    for block in profiles.blocks:
        end = first + len(block.subjects)
        asking = Asking(now, {segment: mask[first:end] for segment, mask in members.items()}, answers)
        for masks, plan in zip(found, plans, strict=True):
            masks.append(plan.run(block, block.every_row, asking))
        first = end
    return [b"".join(masks) for masks in found]
