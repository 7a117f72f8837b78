"""From a tree to a plan: how its truth is found out for all rows of a table, in a few strokes over whole columns.

What is said of the elements of a list, ``xEvent`` above all, is found out in a table of all those elements and comes
back to their owners. What depends on one path, or on one list, is asked once for each value that occurs. Anything else
is asked row by row, of the rows that are still in question. The meaning is that of the closures throughout: a plan only
decides of what, and how often, they are asked. Asking changes nothing, so parts may be asked in any order.
"""

from collections.abc import Callable, Iterable
from typing import Any

from emulator.pql.ast import Apply, Chain, Function, Literal, Node, Occurs, Quantified, Select
from emulator.pql.columns import chains, lists, operands, times
from emulator.pql.columns.masks import Mask, asked, both, either
from emulator.pql.columns.parts import connected
from emulator.pql.columns.plan import PATH, ROWS, Asking, Plan, Run, negated
from emulator.pql.columns.table import Block, Table
from emulator.pql.compiler.evaluation import evaluation, of_one_name
from emulator.pql.compiler.logic import stored_membership
from emulator.pql.compiler.scope import PROFILE, FreeNames, Key


def planned(tree: Node) -> Plan:
    """The plan of a checked tree, for a block of profiles."""
    return Planner().test(tree, PROFILE)


class Planner:
    """Makes the plan of one tree.

    ``subject``, here and wherever a planner is handed on, is the name of what a row is about: the profile, or the
    variable of an element.
    """

    def __init__(self) -> None:
        self.free = FreeNames()

    def test(self, node: Node, subject: Key) -> Plan:
        """The plan of the truth of a node that depends on its subject and the clock, or on any of the roots."""
        return self._special(node, subject) or operands.by_value(self, node, subject) or self.row_by_row(node, subject)

    def _special(self, node: Node, subject: Key) -> Plan | None:
        match node:
            case Apply(function="and"):
                return _every(self.test(part, subject) for part in connected(node, "and"))
            case Apply(function="or"):
                return negated(_every(negated(self.test(part, subject)) for part in connected(node, "or")))
            case Apply(function="not", params=(inner,)):
                return negated(self.test(inner, subject))
            case Apply(function="inSegment", params=(Literal(value=str() as segment),)):
                return _membership(segment)
            case Apply(function="exists", params=(source,)):
                return lists.some(self, source, subject)
            case Apply(function="exists", params=(source, function)):
                return lists.some(self, Apply("filter", (source, function)), subject)
            case Apply(function="filter"):
                return lists.some(self, node, subject)
            case Apply(function="forall", params=(source, Function(params=(name,), body=body))):
                return lists.every(self, source, name, body, subject)
            case Quantified() | Select():
                return lists.quantified(self, node, subject)
            case Occurs():
                return times.occurs(self, node, subject)
            case Chain():
                return chains.chain(self, node, subject)
        return None

    def row_by_row(self, node: Node, subject: Key) -> Plan:
        """The plan that asks each row in question by itself."""
        return Plan(_of_elements(node, subject) if isinstance(subject, str) else _of_profiles(node), ROWS)


def _every(parts: Iterable[Plan]) -> Plan:
    """All of some plans, the cheapest first: the dearer ones are asked of the rows that are left."""
    in_order = sorted(parts, key=lambda plan: plan.cost)

    def run(table: Table, within: Mask, asking: Asking) -> Mask:
        for part in in_order:
            if 1 in within:
                within = part.run(table, within, asking)
        return within

    return Plan(run, in_order[-1].cost)


def _of_elements(node: Node, name: str) -> Run:
    test = of_one_name(node, name, truth=True)

    def run(table: Table, within: Mask, asking: Asking) -> Mask:
        holds, subjects = test(asking.now), table.subjects
        return asked(lambda row: holds(subjects[row]), within)

    return run


def _of_profiles(node: Node) -> Run:
    test = evaluation(node, truth=True)

    def run(table: Table, within: Mask, asking: Asking) -> Mask:
        assert isinstance(table, Block)
        profiles, events, now, members = table.subjects, table.lists, asking.now, asking.members

        def in_segment_of(row: int) -> Callable[[str], bool]:
            return lambda segment: segment in members and bool(members[segment][row])

        return asked(lambda row: test(profiles[row], events[row], now, in_segment_of(row)), within)

    return run


def _membership(segment: str) -> Plan:
    """What segmentMembership says, or else what is known of the members."""

    def stored(entry: Any) -> bool | None:
        return stored_membership({"segmentMembership": entry}, segment)

    def is_stored(now: int) -> Callable[[Any], bool]:
        return lambda entry: bool(stored(entry))

    def is_unknown(now: int) -> Callable[[Any], bool]:
        return lambda entry: stored(entry) is None

    def run(table: Table, within: Mask, asking: Asking) -> Mask:
        column = table.column(("segmentMembership",), within)
        told = column.holding(asking.told(is_stored), within)
        members = asking.members.get(segment)
        if members is None:
            return told
        return either(told, both(members, column.holding(asking.told(is_unknown), within)))

    return Plan(run, PATH)
