"""Closures of select, exists and forall: a clause is an element expression whose body holds the later clauses."""

from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Declaration, Quantified, Select
from emulator.pql.compiler.lists import every, kept, some
from emulator.pql.compiler.scope import Eval, Frame, Scope, Test
from emulator.pql.values import as_list

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler


def quantified(compiler: "Compiler", node: Quantified, scope: Scope) -> Eval:
    """``exists`` and ``forall``."""
    return _quantified(compiler, node.variables, scope, universal=node.quantifier == "all")


def _quantified(compiler: "Compiler", variables: tuple[Declaration, ...], scope: Scope, *, universal: bool) -> Test:
    first, *later = variables
    rest = tuple(later)
    source = compiler.value(first.source, scope)

    def build(inner: Scope) -> Test:
        conditions = [] if first.condition is None else [compiler.test(first.condition, inner)]
        if rest:
            conditions.append(_quantified(compiler, rest, inner, universal=universal))
        return _all_of(conditions)

    needs = compiler.free.of_clause_body(first, rest)
    bind = compiler.element(first, (first.name,), needs, scope, build)
    return every(source, bind) if universal else some(source, bind)


def _all_of(conditions: list[Test]) -> Test:
    if not conditions:
        return lambda frame: True
    first, *rest = conditions
    if not rest:
        return first
    second = rest[0]
    return lambda frame: first(frame) and second(frame)


def select(compiler: "Compiler", node: Select, scope: Scope) -> Eval:
    """``select``: the elements themselves, or for several variables an object from name to element."""
    first, *later = node.variables
    if not later:
        source, condition = compiler.value(first.source, scope), first.condition
        if condition is None:
            return lambda frame: list(as_list(source(frame)))
        needs = compiler.free.of(condition)
        bind = compiler.element(first, (first.name,), needs, scope, lambda inner: compiler.test(condition, inner))
        return kept(source, bind)
    names = [declaration.name for declaration in node.variables]
    rows = _rows(compiler, node.variables, scope)
    return lambda frame: [dict(zip(names, row, strict=True)) for row in rows(frame)]


def _rows(compiler: "Compiler", variables: tuple[Declaration, ...], scope: Scope) -> Eval:
    """The tuples that satisfy clauses, in nested-loop order."""
    first, *later = variables
    rest = tuple(later)
    source = compiler.value(first.source, scope)

    def build(inner: Scope) -> Eval:
        condition = None if first.condition is None else compiler.test(first.condition, inner)
        rows_after = _rows(compiler, rest, inner) if rest else None

        def endings(frame: Frame) -> list[tuple[Any, ...]]:
            if condition is not None and not condition(frame):
                return []
            return [()] if rows_after is None else rows_after(frame)

        return endings

    bind = compiler.element(first, (first.name,), compiler.free.of_clause_body(first, rest), scope, build)

    def rows(frame: Frame) -> list[tuple[Any, ...]]:
        call = bind(frame)
        return [(value, *ending) for value in as_list(source(frame)) for ending in call(value)]

    return rows
