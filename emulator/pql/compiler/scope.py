"""Where the value of a name is found at run time.

A compiled expression is a closure over one argument, its *frame*. In general a frame is a list with a slot for each
root (profile, events, clock, resolver) and one for each variable of the query; names are lexical and nothing recurses,
so every variable has its own slot. An expression that depends on a single name needs no list: its frame is the value of
that name itself (a *direct* scope), which is what makes ``orders[price > 50]`` cheap.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.pql import ast
from emulator.pql.functions import CLOCK_CALLS

PROFILE, EVENTS, CLOCK, RESOLVER = range(4)
"""The roots: keys of their own, and the first slots of a frame."""

ROOTS = 4

Key = int | str
"""A root, or the name of a variable."""

Frame = Any
Eval = Callable[[Frame], Any]
Test = Callable[[Frame], bool]


@dataclass(frozen=True, slots=True)
class Scope:
    """``slots``: name -> slot of the frame; or ``direct``: the one name whose value is the frame."""

    slots: Mapping[Key, int]
    direct: Key | None = None

    def binding(self, names: Iterable[Key], first_slot: int) -> "Scope":
        """This scope with names bound to consecutive slots."""
        return Scope({**self.slots, **{name: slot for slot, name in enumerate(names, first_slot)}})


ROOT_SCOPE = Scope({root: root for root in range(ROOTS)})


class FreeNames:
    """The names an expression depends on, worked out once for every node."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[ast.Node, frozenset[Key]]] = {}  # with the node, so that its id stays its own

    def of(self, node: ast.Node) -> frozenset[Key]:
        """Roots and variables that the node uses and does not bind itself."""
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = node, self._find(node)
        return known[1]

    def _find(self, node: ast.Node) -> frozenset[Key]:
        match node:
            case ast.Variable():
                return frozenset([node.name])
            case ast.TimeWord():
                return frozenset([CLOCK])
            case ast.Parameter():
                return frozenset([PROFILE] if node.position == 1 else [])
            case ast.Field(object=ast.Parameter(position=1), name="xEvent"):
                return frozenset([EVENTS])
            case ast.Function():
                return self.of(node.body) - set(node.params)
            case ast.Let():
                return self.of(node.value) | (self.of(node.body) - {node.name})
            case ast.Select() | ast.Quantified():
                return self.of_clauses(node.variables)
            case ast.Chain():
                return self.of(node.source) | self.of(node.time) | self.of_clauses(node.steps)
            case ast.Apply(function="inSegment"):
                return frozenset([PROFILE, RESOLVER])
            case ast.Apply() if node.function in CLOCK_CALLS:
                return frozenset([CLOCK])
            case _:
                return self.of_all(ast.children(node))

    def of_all(self, nodes: Iterable[ast.Node]) -> frozenset[Key]:
        """The names that any of several nodes depends on."""
        return frozenset().union(*(self.of(node) for node in nodes))

    def of_clauses(self, nested: Sequence[ast.Declaration | ast.Step]) -> frozenset[Key]:
        """The names that clauses or steps depend on, of which each may use those bound by the ones before it."""
        if not nested:
            return frozenset()
        first, *later = nested
        if isinstance(first, ast.Step):
            return self.of_all(ast.children(first)) | (self.of_clauses(later) - {first.label})
        return self.of(first.source) | (self.of_clause_body(first, later) - {first.name})

    def of_clause_body(self, first: ast.Declaration, later: Sequence[ast.Declaration | ast.Step]) -> frozenset[Key]:
        """The names that the condition of a clause and the clauses after it depend on."""
        found = self.of_clauses(later)
        return found if first.condition is None else found | self.of(first.condition)


def key_of(head: ast.Node) -> Key | None:
    """What a parameter or variable is found by; None for a parameter that is never given."""
    if isinstance(head, ast.Variable):
        return head.name
    return PROFILE if isinstance(head, ast.Parameter) and head.position == 1 else None
