"""Plans of nodes in which one part alone varies from row to row: they are asked once for each value that it has."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, repeat
from operator import is_not
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Apply, Function, Node, Variable, bound_names, children
from emulator.pql.columns.column import Column
from emulator.pql.columns.lists import picked
from emulator.pql.columns.masks import Mask, of_rows, rows
from emulator.pql.columns.parts import are_counted, fresh_name, replaced
from emulator.pql.columns.plan import LISTS, PATH, Asking, Operand, Pick, Plan
from emulator.pql.columns.table import Elements, Table, at
from emulator.pql.compiler.aggregates import FOLDS
from emulator.pql.compiler.evaluation import of_one_name
from emulator.pql.compiler.paths import path_of, steps_of
from emulator.pql.compiler.scope import CLOCK, Key

if TYPE_CHECKING:
    from emulator.pql.columns.planner import Planner

Values = Callable[[Table, Mask, Asking], Iterable[Any]]
"""Answers the values of a node for some rows, in their order."""


def by_value(planner: "Planner", node: Node, subject: Key) -> Plan | None:
    """The plan of the truth of a node with one operand, or none."""
    found = _of_one(planner, node, subject)
    if found is None:
        return None
    operand, name, tree = found
    truth = of_one_name(tree, name, truth=True)

    def run(table: Table, within: Mask, asking: Asking) -> Mask:
        return operand.run(table, within, asking).holding(asking.told(truth), within)

    return Plan(run, operand.cost)


def _of_one(planner: "Planner", node: Node, subject: Key) -> tuple[Operand, str, Node] | None:
    """The only operand of a node, the name of a variable, and the node with that variable in the operand's place."""
    if subject in bound_names(node):
        return None
    found = list(_operands(planner, node, subject)) or [Operand(None, node, _constant, PATH)]
    first = found[0]
    if any(other.key != first.key for other in found):
        return None
    name = fresh_name(node)
    places = [id(operand.node) for operand in found if operand.key is not None]
    tree = replaced(node, dict.fromkeys(places, first.stand_in(Variable(name))))
    return (first, name, tree) if planner.free.of(tree) <= {name, CLOCK} else None


def _constant(table: Table, within: Mask, asking: Asking) -> Column:
    return Column([None], bytes(len(within)))


def _operands(planner: "Planner", node: Node, subject: Key) -> Iterator[Operand]:
    """The parts of a node that vary, the largest there are."""
    names = path_of(node, subject)
    if names is not None:
        yield Operand(names, node, lambda table, within, asking: table.column(names, within), PATH)
        return
    whole = _aggregate(planner, node, subject) or _first(planner, node, subject) or _list(planner, node, subject)
    if whole is not None:
        yield whole
        return
    for child in children(node):
        keys = _keys(planner, node, child, subject)
        if keys is None:
            yield from _operands(planner, child, subject)
        else:
            yield keys


def _list(planner: "Planner", node: Node, subject: Key) -> Operand | None:
    pick = picked(planner, node, subject)
    if pick is None:
        return None

    def run(table: Table, within: Mask, asking: Asking) -> Column:
        elements, chosen = pick.run(table, within, asking)
        return elements.grouped(chosen, elements.chosen(chosen))

    return Operand(id(node), node, run, max(LISTS, pick.cost))


def _first(planner: "Planner", node: Node, subject: Key) -> Operand | None:
    """What is found at a path from the first element of a list."""
    values = _firsts(planner, node, subject)
    return values and Operand(
        id(node), node, lambda table, within, asking: Column.of(values(table, within, asking)), LISTS
    )


def _firsts(planner: "Planner", node: Node, subject: Key) -> Callable[[Table, Mask, Asking], Sequence[Any]] | None:
    """What is found at a path from the first elements of lists, a value for every row."""
    head, path = steps_of(node)
    if not isinstance(head, Apply) or head.function != "head":
        return None
    pick = picked(planner, head.params[0], subject)
    if pick is None:
        return None

    def run(table: Table, within: Mask, asking: Asking) -> Sequence[Any]:
        elements, chosen = pick.run(table, within, asking)
        return at(path, elements.firsts(chosen))

    return run


