"""The face of the package: ``compile``, what it answers, and conversion between the two formats."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emulator.pql.ast import Node
from emulator.pql.check import Dependencies, check
from emulator.pql.compiler.core import Compiler
from emulator.pql.compiler.scope import PROFILE, ROOT_SCOPE, ROOTS, Scope
from emulator.pql.errors import PQLSyntaxError, PQLTypeError
from emulator.pql.instants import parse_instant
from emulator.pql.json_codec import from_json, from_json_text, to_json, to_json_text
from emulator.pql.parser import parse_text
from emulator.pql.text import to_text
from emulator.pql.values import sorted_events

__all__ = ["Compiled", "compile", "convert", "parse", "to_json"]

Events = Iterable[Mapping[str, Any]]
Now = int | str | datetime | None
InSegment = Callable[[str], bool]
Predicate = Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]], int, InSegment | None], bool]

_TOO_DEEP = "the query is nested too deeply"
_EPOCH_ORDINAL = datetime(1970, 1, 1).toordinal()
