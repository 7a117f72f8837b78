"""What somebody probably meant: a name or an id against those there are, a path against the table of operations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from itertools import zip_longest
from operator import itemgetter
from typing import TypeVar

from emulator.web.operations import OPERATIONS, Operation

T = TypeVar("T")

#: Costs of aligning two paths, by segment. Two paths further apart than ``_FAR`` have nothing to do with each other.
_SPELLING, _VARIABLE, _PREFIX, _GAP, _FAR = 0.05, 0.05, 0.1, 0.7, 0.95
_NEVER = 9.0

#: The least likeness of two segments, of 1, by which one is taken for the other.
_LIKE = 0.6

#: An id that begins with this many characters of another is taken for a piece of it.
_PIECE = 8


def name_like(name: str, names: Iterable[str]) -> str | None:
    """Answer the one of ``names`` that looks most like ``name``; None when none does."""
    by_folded = {each.casefold(): each for each in names}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.7)
    return by_folded[close[0]] if close else None


def id_like(id: str, ids: Iterable[str]) -> tuple[str, str] | None:
    """Answer the one of ``ids`` for which ``id`` might be a slip, and in what they differ; None when there is none."""
    bare = id.strip("\"' \t\r\n").casefold()
    for known in ids:
        folded = known.casefold()
        if folded == bare:
            return known, "which differs in case" if len(id) == len(known) else "without the quotes or blanks"
        if is_one_slip_apart(folded, bare):
            return known, "which differs in one character"
        if len(bare) >= _PIECE and folded.startswith(bare):
            return known, "which goes on"
    return None


def is_one_slip_apart(one: str, other: str) -> bool:
    """Answer whether one character changed, added, lost, or swapped with the next makes the one the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[:2] == right[1::-1] and left[2:] == right[2:])
    )


@lru_cache(maxsize=1024)
def operation_like(method: str, path: str) -> Operation | None:
    """Answer the operation at the path that looks most like ``path``, of that method if it can be; or None."""
    return _nearest(path, ((each.path, _SPELLING * (each.method != method), each) for each in OPERATIONS))


def path_like(path: str, paths: Iterable[str]) -> str | None:
    """Answer the one of ``paths`` that looks most like ``path``; None when none does. Variables stand in braces."""
    return _nearest(path, ((each, 0, each) for each in paths))


def _nearest(path: str, known: Iterable[tuple[str, float, T]]) -> T | None:
    """Answer what is nearest of what is ``known``: by path, with what it costs besides."""
    sent = _segments(path)
    costs = [(_cost(sent, _segments(each)) + besides, thing) for each, besides, thing in known]
    cost, thing = min(costs, key=itemgetter(0))
    return thing if sent and cost < _FAR else None


@lru_cache(maxsize=1024)
def _segments(path: str) -> tuple[str, ...]:
    return tuple(segment for segment in path.split("/") if segment)


def _cost(sent: Sequence[str], known: Sequence[str]) -> float:
    """Answer what it costs to turn a path into a known one.

    Its beginning may lack, and one segment elsewhere, but not the last one or the name before a variable.
    """
    row = [_GAP * count for count in range(len(sent) + 1)]
    for segment, following in zip_longest(known, known[1:], fillvalue="{}"):
        is_needed = following.startswith("{")
        done = [row[0] + (_NEVER if is_needed else _PREFIX)]
        for index, other in enumerate(sent):
            lack = row[index + 1] + (_NEVER if is_needed else _GAP)
            done.append(min(row[index] + _difference(segment, other), lack, done[index] + _GAP))
        row = done
    return row[-1]


@lru_cache(maxsize=8192)
def _difference(known: str, sent: str) -> float:
    if known.startswith("{"):
        return _VARIABLE
    if known == sent:
        return 0
    if min(len(known), len(sent)) * 2 < _LIKE * (len(known) + len(sent)):
        return _NEVER
    ratio = SequenceMatcher(None, known.casefold(), sent.casefold(), autojunk=False).ratio()
    return _NEVER if ratio < _LIKE else _SPELLING + 1 - ratio
