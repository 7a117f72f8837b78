"""Closures of select, exists and forall: a clause is an element expression whose body holds the later clauses."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Declaration, Quantified, Select, literal
from emulator.pql.compiler.lists import every, kept, some
from emulator.pql.compiler.paths import constant
from emulator.pql.compiler.scope import Eval, Frame, Scope, Test
from emulator.pql.values import as_list

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler


_TRUE = literal(True)


def quantified(compiler: "Compiler", node: Quantified, scope: Scope) -> Test:
    """``exists`` and ``forall``."""
    first, *later = node.variables
    source = compiler.value(first.source, scope)

    def build(inner: Scope) -> Test:
        condition = compiler.test(first.condition or _TRUE, inner)
        if not later:
            return condition
        following = quantified(compiler, Quantified(node.quantifier, tuple(later)), inner)
        return lambda frame: condition(frame) and following(frame)

    bind = compiler.element(first, (first.name,), compiler.free.of_clause_body(first, later), scope, build)
    return every(source, bind) if node.quantifier == "all" else some(source, bind)


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


def _rows(compiler: "Compiler", variables: Sequence[Declaration], scope: Scope) -> Eval:
    """The tuples that satisfy clauses, in nested-loop order."""
    first, *later = variables
    source = compiler.value(first.source, scope)

    def build(inner: Scope) -> Eval:
        condition = compiler.test(first.condition or _TRUE, inner)
        following = _rows(compiler, later, inner) if later else constant([()])
        return lambda frame: following(frame) if condition(frame) else []

    bind = compiler.element(first, (first.name,), compiler.free.of_clause_body(first, later), scope, build)

    def rows(frame: Frame) -> list[tuple[Any, ...]]:
        call = bind(frame)
        return [(value, *ending) for value in as_list(source(frame)) for ending in call(value)]

    return rows
