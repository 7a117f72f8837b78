"""From a tree to nested closures. The hot path calls closures; it never looks at the tree again."""

from collections.abc import Callable
from typing import Any, Protocol

from emulator.pql import ast
from emulator.pql.compiler import chains, clauses, times
from emulator.pql.compiler.aggregates import AGGREGATE_BUILDERS
from emulator.pql.compiler.fused import fused
from emulator.pql.compiler.lists import LIST_BUILDERS
from emulator.pql.compiler.logic import LOGIC_BUILDERS
from emulator.pql.compiler.paths import constant, path, steps_of
from emulator.pql.compiler.scope import EVENTS, PROFILE, ROOTS, Eval, Frame, FreeNames, Key, Scope, Test, key_of
from emulator.pql.compiler.strings import STRING_BUILDERS
from emulator.pql.functions import FUNCTIONS
from emulator.pql.values import truth

BUILDERS = {**LOGIC_BUILDERS, **LIST_BUILDERS, **AGGREGATE_BUILDERS, **STRING_BUILDERS, **times.TIME_BUILDERS}
"""Name -> builder, for every row of ``FUNCTIONS`` that is not a form of its own."""

Origin = ast.Function | ast.Declaration
"""What is evaluated for every element of a list: an element argument, or the condition of a clause and what follows."""


class Observer(Protocol):
    """Watches an evaluation: it is handed the closures as they are built, and answers those to use instead."""

    def node(self, node: ast.Node, closure: Eval) -> Eval:
        """The closure of a node."""

    def element(self, origin: Origin, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call of an expression about one element, and where in the tree that expression stands."""


Bind = Callable[[Frame], Callable[..., Any]]
"""An expression about one element, or those of a tuple: answers the call for the elements met within one evaluation."""


class Compiler:
    """Builds the closures of one tree.

    ``size`` is the number of slots its frames need, known when it has finished; ``is_watched``: there is an observer.
    """

    def __init__(self, observer: Observer | None = None) -> None:
        self.size = ROOTS
        self.is_watched = observer is not None
        self.free = FreeNames()
        self._observer = observer

    def value(self, node: ast.Node, scope: Scope) -> Eval:
        """The closure that answers the value of a node."""
        if self._observer is not None:
            return self._observer.node(node, self._build(node, scope))
        return fused(node, scope) or self._build(node, scope)

    def test(self, node: ast.Node, scope: Scope) -> Test:
        """The closure that answers the truth of a node."""
        if self._observer is None:
            node = _as_condition(node)
        closure = self.value(node, scope)
        return closure if _is_boolean(node) else lambda frame: truth(closure(frame))

    def _build(self, node: ast.Node, scope: Scope) -> Eval:
        match node:
            case ast.Literal():
                return constant(node.value)
            case ast.Parameter() | ast.Variable() | ast.Field():
                return self._path(node, scope)
            case ast.Apply():
                return BUILDERS[node.function](self, node, scope)
            case ast.ListOf():
                return self._list(node, scope)
            case ast.ObjectOf():
                return self._object(node, scope)
            case ast.Select():
                return clauses.select(self, node, scope)
            case ast.Quantified():
                return clauses.quantified(self, node, scope)
            case ast.Let():
                return self._let(node, scope)
            case ast.TimeWord():
                return times.word(self, node, scope)
            case ast.Occurs():
                return times.occurs(self, node, scope)
            case ast.Chain():
                return chains.chain(self, node, scope)
        raise AssertionError(f"{type(node).__name__} cannot stand alone")  # check() has refused it

    def _path(self, node: ast.Node, scope: Scope) -> Eval:
        head, names = steps_of(node)
        if not isinstance(head, ast.Parameter | ast.Variable):
            start, follow = self.value(head, scope), path(None, names)
            return lambda frame: follow(start(frame))
        key = key_of(head)
        if key is None:
            return constant(None)
        if key == PROFILE and names[:1] == ("xEvent",):
            key, names = EVENTS, names[1:]
        return path(None if scope.direct == key else scope.slots[key], names)

    def _list(self, node: ast.ListOf, scope: Scope) -> Eval:
        items = [self.value(item, scope) for item in node.items]
        return lambda frame: [item(frame) for item in items]

    def _object(self, node: ast.ObjectOf, scope: Scope) -> Eval:
        entries = [(key, self.value(value, scope)) for key, value in node.entries]
        return lambda frame: {key: value(frame) for key, value in entries}

    def _let(self, node: ast.Let, scope: Scope) -> Eval:
        value = self.value(node.value, scope)
        bind = self._bound((node.name,), self.free.of(node.body), scope, lambda inner: self.value(node.body, inner))
        return lambda frame: bind(frame)(value(frame))

    def function(self, node: ast.Node, scope: Scope, build: Callable[[ast.Node, Scope], Eval]) -> Bind:
        """A function of the tree as an element expression; ``build`` is ``self.value`` or ``self.test``."""
        assert isinstance(node, ast.Function)
        return self.element(node, node.params, self.free.of(node.body), scope, lambda inner: build(node.body, inner))

    def element(
        self,
        origin: Origin,
        names: tuple[str, ...],
        needs: frozenset[Key],
        scope: Scope,
        build: Callable[[Scope], Eval],
    ) -> Bind:
        """An expression over names that are bound to elements. ``needs`` are all names it depends on."""
        bind, observer = self._bound(names, needs, scope, build), self._observer
        return bind if observer is None else lambda frame: observer.element(origin, bind(frame))

    def _bound(
        self, names: tuple[str, ...], needs: frozenset[Key], scope: Scope, build: Callable[[Scope], Eval]
    ) -> Bind:
        if len(names) == 1 and needs <= {names[0]}:
            direct = build(Scope({}, names[0]))
            return lambda frame: direct
        inner, lift = self.slotted(scope)
        slot, inner = self.declare(names, inner)
        body = build(inner)

        def bind(frame: Frame) -> Callable[..., Any]:
            slots = lift(frame)

            def call(*values: Any) -> Any:
                slots[slot : slot + len(values)] = values
                return body(slots)

            return call

        return bind

    def slotted(self, scope: Scope) -> tuple[Scope, Callable[[Frame], list[Any]]]:
        """A scope that can hold variables, and how to make its frame from a frame of the given scope."""
        if scope.direct is None:
            return scope, lambda frame: frame
        slot, inner = self.declare((scope.direct,), Scope({}))

        def lift(value: Frame) -> list[Any]:
            slots = [None] * self.size
            slots[slot] = value
            return slots

        return inner, lift

    def declare(self, names: tuple[Key, ...], scope: Scope) -> tuple[int, Scope]:
        """Slots for variables: the first of them, and the scope that knows them."""
        slot = self.size
        self.size += len(names)
        return slot, scope.binding(names, slot)


def _as_condition(node: ast.Node) -> ast.Node:
    """A filter or select where only its truth is asked: whether some element passes, which stops at the first."""
    match node:
        case ast.Apply(function="filter"):
            return ast.Apply("exists", node.params, at=node.at)
        case ast.Select():
            return ast.Quantified("some", node.variables, at=node.at)
        case _:
            return node


def _is_boolean(node: ast.Node) -> bool:
    match node:
        case ast.Apply():
            return FUNCTIONS[node.function].result == "boolean"
        case ast.Quantified() | ast.Occurs() | ast.Chain():
            return True
        case ast.Literal():
            return isinstance(node.value, bool)
        case _:
            return False
