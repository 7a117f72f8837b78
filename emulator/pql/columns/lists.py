"""Plans of what is said of the elements of a list."""

from typing import TYPE_CHECKING

from emulator.pql.ast import Apply, Declaration, Field, Function, Node, Quantified, Select, literal
from emulator.pql.columns.masks import Mask
from emulator.pql.columns.plan import ELEMENTS, Asking, Pick, Plan, negated
from emulator.pql.columns.table import Block, Elements, Table
from emulator.pql.compiler.paths import path_of
from emulator.pql.compiler.scope import CLOCK, EVENTS, PROFILE, Key

if TYPE_CHECKING:
    from emulator.pql.columns.planner import Planner


def some(planner: "Planner", node: Node, subject: Key) -> Plan | None:
    """Whether a list has an element."""
    pick = picked(planner, node, subject)
    if pick is None:
        return None

    def run(table: Table, within: Mask, asking: Asking) -> Mask:
        elements, chosen = pick.run(table, within, asking)
        return elements.owning(chosen)

    return Plan(run, pick.cost)


def every(planner: "Planner", source: Node, name: str, body: Node, subject: Key) -> Plan | None:
    """Whether a body holds for all elements of a list: whether there is none for which it does not."""
    failing = some(planner, _filter(source, name, Apply("not", (body,))), subject)
    return None if failing is None else negated(failing)


def quantified(planner: "Planner", node: Quantified | Select, subject: Key) -> Plan | None:
    """Whether some tuple satisfies clauses, or all do: what the first clause and the later ones say of its variable."""
    first, *later = node.variables
    quantifier = node.quantifier if isinstance(node, Quantified) else "some"
    body = first.condition or literal(True)
    if later:
        body = Apply("and", (body, Quantified(quantifier, tuple(later))))
    if quantifier == "all":
        return every(planner, first.source, first.name, body, subject)
    return some(planner, _filter(first.source, first.name, body), subject)


def _filter(source: Node, name: str, body: Node) -> Node:
    return Apply("filter", (source, Function((name,), body)))


def picked(planner: "Planner", node: Node, subject: Key) -> Pick | None:
    """How to find the elements of xEvent, of what a path leads to, and of either what passes a filter."""
    match node:
        case Apply(function="filter", params=(source, Function(params=(name,), body=body))):
            return _filtered(planner, source, name, body, subject)
        case Select(variables=(Declaration(name=name, source=source, condition=condition),)):
            return _filtered(planner, source, name, condition or literal(True), subject)
        case Field(name="xEvent") if subject == PROFILE and planner.free.of(node) == {EVENTS}:
            return Pick(_events, ELEMENTS)
    names = path_of(node, subject)
    if names is None:
        return None

    def run(table: Table, within: Mask, asking: Asking) -> tuple[Elements, Mask]:
        elements = table.elements(names)
        return elements, elements.of_owners(within)

    return Pick(run, ELEMENTS)


def _events(table: Table, within: Mask, asking: Asking) -> tuple[Elements, Mask]:
    assert isinstance(table, Block)
    return table.events, table.events.of_owners(within)


def _filtered(planner: "Planner", source: Node, name: str, body: Node, subject: Key) -> Pick | None:
    pick = picked(planner, source, subject) if planner.free.of(body) <= {name, CLOCK} else None
    if pick is None:
        return None
    condition = planner.test(body, name)

    def run(table: Table, within: Mask, asking: Asking) -> tuple[Elements, Mask]:
        elements, chosen = pick.run(table, within, asking)
        return elements, condition.run(elements, chosen, asking)

    return Pick(run, max(pick.cost, condition.cost))
