"""Lucene's query syntax, as far as segment search needs it: words, phrases, ``*`` and ``?``, fields, booleans, groups.

Texts are compared word by word and without case. A term of several words (``trail-shoes``) is a phrase of them. Clauses
side by side are alternatives, except those with ``+`` (required) and with ``NOT``, ``-`` or ``!`` (prohibited).

Two points are not Lucene's: a field holds for all that follows it in its group (``name: foo AND bar``), as on Adobe's
page about segment search, and a query of prohibitions alone finds everything else. What ranks results or compares
words loosely is refused by name: fuzzy terms, proximity, regular expressions, boosts and ranges.

Source: Microsoft, "Lucene query syntax in Azure AI Search", the dialect that Adobe's page refers to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from msgspec import Struct

#: The deepest nesting of groups.
MAX_DEPTH = 50

#: A text to be searched: the words of each field.
Document = Mapping[str, tuple[str, ...]]

_WORD = re.compile(r"\w+")
_PATTERN = re.compile(r"[\w*?]+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<phrase>"(?:[^"\\]|\\.)*")
    | (?P<and>&&|AND(?![^\s()"]))
    | (?P<or>\|\||OR(?![^\s()"]))
    | (?P<not>!|-(?=\S)|NOT(?![^\s()"]))
    | (?P<must>\+(?=\S))
    | (?P<open>\() | (?P<close>\))
    | (?P<field>(?:[^\s()":^~\[\]{}/\\]|\\.)+(?=:)): \s*
    | (?P<term>(?:[^\s()":^~\[\]{}/\\]|\\.)(?:[^\s()":^~\[\]{}\\]|\\.)*)
    | (?P<illegal>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_REFUSED = {
    "/": "a regular expression (/.../)",
    "^": "a boost (^)",
    "[": "a range ([... TO ...])",
    "{": "a range ({... TO ...})",
}


class LuceneError(ValueError):
    """A query that cannot be read; the message says why, ``position`` where (from 0)."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message}, at character {position + 1}")
        self.position = position


class Words(Struct, frozen=True):
    """Words side by side in one field, or in any when it is None; ``*`` and ``?`` in them are wildcards."""

    patterns: tuple[str, ...]
    field: str | None

    def matches(self, document: Document) -> bool:
        """Answer whether some field has the words."""
        texts = document.values() if self.field is None else [document.get(self.field, ())]
        return any(self._stand_in(words) for words in texts)

    def _stand_in(self, words: tuple[str, ...]) -> bool:
        count = len(self.patterns)
        return any(
            all(map(fnmatchcase, words[start : start + count], self.patterns))
            for start in range(len(words) - count + 1)
        )


class Clauses(Struct, frozen=True):
    """All of the required, none of the prohibited and, where nothing is required, one of the optional."""

    required: tuple[Query, ...] = ()
    optional: tuple[Query, ...] = ()
    prohibited: tuple[Query, ...] = ()

    def matches(self, document: Document) -> bool:
        """Answer whether the clauses, taken together, find ``document``."""
        if not all(each.matches(document) for each in self.required):
            return False
        if any(each.matches(document) for each in self.prohibited):
            return False
        return bool(self.required) or not self.optional or any(each.matches(document) for each in self.optional)


#: A query that was read.
Query = Words | Clauses


def words(text: str) -> tuple[str, ...]:
    """Answer the words of a text, as they are compared."""
    return tuple(_WORD.findall(text.casefold()))


def parse(text: str) -> Query:
    """Read a query. Raises ``LuceneError``, for what is not supported as well as for what is not Lucene."""
    parser = _Parser(_tokens(text))
    query = parser.clauses(depth=0)
    if parser.next.kind != "end":
        raise LuceneError("`)` closes nothing", parser.next.position)
    return query


