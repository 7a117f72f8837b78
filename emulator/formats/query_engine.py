"""The engine of Query Service: one SELECT over some tables, in a database of its own in memory.

SQLite does the work, and is confined: a statement may read and call functions, and nothing else. It cannot attach a
file, load an extension or set a pragma. It sees the emulator's clock and no other, and no chance. The steps it takes,
the rows it answers and their size are bounded: steps are counted, not timed, so what is too long is so everywhere.

Nested values are JSON text in the tables, for SQLite's JSON functions, and become nested again in the answer, as does
any text that holds a JSON object or list. Truth is 0 or 1. Of two columns of one name, in whatever case, the second is
called ``name:1``.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any, NoReturn

from msgspec import Struct

from emulator.formats.columns import as_utf8
from emulator.formats.sql_statements import LIMIT_EXCEEDED, SYNTAX_ERROR, UNDEFINED_TABLE, QueryError, with_paths
from emulator.simulation.instants import format_instant

Row = Mapping[str, Any]

#: How many instructions of SQLite's virtual machine a query may take.
MAX_STEPS = 50_000_000

#: How many rows a query may answer.
MAX_ROWS = 500_000

#: How many characters of text a query may answer in all, and one value may have while it works.
MAX_TEXT = 100_000_000
MAX_VALUE = 1_000_000

_STEPS_AT_ONCE = 100_000
_DEEPEST = 100
_INT64 = 1 << 63

_ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE))

#: Functions that leave the database, or answer something else every time; some only exist in some builds.
_FORBIDDEN = frozenset(
    ("load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "random", "randomblob", "timediff")
)

_CLOCKS = ("date", "time", "datetime", "julianday", "unixepoch", "strftime")

#: Modifiers that ask for the time zone of the machine. Here it is UTC, and they change nothing.
_ZONES = ("localtime", "utc")

#: What SQLite says, in part, and the SQLSTATE for it; anything else is 58000, a system error.
_CODES = (
    ("no such table", UNDEFINED_TABLE),
    ("no such column", "42703"),
    ("ambiguous column", "42702"),
    ("no such function", "42883"),
    ("not authorized", "42501"),
    ("authorization denied", "42501"),
    ("prohibited", "42501"),
    ("malformed json", "22032"),
    ("json path", "22032"),
    ("interrupted", LIMIT_EXCEEDED),
    ("too big", LIMIT_EXCEEDED),
    ("too large", LIMIT_EXCEEDED),
    ("too many", LIMIT_EXCEEDED),
    ("overflow", LIMIT_EXCEEDED),
    ("syntax error", SYNTAX_ERROR),
    ("incomplete input", SYNTAX_ERROR),
    ("unrecognized token", SYNTAX_ERROR),
)


class Table(Struct, frozen=True):
    """Rows under a name; ``aliases`` are other names of it."""

    name: str
    rows: Sequence[Row]
    aliases: tuple[str, ...] = ()


class Answer(Struct, frozen=True):
    """What a query answers."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def run(select: str, tables: Iterable[Table], now: int) -> Answer:
    """Answer what ``select`` finds in ``tables`` at ``now`` (epoch ms). Raises ``QueryError``."""
    with closing(_memory()) as connection, closing(_memory()) as clock:
        try:
            nested = frozenset(name for table in tables for name in _fill(connection, table))
            names = frozenset(name.casefold() for table in tables for name in (table.name, *table.aliases))
            sql, called = with_paths(select, nested, names)
            _set_clock(connection, clock, now)
            _confine(connection)
            cursor = connection.execute(sql)
            if cursor.description is None:
                raise QueryError(SYNTAX_ERROR, "the statement answers no rows")
            columns = _told_apart([called.get(column[0], column[0]) for column in cursor.description])
            return Answer(columns, tuple(_fetch(cursor, columns)))
        except (sqlite3.Error, sqlite3.Warning) as error:
            _refuse(error)


def _memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.text_factory = lambda content: content.decode("utf-8", "replace")
    return connection


def _refuse(error: Exception) -> NoReturn:
    message = str(error)
    code = next((code for part, code in _CODES if part in message.lower()), "58000")
    if "interrupted" in message:
        message = f"the query takes more than {MAX_STEPS:,} steps; read fewer rows, or join on equal values"
    raise QueryError(code, message) from None


