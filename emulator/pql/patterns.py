"""Text patterns: ``like``, and regular expressions, both in linear time.

PQL's regular expressions are Java's. They run on RE2, which never backtracks; what Java has and RE2 lacks, or reads
otherwise, is refused. The library is imported when an expression first needs it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_MAX_MEMORY = 4 << 20  # bytes RE2 may use for one expression

_PART = re.compile(r"\\Q.*?(?:\\E|$)|\\u[0-9a-fA-F]{4}|\\.|\(\?(?:<[=!]|[=!>])|\[\^?\]?|&&|[*+?}]\+|.", re.DOTALL)
_JAVA_ONLY = {
    "(?=": "lookahead",
    "(?!": "lookahead",
    "(?<=": "lookbehind",
    "(?<!": "lookbehind",
    "(?>": "atomic groups",
}


@lru_cache(maxsize=1_024)
def like(pattern: str) -> Callable[[str], bool]:
    """The test ``s like pattern``: ``%`` is any run of characters, ``_`` exactly one, and all of s must match."""
    if "%" not in pattern:
        size, only = _segment(pattern)
        return lambda text: len(text) == size and only(text, 0) == 0
    (first_size, first), *middle, (last_size, last) = (_segment(part) for part in pattern.split("%"))

    def test(text: str) -> bool:
        position, end = first_size, len(text) - last_size
        if first(text, 0) != 0 or last(text, end) != end:
            return False
        for size, find in middle:  # the earliest place for each segment is always the best one
            found = find(text, position)
            if found < 0:
                return False
            position = found + size
        return position <= end

    return test


def _segment(part: str) -> tuple[int, Callable[[str, int], int]]:
    """The length of a part of a pattern without ``%``, and a search for it that answers like ``str.find``."""
    if "_" not in part:
        return len(part), lambda text, start: text.find(part, start)
    search = re.compile(re.escape(part).replace("_", "."), re.DOTALL).search

    def find(text: str, start: int) -> int:
        found = search(text, start)
        return found.start() if found else -1

    return len(part), find


@dataclass(frozen=True, slots=True)
class Regex:
    """A compiled regular expression, or the reason why there is none."""

    compiled: Any
    problem: str

    def search(self, text: str) -> Any:
        """The first match in a text, or None."""
        if self.compiled is None:
            return None
        try:
            return self.compiled.search(text)
        except UnicodeEncodeError:  # a lone surrogate, which JSON can write but UTF-8 cannot
            return self.compiled.search(text.encode("utf-8", "replace").decode())


@lru_cache(maxsize=256)
def regex(pattern: str) -> Regex:
    """A Java regular expression on RE2."""
    import re2

    translated, problem = _from_java(pattern)
    if problem:
        return Regex(None, problem)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        return Regex(re2.compile(translated, options), "")
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args else "it does not compile"
        return Regex(None, f"the regular expression is refused: {reason}")
    except UnicodeEncodeError:
        return Regex(None, "the regular expression is refused: it holds half of a surrogate pair")


def _from_java(pattern: str) -> tuple[str, str]:
    """A Java pattern in RE2's syntax, and what RE2 has no equal for (else an empty string)."""
    parts: list[str] = []
    in_class = False
    for part in _PART.findall(pattern):
        problem = _java_only(part, in_class)
        if problem:
            return (
                "",
                f"the regular expression is refused: it uses {problem}, which matching in linear time does not have",
            )
        if part.startswith("[") and not in_class:
            in_class = True
        elif part == "]":
            in_class = False
        if len(part) == 6 and part.startswith("\\u"):
            part = f"\\x{{{part[2:]}}}"
        parts.append(part)
    return "".join(parts), ""


def _java_only(part: str, in_class: bool) -> str:
    if in_class:
        if part == "&&":
            return "an intersection of character classes (`&&`)"
        return "a character class inside another (escape a literal `[`)" if part.startswith("[") else ""
    if part in _JAVA_ONLY:
        return f"{_JAVA_ONLY[part]} (`{part}`)"
    if part[0] == "\\" and ((part[1:].isdigit() and part != "\\0") or part == "\\k"):
        return f"a backreference (`{part}`)"
    if len(part) == 2 and part[1] == "+" and part[0] in "*+?}":
        return f"a possessive quantifier (`{part}`)"
    return ""