def _aggregate(planner: "Planner", node: Node, subject: Key) -> Operand | None:
    """How many elements there are, or what they sum up to and the like."""
    match node:
        case Apply(function="count", params=(source,)) if path_of(source, subject) is None:
            pick = picked(planner, source, subject)
            return None if pick is None else _count(node, pick)
        case Apply(function="sum" | "average" | "min" | "max", params=(source, Function(params=(name,), body=body))):
            pick = picked(planner, source, subject) if planner.free.of(body) <= {name, CLOCK} else None
            return None if pick is None else _folded(node, pick, _values(planner, body, name))
    return None


def _count(node: Node, pick: Pick) -> Operand:
    def run(table: Table, within: Mask, asking: Asking) -> Column:
        elements, chosen = pick.run(table, within, asking)
        return Column.of(elements.counted(chosen))

    return Operand(id(node), node, run, pick.cost)


def _terms(pick: Pick, values: Values) -> Callable[[Table, Mask, Asking], tuple[Elements, Mask, list[Any]]]:
    """Which elements have a value, and their values."""

    def run(table: Table, within: Mask, asking: Asking) -> tuple[Elements, Mask, list[Any]]:
        elements, chosen = pick.run(table, within, asking)
        found = list(values(elements, chosen, asking))
        if None not in found:
            return elements, chosen, found
        are_known = bytes(map(is_not, found, repeat(None)))
        known = of_rows(compress(rows(chosen), are_known), len(chosen)) if 0 in chosen else are_known
        return elements, known, list(compress(found, are_known))

    return run


def _folded(node: Apply, pick: Pick, values: Values) -> Operand:
    """An aggregate, for which nulls do not count."""
    terms, fold = _terms(pick, values), FOLDS[node.function]
    of_none = fold(())

    def run(table: Table, within: Mask, asking: Asking) -> Column:
        elements, chosen, found = terms(table, within, asking)
        return Column.of([fold(each) if each else of_none for each in elements.owned(chosen, found)])

    return Operand(id(node), node, run, max(LISTS, pick.cost))


def _keys(planner: "Planner", node: Node, groups: Node, subject: Key) -> Operand | None:
    """What elements are grouped by, if ``node`` asks nothing of the groups but how many are in each.

    Elements without a key are in no group, and a key may stand for its element.
    """
    match node, groups:
        case (
            Apply(function="map", params=(_, Function(params=(_, group), body=use))),
            Apply(function="groupBy", params=(source, Function(params=(name,), body=body))),
        ) if are_counted(group, use) and planner.free.of(body) <= {name, CLOCK}:
            pick = picked(planner, source, subject)
            if pick is None:
                return None
            terms, itself = _terms(pick, _values(planner, body, name)), Function((name,), Variable(name))

            def run(table: Table, within: Mask, asking: Asking) -> Column:
                elements, chosen, found = terms(table, within, asking)
                return elements.grouped(chosen, found)

            cost = max(LISTS, pick.cost)
            return Operand(id(groups), groups, run, cost, lambda keys: Apply("groupBy", (keys, itself)))
    return None


def _values(planner: "Planner", node: Node, subject: str) -> Values:
    firsts = _firsts(planner, node, subject)
    if firsts is not None:
        return lambda table, within, asking: compress(firsts(table, within, asking), within)
    found = _of_one(planner, node, subject)
    if found is None:
        value = of_one_name(node, subject, truth=False)
        return lambda table, within, asking: map(value(asking.now), compress(table.subjects, within))
    operand, name, tree = found
    if isinstance(tree, Variable):  # the operand is all there is
        return lambda table, within, asking: operand.run(table, within, asking).values(within)
    value = of_one_name(tree, name, truth=False)
    return lambda table, within, asking: operand.run(table, within, asking).mapped(value(asking.now), within)
