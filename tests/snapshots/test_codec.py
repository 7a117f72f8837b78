"""Every record survives being written and read, whatever its fields hold; a new field cannot be forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from emulator.faults.plan import Count
from emulator.faults.rules import FaultRule
from emulator.resources.durations import Durations
from emulator.resources.events import Event
from emulator.resources.population import Population
from emulator.resources.space import Sandbox, Space
from emulator.resources.tables import Table
from emulator.simulation.clock import ClockState
from emulator.simulation.instants import LATEST
from emulator.snapshots import SnapshotError, codec, documents
from tests.for_each import for_each

TABLES = {
    name: hint
    for name, hint in get_type_hints(Space, localns=documents._RECORDS).items()
    if issubclass(get_origin(hint) or object, Table)
}
ROOTS = (*TABLES.values(), Population, Sandbox, Event, Durations, ClockState, FaultRule, Count)


def members(record: Any) -> dict[str, Any]:
    """Answer what each record of a kind has for itself, by name, with its type."""
    names = record.__struct_fields__ if issubclass(record, Struct) else record._fields
    return {name: hint for name, hint in get_type_hints(record).items() if name in names}


def reachable(*roots: Any) -> list[type]:
    """Answer the records and named tuples that type hints lead to."""
    found: list[type] = []

    def visit(hint: Any) -> None:
        for argument in get_args(hint):
            visit(argument)
        is_record = isinstance(hint, type) and (issubclass(hint, Struct) or hasattr(hint, "_fields"))
        if is_record and hint not in found:
            found.append(hint)
            for each in members(hint).values():
                visit(each)

    for root in roots:
        visit(root)
    return found


TEXTS = st.text(st.characters(), max_size=6)  # lone surrogates as well
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda nested: st.lists(nested, max_size=3) | st.dictionaries(TEXTS, nested, max_size=3),
    max_leaves=5,
)
SCALARS: Mapping[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(codec.EARLIEST, LATEST),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=6),
    NoneType: st.none(),
    Any: JSON,
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Answer a strategy for values of a type hint."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in SCALARS:
        return SCALARS[hint]
    if origin in (Union, UnionType):
        return st.one_of([values(each) for each in arguments])
    if origin is tuple and arguments[1:] == (...,):
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if origin is Mapping:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    return st.builds(hint, **{name: values(each) for name, each in members(hint).items()})


@pytest.fixture(scope="module")
def unchecked() -> Iterator[None]:
    """Codecs that take any value of the right type, sensible or not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "CHECKS", {})
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("unchecked")
@for_each("cls", reachable(*ROOTS), ids=lambda cls: cls.__name__)
@settings(max_examples=max(4, settings().max_examples // 12))
@given(data=st.data())
def test_a_record_survives(cls: Any, data: st.DataObject) -> None:
    coded = codec.codec(cls)
    record = data.draw(values(cls))
    written = json.dumps(coded.encode(record), allow_nan=False)
    read = coded.decode(json.loads(written))
    assert read == record
    assert type(read) is cls
    assert json.dumps(coded.encode(read)) == written


def test_every_table_is_written() -> None:
    assert list(documents.table_codecs()) == list(TABLES)


@pytest.mark.usefixtures("unchecked")
@given(st.dictionaries(st.tuples(TEXTS, st.integers(0, 9)), st.integers(0, 9)))
def test_a_table_keeps_keys_records_and_order(rows: dict[tuple[str, int], int]) -> None:
    coded = codec.codec(Table[tuple[str, int], int])
    read = coded.decode(json.loads(json.dumps(coded.encode(Table(rows)))))
    assert list(read.items()) == list(rows.items())


class Point(NamedTuple):
    x: int
    label: str | None


class Shape(Struct, frozen=True):
    points: tuple[Point, ...]
    weights: Mapping[tuple[int, int], float]
    image: bytes
    share: int | tuple[str, ...] | None
    named: Mapping[str, Point]


SHAPE = {
    "points": [[1, None], [2, "b"]],
    "weights": [[[0, 1], 0.5]],
    "image": "AAE=",
    "share": ["a"],
    "named": {"a/b~": [3, "c"]},
}


def test_the_written_form() -> None:
    shape = Shape((Point(1, None), Point(2, "b")), {(0, 1): 0.5}, b"\0\1", ("a",), {"a/b~": Point(3, "c")})
    assert codec.codec(Shape).encode(shape) == SHAPE
    assert codec.codec(Shape).decode(SHAPE) == shape


@for_each(
    "change, pointer, words",
    [
        ({"points": [[1, None], [True, "b"]]}, "/points/1/0", "a whole number, not True"),
        ({"points": [[1.0, None]]}, "/points/0/0", "a whole number, not 1.0"),
        ({"points": [[1]]}, "/points/0", "an array of 2, not of 1"),
        ({"points": {"x": 1}}, "/points", "an array, not an object"),
        ({"points": [[LATEST + 1, None]]}, "/points/0/0", "whole numbers are from"),
        ({"points": [[1, 2]]}, "/points/0/1", "str or NoneType, not 2"),
        ({"weights": [[[0, 1], 1], [[0, 1], 2]]}, "/weights/1/0", "is there already"),
        ({"weights": [[[0, 1], "heavy"]]}, "/weights/0/1", "a number, not 'heavy'"),
        ({"weights": {}}, "/weights", "an array"),
        ({"image": "A"}, "/image", "no Base64"),
        ({"image": "ÄÄÄÄ"}, "/image", "no Base64"),
        ({"image": None}, "/image", "bytes in Base64, not null"),
        ({"share": {}}, "/share", "not an object"),
        ({"share": [1]}, "/share/0", "a text, not 1"),
        ({"named": {"a/b~": 5}}, "/named/a~1b~0", "an array, not 5"),
        ({"named": []}, "/named", "an object"),
        ({"extra": 1}, "/extra", "unknown; here are points, weights"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_is(change: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(SnapshotError, match=words) as refused:
        codec.codec(Shape).decode({**SHAPE, **change})
    assert refused.value.pointer == pointer


@for_each("name", list(SHAPE))
def test_no_member_may_be_absent(name: str) -> None:
    with pytest.raises(SnapshotError, match="missing") as refused:
        codec.codec(Shape).decode({each: value for each, value in SHAPE.items() if each != name})
    assert refused.value.pointer == f"/{name}"


@pytest.mark.parametrize("hint", [set[str], str | bytes, tuple[int, ...] | Point, complex])
def test_a_type_that_json_cannot_tell_has_no_codec(hint: Any) -> None:
    with pytest.raises(TypeError, match="no codec"):
        codec.codec(hint)


@given(JSON)
def test_any_json_value_is_read_or_refused_and_nothing_else(value: Any) -> None:
    with suppress(SnapshotError):
        codec.codec(Shape).decode({**SHAPE, "named": value})
        codec.codec(Shape).decode(value)
