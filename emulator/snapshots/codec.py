"""Records as JSON values, and back, by their type hints.

Nothing here knows any record by name, so a new member of one is written without anybody thinking of it:

- a record is an object of its fields;
- a named tuple is an array of its fields, as is any other tuple;
- a mapping from texts is an object, any other an array of pairs; so is a table, oldest first;
- bytes are Base64; ``Any`` stands for JSON, which is taken as it is;
- a union tells its members apart by the JSON type they are written as.

Reading takes exactly what is written: no member may be absent, none added.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from emulator.resources.tables import Table
from emulator.simulation.instants import LATEST
from emulator.snapshots.errors import SnapshotError
from emulator.snapshots.invariants import CHECKS

#: The range of whole numbers: instants from 0001-01-01T00:00:00Z, in epoch ms, to the last one of the clock.
EARLIEST = -62_135_596_800_000

_SCALARS: Mapping[Any, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a text"),
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((float, int), "a number"),
    NoneType: ((NoneType,), "null"),
}


class Codec(NamedTuple):
    """How values of one type are written and read. ``encode`` never fails, ``decode`` raises ``SnapshotError``.

    ``holds`` are the Python types of the values, ``json`` that of the JSON values.
    """

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    holds: tuple[type, ...]
    json: tuple[type, ...]


def _same(value: Any) -> Any:
    return value


@cache
def codec(hint: Any) -> Codec:
    """Answer the codec of a type hint. Raises ``TypeError`` for one that no record has had so far."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return Codec(_same, _same, (object,), (object,))
    if hint in _SCALARS:
        return _scalar(hint)
    if hint is bytes:
        return Codec(lambda value: b64encode(value).decode(), _bytes, (bytes,), (str,))
    if origin in (Union, UnionType):
        return _union(arguments)
    if origin is tuple:
        return _array(arguments[0]) if arguments[1:] == (...,) else _fixed(tuple, arguments)
    if origin is Mapping:
        return _object(arguments[1]) if arguments[0] is str else _pairs(*arguments)
    if isinstance(origin, type) and issubclass(origin, Table):
        return _table(origin, *arguments)
    if isinstance(hint, type) and issubclass(hint, tuple):
        return _fixed(hint, get_type_hints(hint).values())
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _record(hint)
    raise TypeError(f"no codec for {hint!r}")


# -- reading, step by step


def expected(value: Any, types: tuple[type, ...], wanted: str) -> None:
    """Raise ``SnapshotError`` unless ``value`` is of one of these JSON types."""
    if type(value) not in types:
        raise SnapshotError(f"this is {wanted}, not {_shown(value)}")


def members(document: Any, names: Iterable[str]) -> None:
    """Raise ``SnapshotError`` unless ``document`` is an object with exactly these members."""
    expected(document, (dict,), "an object")
    names = tuple(names)
    for name in names:
        if name not in document:
            raise SnapshotError("missing").within(name)
    for name in document:
        if name not in names:
            raise SnapshotError(f"unknown; here are {', '.join(names)}").within(name)


def member(document: Mapping[str, Any], name: str, decode: Callable[[Any], Any]) -> Any:
    """Answer a member as ``decode`` reads it; what it raises tells of the place."""
    try:
        return decode(document[name])
    except SnapshotError as error:
        raise error.within(name) from None


def elements(values: Any, decode: Callable[[Any], Any]) -> list[Any]:
    """Answer the elements of an array as ``decode`` reads them; what it raises tells of the place."""
    expected(values, (list,), "an array")
    result: list[Any] = []
    try:
        for value in values:
            result.append(decode(value))
    except SnapshotError as error:
        raise error.within(len(result)) from None
    return result


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    return "null" if value is None else repr(value)[:80]


# -- one kind of hint each


def _scalar(hint: Any) -> Codec:
    types, wanted = _SCALARS[hint]

    def decode(value: Any) -> Any:
        expected(value, types, wanted)
        if hint is int and not EARLIEST <= value <= LATEST:
            raise SnapshotError(f"whole numbers are from {EARLIEST} to {LATEST}, not {value}")
        return value

    return Codec(_same, decode, types, types)


def _bytes(value: Any) -> bytes:
    expected(value, (str,), "bytes in Base64")
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise SnapshotError(f"this is no Base64: {error}") from None


