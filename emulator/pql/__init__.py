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
    "ast": ("Node",),
    "columns.table": ("Profiles",),
    "compiled": ("Compiled", "compile", "convert", "parse", "truths"),
    "errors": ("PQLError", "PQLSyntaxError", "PQLTypeError"),
    "functions": ("FUNCTIONS",),
    "instants": ("Timestamp",),
    "json_encode": ("to_json",),
    "text": ("to_text",),
    "values": ("MapEntry", "sorted_events", "to_wire"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
