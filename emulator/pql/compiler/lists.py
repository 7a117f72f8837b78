"""Closures of the functions on lists and maps."""

from collections.abc import Callable, Iterable, Sequence
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Apply, Function, ListOf, Literal, Node
from emulator.pql.compiler.scope import Eval, Frame, Scope, Test
from emulator.pql.compiler.strict import Builder, strict
from emulator.pql.values import (
    NUMBERS,
    MapEntry,
    Membership,
    alike_in_order,
    as_list,
    is_list,
    is_map,
    project,
    same,
    text_of,
    whole,
)

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Bind, Compiler


def some(source: Eval, bind: "Bind") -> Test:
    """Whether the call is true for some element."""

    def run(frame: Frame) -> bool:
        call = bind(frame)
        for value in as_list(source(frame)):  # noqa: SIM110  # a generator costs more than a short list
            if call(value):
                return True
        return False

    return run


def every(source: Eval, bind: "Bind") -> Test:
    """Whether the call is true for every element."""

    def run(frame: Frame) -> bool:
        call = bind(frame)
        return all(call(value) for value in as_list(source(frame)))

    return run


def kept(source: Eval, bind: "Bind") -> Eval:
    """The elements for which the call is true."""

    def run(frame: Frame) -> list[Any]:
        call = bind(frame)
        return [value for value in as_list(source(frame)) if call(value)]

    return run


def mapped(source: Eval, bind: "Bind") -> Eval:
    """What the call makes of every element."""

    def run(frame: Frame) -> list[Any]:
        call = bind(frame)
        return [call(value) for value in as_list(source(frame))]

    return run


def judged(build: Callable[[Eval, "Bind"], Eval]) -> Builder:
    """The builder of a function of a list and a condition on its elements."""
    return lambda compiler, node, scope: build(
        compiler.value(node.params[0], scope), compiler.function(node.params[1], scope, compiler.test)
    )


