"""Columns: which Parquet types a set of JSON rows needs.

JSON promises nothing about types, Parquet everything. Each place of the rows is one ``Column``, which first sees all
values there and then says what holds them. Where values disagree, and where Parquet has no type (an object that is
always empty, a nesting of more than 30 levels), the column is text that holds JSON: every value is kept and can be read
back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: XDM's open maps, whose keys are data: how many levels of keys they have.
MAP_LEVELS: Mapping[str, int] = {"identityMap": 1, "segmentMembership": 2}

#: Deeper than this, a value is written as JSON text; readers refuse schemas of 100 levels.
MAX_DEPTH = 30

_EXACT_IN_DOUBLE = 1 << 53
_INT64 = 1 << 63


class Column:
    """The values at one place of all rows; ``map_levels`` is how many levels of keys there are data, not names."""

    __slots__ = ("_depth", "_elements", "_fields", "_kinds", "_map_levels")

    def __init__(self, depth: int = 0, map_levels: int = 0) -> None:
        self._depth = depth
        self._map_levels = map_levels
        self._kinds: set[str] = set()
        self._fields: dict[str, Column] = {}
        self._elements: Column | None = None

    def see(self, value: Any) -> None:
        """Take note of one more value."""
        if value is None:
            return
        kind = _kind(value)
        self._kinds.add(kind)
        if kind not in ("list", "object") or self._depth == MAX_DEPTH:
            return
        if kind == "list" or self._map_levels:
            elements = self._of_elements()
            for element in value if kind == "list" else value.values():
                elements.see(element)
        else:
            see_members(self._fields, value, self._depth + 1)

    def _of_elements(self) -> Column:
        if self._elements is None:
            self._elements = Column(self._depth + 1, max(0, self._map_levels - 1))
        return self._elements

    @property
    def form(self) -> str:
        """What holds all values seen: bool, int, double, text, json, list, map or struct."""
        kinds = self._kinds
        if not kinds:
            return "text"
        if kinds <= {"int", "long"}:
            return "int"
        if kinds == {"int", "double"}:
            return "double"
        if len(kinds) > 1 or "huge" in kinds:
            return "json"
        (kind,) = kinds
        if kind in ("list", "object") and self._depth == MAX_DEPTH:
            return "json"
        if kind == "object":
            return "map" if self._map_levels else "struct" if self._fields else "json"
        return kind

    def arrow_type(self) -> Any:
        """Answer the type for ``pyarrow``."""
        import pyarrow

        match self.form:
            case "bool":
                return pyarrow.bool_()
            case "int":
                return pyarrow.int64()
            case "double":
                return pyarrow.float64()
            case "list":
                return pyarrow.list_(self._of_elements().arrow_type())
            case "map":
                return pyarrow.map_(pyarrow.string(), self._of_elements().arrow_type())
            case "struct":
                return pyarrow.struct([(as_utf8(name), column.arrow_type()) for name, column in self._fields.items()])
        return pyarrow.string()

    def fitting(self) -> Callable[[Any], Any]:
        """Answer the function that turns a value of this column, null included, into what ``pyarrow`` takes for it."""
        match self.form:
            case "json":
                return lambda value: None if value is None else json.dumps(value)
            case "text":
                return lambda value: None if value is None else as_utf8(value)
            case "double":
                return lambda value: None if value is None else float(value)
            case "list":
                element = self._of_elements().fitting()
                return lambda value: None if value is None else [element(each) for each in value]
            case "map":
                entry = self._of_elements().fitting()
                return lambda value: (
                    None if value is None else [(as_utf8(key), entry(each)) for key, each in value.items()]
                )
            case "struct":
                members = [(name, as_utf8(name), column.fitting()) for name, column in self._fields.items()]
                return lambda value: (
                    None if value is None else {written: fit(value.get(name)) for name, written, fit in members}
                )
        return lambda value: value


def see_members(columns: dict[str, Column], members: Mapping[str, Any], depth: int = 0) -> None:
    """Let each of ``columns``, made where missing, take note of its value among ``members``."""
    for name, value in members.items():
        column = columns.get(name)
        if column is None:
            column = columns[name] = Column(depth, MAP_LEVELS.get(name, 0))
        column.see(value)


def columns_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, Column]:
    """Answer the columns that hold ``rows``, by name, in the order in which they first occur."""
    columns: dict[str, Column] = {}
    for row in rows:
        see_members(columns, row)
    return columns


def as_utf8(text: str) -> str:
    """Answer ``text`` with what UTF-8 cannot carry, lone surrogates, spelled out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


_KINDS: Mapping[type, str] = {bool: "bool", float: "double", str: "text", dict: "object", list: "list"}


def _kind(value: Any) -> str:
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, int):
        size = abs(value)
        return "int" if size <= _EXACT_IN_DOUBLE else "long" if size < _INT64 else "huge"
    return "object" if isinstance(value, Mapping) else "list"
