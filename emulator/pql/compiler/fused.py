"""Single closures for the commonest shapes of a condition, which are otherwise three or four closures deep.

They exist for speed alone, and only where the frame is the value whose field is read: ``age > 30``,
``homeAddress.country = "US"``, and ``orders.exists(price > 50)`` in any of its spellings. Whatever is not as expected,
they leave to the functions that carry the meaning.
"""

from collections.abc import Callable
from typing import Any

from emulator.pql.ast import Apply, Field, Function, Literal, Node, Quantified
from emulator.pql.compiler.paths import path_of
from emulator.pql.compiler.scope import Scope, Test
from emulator.pql.values import COMPARISONS, NATIVE, as_list, equal, field


def fused(node: Node, scope: Scope) -> Test | None:
    """The closure of a node of one of these shapes, or None."""
    match node:
        case Apply(function="exists", params=(source, Function(params=(element,), body=condition))):
            return _some(source, element, condition, scope)
        case Quantified(quantifier="some", variables=(declaration,)) if declaration.condition is not None:
            return _some(declaration.source, declaration.name, declaration.condition, scope)
        case Apply(function="=", params=(Field(), Literal(value=str() as text))):
            names = _path(node.params[0], scope)
            return _text_at(names[0], names[1], text) if len(names) == 2 else None
        case _:
            compared = _compared(node, scope)
            return None if compared is None else _number_at(*compared)


def _path(node: Node, scope: Scope) -> tuple[str, ...]:
    """The steps from the frame to a field, or none."""
    names = () if scope.direct is None else path_of(node, scope.direct) or ()
    return () if any(name.startswith("xdm:") for name in names) else names


def _compared(node: Node, scope: Scope) -> tuple[str, str, Any] | None:
    """Field, comparison and number, if a node compares a field of the frame with a literal number."""
    match node:
        case Apply(params=(left, Literal(type="Integer" | "Double") as number)) if node.function in COMPARISONS:
            names = _path(left, scope)
            return (names[0], node.function, number.value) if len(names) == 1 else None
    return None


def _text_at(first: str, second: str, text: str) -> Test:
    def test(frame: Any) -> bool:
        found = frame.get(first) if frame.__class__ is dict else field(frame, first)
        found = found.get(second) if found.__class__ is dict else field(found, second)
        if found.__class__ is str:
            return bool(found == text)
        return found is not None and equal(found, text)

    return test


def _number_at(name: str, comparison: str, number: float) -> Test:
    native, compare = NATIVE[comparison], COMPARISONS[comparison]

    def test(frame: Any) -> bool:
        found = frame.get(name) if frame.__class__ is dict else field(frame, name)
        if found.__class__ is int or found.__class__ is float:
            return native(found, number)
        return found is not None and compare(found, number)

    return test


def _some(source: Node, element: str, condition: Node, scope: Scope) -> Test | None:
    names = _path(source, scope)
    compared = _compared(condition, Scope({}, element))
    if len(names) != 1 or compared is None:
        return None
    list_name = names[0]
    name, comparison, number = compared
    native: Callable[[Any, Any], bool] = NATIVE[comparison]
    compare = COMPARISONS[comparison]

    def test(frame: Any) -> bool:
        values = frame.get(list_name) if frame.__class__ is dict else field(frame, list_name)
        for value in values if values.__class__ is list else as_list(values):
            found = value.get(name) if value.__class__ is dict else field(value, name)
            if found.__class__ is int or found.__class__ is float:
                if native(found, number):
                    return True
            elif found is not None and compare(found, number):
                return True
        return False

    return test