def _union(hints: tuple[Any, ...]) -> Codec:
    choices = [codec(hint) for hint in hints]
    by_json = {json: choice for choice in choices for json in choice.json}
    if len(by_json) < sum(len(choice.json) for choice in choices):
        raise TypeError(f"no codec for a union of {hints}: two of them are written alike")

    def encode(value: Any) -> Any:
        return next(choice for choice in choices if isinstance(value, choice.holds)).encode(value)

    def decode(value: Any) -> Any:
        choice = by_json.get(type(value))
        if choice is None:
            names = " or ".join(getattr(hint, "__name__", str(hint)) for hint in hints)
            raise SnapshotError(f"this is {names}, not {_shown(value)}")
        return choice.decode(value)

    return Codec(encode, decode, tuple(each for choice in choices for each in choice.holds), tuple(by_json))


def _array(hint: Any) -> Codec:
    encode, decode = codec(hint)[:2]
    return Codec(
        lambda values: [encode(value) for value in values],
        lambda values: tuple(elements(values, decode)),
        (tuple,),
        (list,),
    )


def _fixed(kind: type[tuple[Any, ...]], hints: Iterable[Any]) -> Codec:
    codecs = [codec(hint) for hint in hints]
    make = getattr(kind, "_make", kind)  # named tuples have one

    def encode(values: Any) -> Any:
        return [each.encode(value) for each, value in zip(codecs, values, strict=True)]

    def decode(values: Any) -> Any:
        expected(values, (list,), "an array")
        if len(values) != len(codecs):
            raise SnapshotError(f"this is an array of {len(codecs)}, not of {len(values)}")
        each = iter(codecs)
        return _checked(make(elements(values, lambda value: next(each).decode(value))))

    return Codec(encode, decode, (kind,), (list,))


def _object(hint: Any) -> Codec:
    encode, decode = codec(hint)[:2]

    def encode_object(value: Any) -> Any:
        return dict(value) if encode is _same else {name: encode(each) for name, each in value.items()}

    def decode_object(value: Any) -> Any:
        expected(value, (dict,), "an object")
        return value if decode is _same else {name: member(value, name, decode) for name in value}

    return Codec(encode_object, decode_object, (Mapping,), (dict,))


def _pairs(key_hint: Any, value_hint: Any, check: Callable[[Any, Any], None] | None = None) -> Codec:
    pair = _fixed(tuple, (key_hint, value_hint))

    def decode(values: Any) -> Any:
        result: dict[Any, Any] = {}

        def add(value: Any) -> None:
            key, record = pair.decode(value)
            if key in result:
                raise SnapshotError(f"{key!r} is there already").within(0)
            if check is not None:
                check(key, record)
            result[key] = record

        elements(values, add)
        return result

    return Codec(lambda value: [pair.encode(each) for each in value.items()], decode, (Mapping,), (list,))


def _table(kind: type[Table[Any, Any]], key_hint: Any, record_hint: Any) -> Codec:
    pairs = _pairs(key_hint, record_hint, _same_id)
    return Codec(pairs.encode, lambda value: kind(pairs.decode(value)), (kind,), (list,))


def _same_id(key: Any, record: Any) -> None:
    key = key[0] if isinstance(key, tuple) else key
    if getattr(record, "id", key) != key:
        raise SnapshotError(f"the id of this record is {record.id!r}, and its key {key!r}").within("id").within(1)


def _record(cls: type[Struct]) -> Codec:
    hints = get_type_hints(cls)
    codecs = {name: codec(hints[name]) for name in cls.__struct_fields__}
    encoders = [(name, each.encode) for name, each in codecs.items()]

    def encode(record: Any) -> Any:
        return {name: encode(getattr(record, name)) for name, encode in encoders}

    def decode(document: Any) -> Any:
        members(document, codecs)
        return _checked(cls(**{name: member(document, name, each.decode) for name, each in codecs.items()}))

    return Codec(encode, decode, (cls,), (dict,))


def _checked(record: Any) -> Any:
    check = CHECKS.get(type(record))
    if check is not None:
        try:
            check(record)
        except SnapshotError:
            raise
        except ValueError as error:
            raise SnapshotError(str(error)) from None
    return record
