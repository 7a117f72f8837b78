"""Columns: which Parquet types a set of JSON rows needs.

JSON promises nothing about types, Parquet everything. Each place of the rows is one ``Column``, which first sees all
values there and then says what holds them. Where values disagree, and where Parquet has no type (an object that is
always empty, a nesting of more than 30 levels), the column is text that holds JSON: every value is kept and can be read
back.

A column takes its values many at a time, and hands all members of the same name on at once: so what is done with a
value is done in C, by ``map``, ``set`` and pyarrow.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate, chain, repeat
from operator import itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pyarrow

#: XDM's open maps, whose keys are data: how many levels of keys they have.
MAP_LEVELS: Mapping[str, int] = {"identityMap": 1, "segmentMembership": 2}

#: Deeper than this, a value is written as JSON text; readers refuse schemas of 100 levels.
MAX_DEPTH = 30

_EXACT_IN_DOUBLE = 1 << 53
_INT64 = 1 << 63


class Column:
    """The values at one place of all rows; ``map_levels`` is how many levels of keys there are data, not names.

    Rows come in chunks, each numbered. What was seen of a chunk is kept until its array is made.
    """

    def __init__(self, depth: int = 0, map_levels: int = 0) -> None:
        self._depth = depth
        self._map_levels = map_levels
        self._kinds: set[str] = set()
        self._fields: dict[str, Column] = {}
        self._elements: Column | None = None
        self._seen: dict[int, Sequence[Any]] = {}

    def see(self, values: Sequence[Any], chunk: int = 0) -> None:
        """Take note of the values that it has in a chunk, nulls among them."""
        self._seen[chunk] = values
        for kind, alike in _by_kind(values).items():
            self._kinds.add(_size(alike) if kind == "int" else kind)
            if kind not in ("list", "object") or self._depth == MAX_DEPTH:
                continue
            if kind == "list":
                self._of_elements().see(list(chain.from_iterable(alike)), chunk)
            elif self._map_levels:
                self._of_elements().see(_entries(alike), chunk)
            else:
                see_members(self._fields, alike, chunk, self._depth + 1)

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

    def arrow_type(self) -> pyarrow.DataType:
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

    def array(self, chunk: int, length: int) -> pyarrow.Array:
        """Answer the values of a chunk as an array of its type; ``length`` nulls where it has seen none there.

        What was kept of the chunk is let go.
        """
        import pyarrow

        values = self._seen.pop(chunk, None)
        if values is None:
            return pyarrow.nulls(length, self.arrow_type())
        match self.form:
            case "json":
                return pyarrow.array([None if each is None else json.dumps(each) for each in values], pyarrow.string())
            case "text":
                return _texts(values)
            case "list":
                offsets, count = _offsets(values)
                elements = self._of_elements().array(chunk, count)
                return pyarrow.ListArray.from_arrays(offsets, elements, type=self.arrow_type())
            case "map":
                offsets, count = _offsets(values)
                keys = _texts(list(chain.from_iterable(each for each in values if each is not None)))
                elements = self._of_elements().array(chunk, count)
                return pyarrow.MapArray.from_arrays(offsets, keys, elements, type=self.arrow_type())
            case "struct":
                return self._struct(values, chunk)
        return pyarrow.array(values, self.arrow_type())

    def _struct(self, values: Sequence[Any], chunk: int) -> pyarrow.Array:
        import pyarrow

        present = len(values) - values.count(None)
        members = [column.array(chunk, present) for column in self._fields.values()]
        struct = pyarrow.StructArray.from_arrays(members, fields=list(self.arrow_type()))
        if present == len(values):
            return struct
        places = iter(range(present))
        return struct.take(pyarrow.array([None if each is None else next(places) for each in values], pyarrow.int32()))


def see_members(columns: dict[str, Column], objects: Sequence[Mapping[str, Any]], chunk: int, depth: int = 0) -> None:
    """Let each of ``columns``, made where missing, take note of its values among the members of ``objects``."""
    for name, values in _by_name(objects).items():
        column = columns.get(name)
        if column is None:
            column = columns[name] = Column(depth, MAP_LEVELS.get(name, 0))
        column.see(values, chunk)


def as_utf8(text: str) -> str:
    """Answer ``text`` with what UTF-8 cannot carry, lone surrogates, spelled out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _by_name(objects: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[Any]]:
    """Answer the members of ``objects`` by name, null where one has none of that name."""
    shapes = dict.fromkeys(map(tuple, objects))  # few, as a rule
    names = tuple(dict.fromkeys(chain.from_iterable(shapes)))
    if len(names) > 1 and set(map(len, shapes)) == {len(names)}:
        return dict(zip(names, zip(*map(itemgetter(*names), objects), strict=True), strict=True))
    if set(map(type, objects)) == {dict}:
        plain = cast("Sequence[dict[str, Any]]", objects)
        return {name: list(map(dict.get, plain, repeat(name))) for name in names}
    return {name: [each.get(name) for each in objects] for name in names}


def _by_kind(values: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Answer the values that are no null, in their order, by kind: bool, int, double, text, object or list."""
    types = set(map(type, values))
    if NoneType in types:
        types.remove(NoneType)
        values = [each for each in values if each is not None]
    if len(types) == 1:
        return {_kind(types.pop()): values}
    kinds = {each: _kind(each) for each in types}
    return {kind: [each for each in values if kinds[type(each)] == kind] for kind in kinds.values()}


def _kind(type: type) -> str:
    return next(kind for kind, base in _KINDS.items() if issubclass(type, base))


#: By kind the type of its values; anything else iterable is a list.
_KINDS: Mapping[str, type] = {
    "text": str,
    "bool": bool,
    "int": int,
    "double": float,
    "object": Mapping,
    "list": object,
}


def _size(integers: Collection[int]) -> str:
    """Answer what holds integers: exact in a double, in 64 bits, or in neither."""
    size = max(max(integers), -min(integers))
    return "int" if size <= _EXACT_IN_DOUBLE else "long" if size < _INT64 else "huge"


def _entries(objects: Iterable[Mapping[str, Any]]) -> list[Any]:
    return list(chain.from_iterable(each.values() for each in objects))


def _offsets(values: Sequence[Any]) -> tuple[pyarrow.Array, int]:
    """Answer where in all elements those of each list or map begin, null for a null, and how many there are."""
    import pyarrow

    if None not in values:
        ends = list(accumulate(map(len, values), initial=0))
        return pyarrow.array(ends, pyarrow.int32()), ends[-1]
    ends = list(accumulate((0 if each is None else len(each) for each in values), initial=0))
    starts = [None if each is None else start for start, each in zip(ends, [*values, ()], strict=True)]
    return pyarrow.array(starts, pyarrow.int32()), ends[-1]


def _texts(values: Sequence[str | None]) -> pyarrow.Array:
    import pyarrow

    try:
        return pyarrow.array(values, pyarrow.string())
    except UnicodeEncodeError:
        return pyarrow.array([None if each is None else as_utf8(each) for each in values], pyarrow.string())