def exists(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``a.exists(expr)``, ``a.exists()``."""
    build = judged(some) if len(node.params) == 2 else strict(lambda values: len(as_list(values)) > 0)
    return build(compiler, node, scope)


def map_(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
    """``a.map(expr)``, ``m.map((K, V) => expr)``."""
    source = compiler.value(node.params[0], scope)
    function = node.params[1]
    assert isinstance(function, Function)
    bind = compiler.function(function, scope, compiler.value)
    if len(function.params) == 1:
        return mapped(source, bind)

    def run(frame: Frame) -> Any:
        mapping = source(frame)
        if mapping is None:
            return {}
        if not is_map(mapping):
            return None
        call = bind(frame)
        results = [call(key, value) for key, value in mapping.items()]
        if not all(isinstance(result, MapEntry) for result in results):
            return results
        return {entry.key: entry.value for entry in results if entry.key is not None}

    return run


def group_by(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
    """``a.groupBy(expr)``."""
    source = compiler.value(node.params[0], scope)
    bind = compiler.function(node.params[1], scope, compiler.value)

    def run(frame: Frame) -> dict[str, list[Any]]:
        groups: dict[str, list[Any]] = {}
        call = bind(frame)
        for value in as_list(source(frame)):
            key = call(value)
            if key.__class__ is not str:
                key = text_of(key)
            if key is not None:
                groups.setdefault(key, []).append(value)
        return groups

    return run


def ranking(*, largest: bool) -> Builder:
    """``topN`` and ``bottomN``."""

    def build(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
        source = compiler.value(node.params[0], scope)
        bind = compiler.function(node.params[1], scope, compiler.value)
        count = compiler.value(node.params[2], scope)

        def run(frame: Frame) -> list[Any]:
            wanted = whole(count(frame)) or 0
            call = bind(frame)
            values = as_list(source(frame))
            return _ranked(values, [call(value) for value in values], largest=largest)[: max(wanted, 0)]

        return run

    return build


def _ranked(values: Sequence[Any], keys: list[Any], *, largest: bool) -> list[Any]:
    if NUMBERS.issuperset(map(type, keys)):
        places = sorted(range(len(keys)), key=keys.__getitem__, reverse=largest)
        return [values[place] for place in places]
    first = next((key for key in keys if alike_in_order(key, key)), None)
    with_key: list[tuple[Any, Any]] = []
    without: list[tuple[Any, Any]] = []
    for value, key in zip(values, keys, strict=True):
        (with_key if alike_in_order(key, first) else without).append((value, key))
    in_order = cmp_to_key(_compare)
    with_key.sort(key=lambda pair: in_order(pair[1]), reverse=largest)
    return [value for value, _ in with_key + without]


def _compare(a: Any, b: Any) -> int:
    pair = alike_in_order(a, b)
    return 0 if pair is None else int(pair[0] > pair[1]) - int(pair[0] < pair[1])


def distinct(values: Iterable[Any]) -> list[Any]:
    """First occurrences, in order; one null is kept."""
    kept_values: list[Any] = []
    seen = Membership(())
    lists: list[Any] = []
    null_seen = False
    for value in values:
        if value is None:
            known, null_seen = null_seen, True
        elif is_list(value):
            known = any(same(value, other) for other in lists)
            if not known:
                lists.append(value)
        else:
            known = seen.has(value)
            if not known:
                seen.add(value)
        if not known:
            kept_values.append(value)
    return kept_values


def _head(values: Any) -> Any:
    elements = values if values.__class__ is list else as_list(values)
    return elements[0] if elements else None


def _keys(mapping: Any) -> Any:
    return list(mapping) if is_map(mapping) else None


def _values(mapping: Any) -> Any:
    return list(mapping.values()) if mapping.__class__ is dict or is_map(mapping) else None


def intersection(a: Any, b: Any) -> list[Any]:
    """Elements of a that are in b, without repeats, in the order of a."""
    known = Membership(as_list(b))
    return distinct(value for value in as_list(a) if known.has(value))


def intersects(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``a.intersects(b)``: whether some element is common; false if a side is null."""
    first, second = (compiler.value(param, scope) for param in node.params)
    known = _known(node.params[1])
    if known is not None:
        return lambda frame: any(map(known, as_list(first(frame))))
    return lambda frame: any(map(Membership(as_list(second(frame))).has, as_list(first(frame))))


def _known(node: Node) -> Callable[[Any], bool] | None:
    """Whether a value is in a list that is written out; None if the list is not."""
    if isinstance(node, ListOf) and all(isinstance(item, Literal) for item in node.items):
        return Membership(item.value for item in node.items if isinstance(item, Literal)).has
    return None


def subset_of(a: Any, b: Any) -> bool:
    """Whether every element of a is in b; false if a side is null."""
    if a is None or b is None:
        return False
    known = Membership(as_list(b))
    return all(known.has(value) for value in as_list(a))


def _get(mapping: Any, key: Any) -> Any:
    name = text_of(key)
    if name is None:
        return None
    if is_list(mapping):
        return project(mapping, lambda element: _get(element, name))
    return mapping.get(name) if is_map(mapping) else None


def membership(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``v in list`` and ``v notIn list``."""
    left, right = node.params
    value = compiler.value(left, scope)
    negative = node.function == "notIn"
    has = _known(right)
    if has is not None:
        if not negative:
            return lambda frame: has(value(frame))

        def lacks(frame: Frame) -> bool:
            found = value(frame)
            return found is not None and not has(found)

        return lacks
    elements = compiler.value(right, scope)

    def run(frame: Frame) -> bool:
        found, others = value(frame), elements(frame)
        if found is None or others is None:
            return False
        return Membership(as_list(others)).has(found) != negative

    return run


LIST_BUILDERS: dict[str, Builder] = {
    "in": membership,
    "notIn": membership,
    "intersects": intersects,
    "intersection": strict(intersection),
    "subsetOf": strict(subset_of),
    "supersetOf": strict(lambda a, b: subset_of(b, a)),
    "includes": strict(lambda values, value: value is not None and Membership(as_list(values)).has(value)),
    "distinct": strict(lambda values: distinct(as_list(values))),
    "head": strict(_head),
    "groupBy": group_by,
    "filter": judged(kept),
    "map": map_,
    "mapEntry": strict(lambda key, value: MapEntry(text_of(key), value)),
    "exists": exists,
    "forall": judged(every),
    "topN": ranking(largest=True),
    "bottomN": ranking(largest=False),
    "get": strict(_get),
    "keys": strict(_keys),
    "values": strict(_values),
}
"""Function of lists and maps -> its builder."""
