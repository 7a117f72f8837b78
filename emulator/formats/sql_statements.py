"""SQL as Query Service takes it, before it is run: what kind of statement it is, what it names, and dotted paths in it.

Only what has to be known is read here; whether the rest is SQL is for the engine to say. Sources: the SQL syntax and
the error codes of Adobe's Query Service guide; the codes are those of PostgreSQL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

SYNTAX_ERROR = "42601"
UNDEFINED_TABLE = "42P01"
DUPLICATE_TABLE = "42P07"
NOT_SUPPORTED = "0A000"
LIMIT_EXCEEDED = "53400"

#: The longest statement, in characters.
MAX_LENGTH = 100_000

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|[^\W\d][\w$]*)
    |(?P<number>\d[\w.]*|\.\d\w*)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)

_BEGINNINGS = ("SELECT", "WITH", "VALUES")


class QueryError(Exception):
    """A query that fails. ``code`` is a SQLSTATE, ``message`` says what was wrong and what would be right."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Statement(Struct, frozen=True):
    """A statement that reads, ``select``; with a ``target``, the table that it makes (``creates``) or adds rows to."""

    select: str
    target: str | None = None
    creates: bool = False
    if_not_exists: bool = False


class Token(NamedTuple):
    """A piece of SQL other than space: its kind (text, name, number, sign), how it is written, and where."""

    kind: str
    written: str
    begin: int
    end: int

    @property
    def word(self) -> str:
        """A keyword or sign to compare with, in capitals; a quoted name is none."""
        return self.written.upper()

    @property
    def name(self) -> str:
        """The name meant, without its quotes."""
        quote = self.written[0]
        if quote in '"`':
            return self.written[1:-1].replace(quote * 2, quote)
        return self.written


def tokens_of(sql: str) -> list[Token]:
    """Answer the tokens of ``sql`` without space and comments."""
    return [
        Token(match.lastgroup or "", match[0], match.start(), match.end())
        for match in _TOKEN.finditer(sql)
        if match.lastgroup != "space"
    ]


def read(sql: str) -> Statement:
    """Answer the statement in ``sql``: a SELECT, CREATE TABLE ... AS SELECT, or INSERT INTO ... SELECT.

    Raises ``QueryError`` for any other, and for more than one.
    """
    if len(sql) > MAX_LENGTH:
        raise QueryError(LIMIT_EXCEEDED, f"a statement has {MAX_LENGTH} characters at most, not {len(sql)}")
    tokens = tokens_of(sql)
    while tokens and tokens[-1].word == ";":
        tokens.pop()
    if not tokens:
        raise QueryError(SYNTAX_ERROR, "the statement is empty")
    if any(token.word == ";" for token in tokens):
        raise QueryError(SYNTAX_ERROR, "a query is one statement")
    match tokens[0].word:
        case "CREATE":
            return _create_table(sql, tokens)
        case "INSERT":
            return _insert_into(sql, tokens)
    return Statement(_select(sql, tokens))


def _select(sql: str, tokens: Sequence[Token]) -> str:
    while tokens and tokens[0].word == "(" and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    if not tokens or tokens[0].word not in _BEGINNINGS:
        found = tokens[0].written if tokens else "nothing"
        raise QueryError(
            NOT_SUPPORTED, f"a query is SELECT, CREATE TABLE ... AS SELECT or INSERT INTO ... SELECT, not {found[:40]}"
        )
    return sql[tokens[0].begin : tokens[-1].end]


def _closing(tokens: Sequence[Token]) -> int:
    """Answer the position of the sign that closes the bracket in front, the number of tokens when nothing does."""
    depth = 0
    for position, token in enumerate(tokens):
        depth += (token.word == "(") - (token.word == ")")
        if depth == 0:
            return position
    return len(tokens)


def _create_table(sql: str, tokens: Sequence[Token]) -> Statement:
    if _words(tokens[1:2]) != ["TABLE"]:
        raise QueryError(NOT_SUPPORTED, "of CREATE there is only CREATE TABLE ... AS SELECT")
    if_not_exists = _words(tokens[2:5]) == ["IF", "NOT", "EXISTS"]
    rest = tokens[5:] if if_not_exists else tokens[2:]
    target, rest = _target(rest), rest[1:]
    if _words(rest[:2]) == ["WITH", "("]:
        rest = rest[2 + _closing(rest[1:]) :]
    if _words(rest[:1]) != ["AS"]:
        raise QueryError(NOT_SUPPORTED, f"a table is made of what a query answers: CREATE TABLE {target} AS SELECT ...")
    return Statement(_select(sql, rest[1:]), target, creates=True, if_not_exists=if_not_exists)


def _insert_into(sql: str, tokens: Sequence[Token]) -> Statement:
    if _words(tokens[1:2]) != ["INTO"]:
        raise QueryError(SYNTAX_ERROR, "rows are added with INSERT INTO table SELECT ...")
    return Statement(_select(sql, tokens[3:]), _target(tokens[2:]))


def _words(tokens: Sequence[Token]) -> list[str]:
    return [token.word for token in tokens]


def _target(tokens: Sequence[Token]) -> str:
    if not tokens or tokens[0].kind != "name" or not tokens[0].name.strip():
        raise QueryError(SYNTAX_ERROR, "the name of a table is missing")
    return tokens[0].name


def names_in(sql: str) -> frozenset[str]:
    """Answer, folded, everything in ``sql`` that may name a table."""
    return frozenset(token.name.casefold() for token in tokens_of(sql) if token.kind == "name")


def with_paths(sql: str, nested: frozenset[str], tables: frozenset[str]) -> tuple[str, Mapping[str, str]]:
    """Answer ``sql`` with dotted paths into JSON columns as ``json_extract``, and what each of these is to be called.

    ``person.name.firstName`` is a path when ``person`` is one of the ``nested`` columns, with the name or alias of a
    table in front or without. Both sets are folded names.
    """
    tokens = tokens_of(sql)
    pieces: list[str] = []
    called: dict[str, str] = {}
    position = written = 0
    while position < len(tokens):
        chain = _chain(tokens, position)
        begin = _column_in([token.name.casefold() for token in chain], nested, tables)
        if begin is not None:
            keys = "".join(f'."{token.name}"' for token in chain[begin + 1 :]).replace("'", "''")
            column = sql[chain[0].begin : chain[begin].end]
            extract = f"json_extract({column}, '${keys}')"
            called[extract] = chain[-1].name
            pieces += (sql[written : chain[0].begin], extract)
            written = chain[-1].end
        position += max(1, 2 * len(chain) - 1)
    return "".join((*pieces, sql[written:])), called


def _chain(tokens: Sequence[Token], position: int) -> list[Token]:
    """Answer the names from ``position`` on that are joined by dots."""
    chain = []
    while position < len(tokens) and tokens[position].kind == "name":
        chain.append(tokens[position])
        if position + 1 == len(tokens) or tokens[position + 1].word != ".":
            break
        position += 2
    return chain


def _column_in(chain: Sequence[str], nested: frozenset[str], tables: frozenset[str]) -> int | None:
    """Answer which link of a chain is the JSON column that a path goes into, None when there is no path."""
    if len(chain) > 1 and chain[0] in nested and chain[0] not in tables:
        return 0
    if len(chain) > 2 and chain[1] in nested:
        return 1
    return None