# -- tables


def _fill(connection: sqlite3.Connection, table: Table) -> set[str]:
    """Make a table with its rows, and answer, folded, which columns hold nested values."""
    names = tuple(dict.fromkeys(name for row in table.rows for name in row))
    columns = _told_apart(names) or ("_id",)
    connection.execute(f"CREATE TABLE {_quoted(table.name)} ({', '.join(map(_quoted, columns))})")
    if names:
        marks = ", ".join("?" * len(names))
        rows = ([_stored(row.get(name)) for name in names] for row in table.rows)
        connection.executemany(f"INSERT INTO {_quoted(table.name)} VALUES ({marks})", rows)
    for alias in table.aliases:
        connection.execute(f"CREATE VIEW {_quoted(alias)} AS SELECT * FROM {_quoted(table.name)}")
    nested = {name for row in table.rows for name, value in row.items() if isinstance(value, Mapping | list)}
    return {column.casefold() for name, column in zip(names, columns, strict=False) if name in nested}


def _quoted(name: str) -> str:
    escaped = as_utf8(name).replace('"', '""').replace("\0", "")
    return f'"{escaped}"'


def _stored(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case int():
            return value if -_INT64 <= value < _INT64 else str(value)
        case str():
            return as_utf8(value)
        case Mapping() | list():
            return as_utf8(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return value


# -- confinement


def _confine(connection: sqlite3.Connection) -> None:
    taken = 0

    def authorize(action: int, subject: str | None, detail: str | None, *_: str | None) -> int:
        if action not in _ALLOWED or (action == sqlite3.SQLITE_FUNCTION and str(detail).lower() in _FORBIDDEN):
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def count() -> bool:
        nonlocal taken
        taken += _STEPS_AT_ONCE
        return taken > MAX_STEPS

    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000)
    connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')")  # makes these tables, which later is denied
    connection.set_authorizer(authorize)
    connection.set_progress_handler(count, _STEPS_AT_ONCE)


def _set_clock(connection: sqlite3.Connection, clock: sqlite3.Connection, now: int) -> None:
    """Let the date functions of ``connection`` take ``now`` for the time; ``clock`` works them out."""
    text = format_instant(now)

    def function(name: str) -> Callable[..., Any]:
        position = 1 if name == "strftime" else 0

        def moment(*arguments: Any) -> Any:
            values = [each for each in arguments if not (isinstance(each, str) and each.strip().lower() in _ZONES)]
            if len(values) == position:
                values.append(text)
            elif isinstance(values[position], str) and values[position].strip().lower() == "now":
                values[position] = text
            return clock.execute(f"SELECT {name}({', '.join('?' * len(values))})", values).fetchone()[0]

        return moment

    for name in _CLOCKS:
        connection.create_function(name, -1, function(name))
    for name, format in (("current_date", "date"), ("current_time", "time"), ("current_timestamp", "datetime")):
        connection.create_function(name, 0, function(format))


# -- the answer


def _told_apart(names: Iterable[str]) -> tuple[str, ...]:
    columns: dict[str, str] = {}
    for name in names:
        unique, number = name, 0
        while unique.casefold() in columns:
            number += 1
            unique = f"{name}:{number}"
        columns[unique.casefold()] = unique
    return tuple(columns.values())


def _fetch(cursor: sqlite3.Cursor, columns: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    size = 0
    for values in cursor:
        size += sum(len(value) for value in values if isinstance(value, str | bytes))
        if len(rows) == MAX_ROWS or size > MAX_TEXT:
            raise QueryError(
                LIMIT_EXCEEDED, f"a query answers {MAX_ROWS:,} rows and {MAX_TEXT:,} characters at most; use LIMIT"
            )
        rows.append(dict(zip(columns, map(_answered, values), strict=True)))
    return rows


def _answered(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return None
        case bytes():
            return value.hex()
        case str() if value[:1] in ("{", "["):
            return _nested(value)
    return value


def _nested(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return text
    return text if _is_deeper_than(value, _DEEPEST) else value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_deeper_than(value: Any, levels: int) -> bool:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deeper_than(child, levels - 1) for child in children)
