"""PQL, Adobe's Profile Query Language: parse, convert, evaluate and explain.

The package stands alone: it imports nothing else of the emulator, reads no clock and no file, and loads its modules
when a name is first used. Language and semantics: ``docs/pql.md``.

    from emulator import pql

    adults = pql.compile('homeAddress.country = "US" and age > 30')
    adults.matches({"homeAddress": {"country": "US"}, "age": 41})   # True
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.pql.ast import Node
    from emulator.pql.columns.table import Profiles
    from emulator.pql.compiled import Compiled, compile, convert, parse, truths
    from emulator.pql.errors import PQLError, PQLSyntaxError, PQLTypeError
    from emulator.pql.functions import FUNCTIONS
    from emulator.pql.instants import Timestamp
    from emulator.pql.json_encode import to_json
    from emulator.pql.text import to_text
    from emulator.pql.values import MapEntry, sorted_events, to_wire

__all__ = [
    "FUNCTIONS",
    "Compiled",
    "MapEntry",
    "Node",
    "PQLError",
    "PQLSyntaxError",
    "PQLTypeError",
    "Profiles",
    "Timestamp",
    "compile",
    "convert",
    "parse",
    "sorted_events",
    "to_json",
    "to_text",
    "to_wire",
    "truths",
]

_HOMES = {
    "FUNCTIONS": "functions",
    "Compiled": "compiled",
    "MapEntry": "values",
    "Node": "ast",
    "PQLError": "errors",
    "PQLSyntaxError": "errors",
    "PQLTypeError": "errors",
    "Profiles": "columns.table",
    "Timestamp": "instants",
    "compile": "compiled",
    "convert": "compiled",
    "parse": "compiled",
    "sorted_events": "values",
    "to_json": "json_encode",
    "to_text": "text",
    "to_wire": "values",
    "truths": "compiled",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
