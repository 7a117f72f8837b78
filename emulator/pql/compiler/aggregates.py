"""Closures of count, sum, average, min and max, as methods and in their prefix form."""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Apply, Function
from emulator.pql.compiler.lists import mapped
from emulator.pql.compiler.scope import Eval, Frame, Scope
from emulator.pql.compiler.strict import Builder, strict
from emulator.pql.values import NUMBERS, alike_in_order, as_list, bounded, is_list, is_map, is_number

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler


def _aggregate(fold: Callable[[Sequence[Any]], Any]) -> Builder:
    def build(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
        values = _values(compiler, node, scope)
        return lambda frame: fold(values(frame))

    return build


def _values(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
    """What is aggregated: the elements, or the expression for each of them."""
    source = compiler.value(node.params[0], scope)
    if len(node.params) == 1:
        return lambda frame: as_list(source(frame))
    function = node.params[1]
    assert isinstance(function, Function)
    bind = compiler.function(function, scope, compiler.value)
    if len(function.params) == 1:
        return mapped(source, bind)

    def of_tuples(frame: Frame) -> list[Any]:
        call = bind(frame)
        return [call(*row.values()) for row in source(frame)]

    return of_tuples


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    """The values that are no lists, of lists in lists as well."""
    for value in values:
        if is_list(value):
            yield from _flat(value)
        else:
            yield value


def _sum(values: Iterable[Any]) -> int | float | None:
    total: int | float = 0
    try:
        for value in _flat(values):
            if is_number(value):
                total += value
        return bounded(total)
    except OverflowError:
        return None


def _average(values: Iterable[Any]) -> float | None:
    numbers = [value for value in _flat(values) if is_number(value)]
    total = _sum(numbers)
    return None if total is None or not numbers else total / len(numbers)


def _extreme(better: Callable[[Any, Any], bool]) -> Callable[[Sequence[Any]], Any]:
    """The best of the values that have an order and can be ordered against the first of them."""

    of_numbers = max if better is operator.gt else min

    def fold(values: Sequence[Any]) -> Any:
        are_flat = NUMBERS.issuperset(map(type, values))
        flat = values if are_flat else [value for value in _flat(values) if value is not None]
        if flat and (are_flat or NUMBERS.issuperset(map(type, flat))):
            return of_numbers(flat)
        ordered = (value for value in flat if alike_in_order(value, value))
        first = best = next(ordered, None)
        for value in ordered:
            pair = alike_in_order(value, best)
            if pair and alike_in_order(value, first) and better(*pair):
                best = value
        return best

    return fold


def count(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
    """``a.count()``: elements, or entries of a map; ``count E over ...``: tuples for which E is not null."""
    if len(node.params) == 1:
        return strict(_size)(compiler, node, scope)
    values = _values(compiler, node, scope)
    return lambda frame: sum(value is not None for value in values(frame))


def _size(value: Any) -> int:
    return len(value) if value.__class__ is list or is_map(value) else len(as_list(value))


FOLDS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "sum": _sum,
    "average": _average,
    "min": _extreme(operator.lt),
    "max": _extreme(operator.gt),
}
"""Aggregate -> what it makes of values."""

AGGREGATE_BUILDERS = {"count": count} | {name: _aggregate(fold) for name, fold in FOLDS.items()}
"""Aggregate -> its builder."""
