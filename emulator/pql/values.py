"""The semantics of values: null, truth, equality, order, coercion, text and numbers. Nothing here knows of trees.

Values at run time are those of JSON (``None``, ``bool``, ``int``, ``float``, ``str``, lists and mappings) and
``Timestamp`` and ``MapEntry``. The rules, documented and decided, are listed in ``docs/pql.md``.
"""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.pql.instants import Timestamp, format_instant, parse_instant

Value = Any
"""A value of PQL at run time."""

_NUMERIC = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
NUMBERS = frozenset([int, float])
"""The classes of numbers, of which a boolean is none."""

_PLAIN = frozenset([str, int, float, bool])
_LARGEST = 1023  # bits of the largest integer a double can stand for


@dataclass(frozen=True, slots=True)
class MapEntry:
    """What ``mapEntry(k, v)`` makes. ``key`` is None when k cannot be a key; ``map`` leaves such entries out."""

    key: str | None
    value: Value


def is_list(value: Value) -> bool:
    """Whether a value is a list. Tuples count: they are how callers may hold events."""
    return isinstance(value, list | tuple)


def is_map(value: Value) -> bool:
    """Whether a value is a map or object."""
    return isinstance(value, Mapping)


def is_number(value: Value) -> bool:
    """Whether a value is an integer or double. Python's booleans are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(value: Value) -> int | None:
    """A whole number as an integer, or None."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def truth(value: Value) -> bool:
    """Truth of a value: a boolean is itself, null is false, a list is true if not empty, all else is true."""
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    return len(value) > 0 if is_list(value) else True


def as_list(value: Value) -> Sequence[Value]:
    """A value where a list is wanted: null is empty, and a single value is a list of one."""
    if value.__class__ is list or value.__class__ is tuple:
        return value
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def field(value: Value, name: str) -> Value:
    """One step of a path. On a list it is a projection: the step on every element, without nulls, lists spliced in.

    ``xdm:name`` is looked up as written, then without its prefix.
    """
    if isinstance(value, Mapping):
        found = value.get(name)
        return value.get(name[4:]) if found is None and name.startswith("xdm:") else found
    return project(value, lambda element: field(element, name)) if is_list(value) else None


def project(values: Iterable[Value], step: Callable[[Value], Value]) -> list[Value]:
    """A step applied to every element: nulls are dropped and lists are spliced in, in order."""
    found: list[Value] = []
    for value in values:
        stepped = step(value)
        if is_list(stepped):
            found.extend(element for element in stepped if element is not None)
        elif stepped is not None:
            found.append(stepped)
    return found


def instant_of(value: Value) -> int | None:
    """A value as an instant in epoch milliseconds, or None if it cannot be read as one.

    Strings are read as RFC 3339, numbers are epoch milliseconds, and an object stands for its ``timestamp``.
    """
    if isinstance(value, str):
        return parse_instant(value)
    if isinstance(value, Timestamp):
        return value.ms
    if value.__class__ is dict or isinstance(value, Mapping):
        inner = value.get("timestamp")
        return None if isinstance(inner, Mapping) else instant_of(inner)
    return math.floor(value) if is_number(value) and math.isfinite(value) else None


def text_of(value: Value) -> str | None:
    """A value as text where a string is wanted; None for null, lists and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return format_instant(value.ms) if isinstance(value, Timestamp) else None


def numeric(text: str) -> int | float | None:
    """The number a numeric string stands for, or None."""
    if _NUMERIC.fullmatch(text) is None:
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    return number if "." in text or "e" in text or "E" in text else int(number) if abs(number) < 2**53 else int(text)


def _alike(a: Value, b: Value) -> tuple[Value, Value] | None:
    """Two scalars brought to one type that Python can compare, or None.

    A timestamp makes both sides instants, one of which may be None; a number reads a numeric string, a boolean
    ``"true"`` and ``"false"``.
    """
    if isinstance(a, Timestamp) or isinstance(b, Timestamp):
        return instant_of(a), instant_of(b)
    if isinstance(a, str):
        if isinstance(b, str):
            return a, b
        swapped = _alike(b, a)
        return swapped and (swapped[1], swapped[0])
    if isinstance(a, bool):
        if isinstance(b, bool):
            return a, b
        return (a, b == "true") if b in ("true", "false") else None
    if is_number(a):
        if is_number(b):
            return a, b
        number = numeric(b) if isinstance(b, str) else None
        return None if number is None else (a, number)
    return None


def equal(a: Value, b: Value) -> bool:
    """``a = b``: neither is null, and they are equal. A list equals a scalar if any of its elements does."""
    if a.__class__ is b.__class__ and a.__class__ in _PLAIN:
        return bool(a == b)
    if a is None or b is None:
        return False
    if is_list(a):
        return same_elements(a, b) if is_list(b) else any(equal(element, b) for element in a)
    if is_list(b):
        return any(equal(a, element) for element in b)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return all(same(a.get(key), b.get(key)) for key in {**a, **b})
    if isinstance(a, MapEntry):
        return isinstance(b, MapEntry) and a.key == b.key and same(a.value, b.value)
    pair = _alike(a, b)
    return pair is not None and pair[0] is not None and bool(pair[0] == pair[1])


def not_equal(a: Value, b: Value) -> bool:
    """``a != b``: neither is null, and they are not equal. A list differs from a scalar if any of its elements does."""
    if a is None or b is None:
        return False
    if is_list(a) and not is_list(b):
        return any(not_equal(element, b) for element in a)
    if is_list(b) and not is_list(a):
        return any(not_equal(a, element) for element in b)
    if isinstance(a, Timestamp) or isinstance(b, Timestamp):
        first, second = instant_of(a), instant_of(b)
        return first is not None and second is not None and first != second
    return not equal(a, b)


def same(a: Value, b: Value) -> bool:
    """Equality of members and elements: as ``equal``, but null is null, and a list never equals a scalar."""
    if a is None or b is None:
        return a is b
    return is_list(a) == is_list(b) and equal(a, b)


def same_elements(a: Sequence[Value], b: Sequence[Value]) -> bool:
    """Whether two lists have the same elements with the same multiplicity, in any order."""
    if len(a) != len(b):
        return False
    if all(isinstance(element, str) for element in (*a, *b)) or all(map(is_number, (*a, *b))):
        return sorted(a) == sorted(b)
    rest = list(b)
    for element in a:
        for index, candidate in enumerate(rest):
            if same(element, candidate):
                del rest[index]
                break
        else:
            return False
    return True


def alike_in_order(a: Value, b: Value) -> tuple[Value, Value] | None:
    """Two scalars as a pair that Python can order, or None: booleans and objects have no order.

    Two strings that both read as date-times are ordered as instants.
    """
    if isinstance(a, bool) or isinstance(b, bool):
        return None
    pair = _alike(a, b)
    if pair is None or pair[0] is None or pair[1] is None:
        return None
    if isinstance(a, str) and isinstance(b, str):
        first = parse_instant(a)
        second = parse_instant(b) if first is not None else None
        return pair if second is None else (first, second)
    return pair


def _ordering(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def ordered(a: Value, b: Value) -> bool:
        if is_list(a):
            return not is_list(b) and any(ordered(element, b) for element in a)
        if is_list(b):
            return any(ordered(a, element) for element in b)
        pair = alike_in_order(a, b)
        return pair is not None and compare(*pair)

    return ordered


NATIVE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""Comparison operator -> Python's, for two values of the same type."""

COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    **{name: _ordering(compare) for name, compare in NATIVE.items()},
    "=": equal,
    "!=": not_equal,
}
"""Comparison operator -> its test of two values."""


class Membership:
    """The question whether a value equals some element of a list, in about constant time for strings and numbers."""

    __slots__ = ("_numbers", "_others", "_strings")

    def __init__(self, elements: Iterable[Value]) -> None:
        self._strings: set[str] = set()
        self._numbers: set[int | float] = set()
        self._others: list[Value] = []
        for element in elements:
            self.add(element)

    def add(self, element: Value) -> None:
        """One more element."""
        if isinstance(element, str):
            self._strings.add(element)
        elif is_number(element):
            self._numbers.add(element)
        elif element is not None:
            self._others.append(element)

    def has(self, value: Value) -> bool:
        """Whether some element equals the value; for a list, whether one of its elements does."""
        if value is None:
            return False
        if isinstance(value, str):
            number = numeric(value) if self._numbers else None
            known = value in self._strings or (number is not None and number in self._numbers)
        elif is_number(value):
            known = value in self._numbers or any(equal(value, text) for text in self._strings)
        elif is_list(value):
            return any(self.has(element) for element in value)
        else:
            known = any(equal(value, element) for element in (*self._strings, *self._numbers))
        return known or any(equal(value, element) for element in self._others)


def bounded(number: int | float) -> int | float | None:
    """A number, or null if it is beyond the range of a double."""
    if isinstance(number, int):
        return number if number.bit_length() <= _LARGEST else None
    return number if math.isfinite(number) else None


def _arithmetic(compute: Callable[[Any, Any], int | float]) -> Callable[[Value, Value], int | float | None]:
    def applied(a: Value, b: Value) -> int | float | None:
        if not is_number(a) or not is_number(b):
            return None
        try:
            return bounded(compute(a, b))
        except (ArithmeticError, ValueError):
            return None

    return applied


def _remainder(a: int | float, b: int | float) -> int | float:
    if isinstance(a, int) and isinstance(b, int):
        remainder = abs(a) % abs(b)
        return -remainder if a < 0 else remainder
    return math.fmod(a, b)


ARITHMETIC: dict[str, Callable[[Value, Value], int | float | None]] = {
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(operator.truediv),
    "%": _arithmetic(_remainder),
}
"""Arithmetic operator -> its function of two values; null unless both are numbers and the result is one."""


def sorted_events(events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """ExperienceEvents in the order of ``xEvent``: by timestamp, ties in the given order, unreadable times first."""

    def key(event: Mapping[str, Any]) -> tuple[bool, int]:
        instant = instant_of(event)
        return instant is not None, instant or 0

    return sorted(events, key=key)


def to_wire(value: Value) -> Any:
    """A value as JSON: a timestamp becomes RFC 3339 text, a map entry an object of ``key`` and ``value``."""
    if isinstance(value, Timestamp):
        return format_instant(value.ms)
    if isinstance(value, MapEntry):
        return {"key": value.key, "value": to_wire(value.value)}
    if isinstance(value, Mapping):
        return {key: to_wire(member) for key, member in value.items()}
    return [to_wire(element) for element in value] if is_list(value) else value