class _Token(NamedTuple):
    kind: str
    position: int
    name: str = ""
    patterns: tuple[str, ...] = ()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    for found in _TOKEN.finditer(text):
        kind, position = str(found.lastgroup), found.start()
        if kind == "illegal":
            raise _unreadable(found.group(), position)
        if kind in ("term", "phrase"):
            if text[found.end() : found.end() + 1] == "~":
                refused = "a fuzzy term" if kind == "term" else "a proximity search"
                raise LuceneError(f"{refused} (~) is not supported by this emulator", found.end())
            patterns = _patterns(found.group(), _PATTERN if kind == "term" else _WORD)
            if patterns:  # punctuation alone is no word, and is passed over
                tokens.append(_Token("words", position, patterns=patterns))
        elif kind == "field":
            tokens.append(_Token(kind, position, _ESCAPE.sub(r"\1", found["field"])))
        elif kind != "space":
            tokens.append(_Token(kind, position))
    return [*tokens, _Token("end", len(text))]


def _patterns(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    plain = _ESCAPE.sub(lambda escape: escape[1] if _WORD.match(escape[1]) else " ", text)
    return tuple(pattern.findall(plain.casefold()))


def _unreadable(character: str, position: int) -> LuceneError:
    if character in _REFUSED:
        meant = f"write \\{character} for the character"
        return LuceneError(f"{_REFUSED[character]} is not supported by this emulator; {meant}", position)
    if character == '"':
        return LuceneError("the phrase is not closed", position)
    return LuceneError(f"{character!r} stands where a word is wanted", position)


class _Parser:
    """Recursive descent: clauses side by side, of alternatives (OR), of conjunctions (AND), of single ones."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = iter(tokens)
        self.next = next(self._tokens)
        self._field: str | None = None

    def _take(self) -> _Token:
        token = self.next
        if token.kind != "end":
            self.next = next(self._tokens)
        return token

    def clauses(self, depth: int) -> Query:
        required: list[Query] = []
        optional: list[Query] = []
        prohibited: list[Query] = []
        while self.next.kind not in ("end", "close"):
            is_required = self.next.kind == "must"
            clause = self._alternatives(depth)
            if isinstance(clause, Clauses) and clause.prohibited and not (clause.required or clause.optional):
                prohibited.extend(clause.prohibited)
            elif is_required:
                required.append(clause)
            else:
                optional.append(clause)
        if not (required or optional or prohibited):
            raise LuceneError("a word is wanted", self.next.position)
        if len(optional) == 1 and not (required or prohibited):
            return optional[0]
        return Clauses(tuple(required), tuple(optional), tuple(prohibited))

    def _alternatives(self, depth: int) -> Query:
        alternatives = [self._conjunction(depth)]
        while self.next.kind == "or":
            self._take()
            alternatives.append(self._conjunction(depth))
        return alternatives[0] if len(alternatives) == 1 else Clauses(optional=tuple(alternatives))

    def _conjunction(self, depth: int) -> Query:
        conditions = [self._single(depth)]
        while self.next.kind == "and":
            self._take()
            conditions.append(self._single(depth))
        return conditions[0] if len(conditions) == 1 else Clauses(required=tuple(conditions))

    def _single(self, depth: int) -> Query:
        is_prohibited = False
        while self.next.kind in ("not", "must", "field"):
            token = self._take()
            if token.kind == "field":
                self._field = token.name
            elif token.kind == "not":
                is_prohibited = not is_prohibited
        query = self._words_or_group(depth)
        return Clauses(prohibited=(query,)) if is_prohibited else query

    def _words_or_group(self, depth: int) -> Query:
        token = self._take()
        if token.kind == "words":
            return Words(token.patterns, self._field)
        if token.kind != "open":
            raise LuceneError("a word is wanted", token.position)
        if depth == MAX_DEPTH:
            raise LuceneError(f"groups are nested deeper than {MAX_DEPTH} levels", token.position)
        field = self._field
        query = self.clauses(depth + 1)
        if self._take().kind != "close":
            raise LuceneError("the group is not closed", token.position)
        self._field = field
        return query
