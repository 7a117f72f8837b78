"""The list rules of Catalog Service: filters, order, paging and projection over what a client sees.

Source: Adobe's page "Filter Catalog data using query parameters". Filters are ANDed. A property is named by a dotted
path, which goes through lists; a filter holds for a list when it holds for one of its elements.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from emulator.resources.refusals import invalid
from emulator.web.exchange import Call, Reply
from emulator.web.listing import COMPARISONS

Wire = Mapping[str, Any]

#: A filter: whether the object under an id passes.
Filter = Callable[[str, Wire], bool]

#: Makes the filter of a parameter from its value; for parameters that are not properties of the objects.
Maker = Callable[[str], Filter]

DEFAULT_LIMIT, MOST = 20, 100

_PAGING = frozenset(("limit", "start", "properties", "orderBy", "sort"))
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>|~")

#: What stands for itself in a pattern, and would not for ``fnmatch``.
_LITERAL = re.compile(r"\*\*|[?[]")
_VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9})+", re.ASCII)

#: The most memory that one regular expression of a client may take, in bytes; RE2 refuses it otherwise.
_REGEX_MEMORY = 1 << 20


def reply(
    call: Call, ids: Iterable[str], wire_of: Callable[[str], Wire], special: Mapping[str, Maker] | None = None
) -> Reply:
    """Answer by id the page of objects that ``start`` and ``limit`` ask for, of those that ``chosen`` answers.

    With ``properties`` only these are told of each. Raises ``Refusal`` (400), also for a limit outside 1 to 100.
    """
    found = chosen(call, ids, wire_of, special)
    start, limit = bounds(call)
    return Reply(200, {id: projected(call, wire_of(id)) for id in islice(found, start, start + limit)})


def chosen(
    call: Call, ids: Iterable[str], wire_of: Callable[[str], Wire], special: Mapping[str, Maker] | None = None
) -> Iterable[str]:
    """Answer the ids of the objects that pass the call's filters, in the order it asks for.

    ``wire_of`` writes the object of an id. Every parameter that is none of the rules' own, or of ``special``, filters
    by the property of that name. Raises ``Refusal`` (400) for a filter or an order that is none.
    """
    filters = [
        _filter(name, value, special or {}) for name, value in call.query.items() if value and name not in _PAGING
    ]
    order = call.query.text("orderBy") or call.query.text("sort")
    if not filters and order is None:
        return ids
    wired = ((id, wire_of(id)) for id in ids)
    found = [(id, wire) for id, wire in wired if all(passes(id, wire) for passes in filters)]
    return [id for id, _ in _in_order(found, order)]


def bounds(call: Call) -> tuple[int, int]:
    """Answer ``start`` and ``limit``. Raises ``Refusal`` (400) for a limit outside 1 to 100."""
    limit = call.query.number("limit", DEFAULT_LIMIT, least=1)
    if limit > MOST:
        raise invalid(f"The query parameter `limit` is a whole number from 1 to {MOST}, not {limit}.")
    return call.query.number("start", 0), limit


def projected(call: Call, wire: Wire) -> Wire:
    """Answer of an object what ``properties`` names; an object without any of them becomes empty."""
    names = call.query.text("properties")
    if names is None:
        return wire
    wanted = [name.strip() for name in names.split(",")]
    return {name: wire[name] for name in wanted if name in wire}


def values_at(value: Any, path: str) -> list[Any]:
    """Answer the values at a dotted path, through lists; a list at the end counts as its elements."""
    found = [value]
    for name in path.split("."):
        found = [
            each[name]
            for outer in found
            for each in (outer if isinstance(outer, list) else [outer])
            if isinstance(each, Mapping) and name in each
        ]
    return [each for outer in found for each in (outer if isinstance(outer, list) else [outer])]


def as_text(value: Any) -> str:
    """Answer a value as a query parameter spells it."""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


# -- filters


def _filter(name: str, value: str, special: Mapping[str, Maker]) -> Filter:
    if name in special:
        return special[name](value)
    if name == "property":
        return _by_condition(value)
    if name == "tags":
        return _by_tags(value)
    return _by_value(name, value)


def _where(path: str, holds: Callable[[Any], bool], *, negated: bool = False) -> Filter:
    """Answer the filter for objects with a value at ``path`` of which something holds; ``negated``, for all others."""
    return lambda id, wire: negated != any(holds(each) for each in values_at(wire, path))


def _by_value(path: str, value: str) -> Filter:
    """``path=value``, ``path=!value`` or ``path=one,other``."""
    tests = [_equals(path, each) for each in value.removeprefix("!").split(",")]
    return _where(path, lambda found: any(test(found) for test in tests), negated=value.startswith("!"))


def _by_condition(condition: str) -> Filter:
    """``property=path``, ``property=!path``, or a path, an operator and a value."""
    match = _OPERATOR.search(condition)
    path = condition[: match.start()] if match else condition.removeprefix("!")
    if not path:
        raise invalid(
            f"`property` is written name, !name, or name with ~ == != < <= > >= and a value, not {condition[:80]!r}."
        )
    if match is None:
        return _where(path, lambda found: True, negated=condition.startswith("!"))
    return _where(path, _test(path, match[0], condition[match.end() :]), negated=match[0] == "!=")


def _test(path: str, operator: str, operand: str) -> Callable[[Any], bool]:
    if operator in ("==", "!="):
        return _equals(path, operand)
    if operator == "~":
        search = _search(operand)
        return lambda value: isinstance(value, str) and search(value)
    bound = _rank(operand)

    def holds(value: Any) -> bool:
        rank = _rank(value)
        return rank[0] == bound[0] and COMPARISONS[operator](rank, bound)

    return holds


def _equals(path: str, wanted: str) -> Callable[[Any], bool]:
    """Answer the test for equality; the property ``name`` takes ``*`` for any run of characters, ``**`` for itself."""
    matches = wildcard(wanted) if path == "name" else wanted.__eq__
    return lambda value: matches(as_text(value))


def wildcard(pattern: str) -> Callable[[str], bool]:
    """Answer the test whether a text matches ``pattern``: ``*`` is any run of characters, ``**`` an asterisk."""
    glob = _LITERAL.sub(lambda match: f"[{match[0][0]}]", pattern)
    return lambda text: fnmatchcase(text, glob)


def _search(pattern: str) -> Callable[[str], bool]:
    import re2

    options = re2.Options()
    options.max_mem = _REGEX_MEMORY
    options.log_errors = False
    try:
        expression = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it does not compile"
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        raise invalid(f"`property` has no regular expression (RE2) after `~`: {reason}.") from None
    return lambda text: expression.search(text) is not None


def _by_tags(value: str) -> Filter:
    """``tags=name:value,other:*``: every one of them; a name alone asks for the tag with any value."""
    wanted: list[tuple[str, Callable[[str], bool]]] = []
    for part in value.split(","):
        name, _, text = part.partition(":")
        wanted.append((name, wildcard(text or "*")))

    def passes(id: str, wire: Wire) -> bool:
        tags = wire.get("tags", {})
        return all(any(matches(each) for each in tags.get(name, ())) for name, matches in wanted)

    return passes


def by_instant(path: str, compare: Callable[[int, int], bool], value: str) -> Filter:
    """Answer the filter for objects whose property compares so with an instant (epoch ms)."""
    if not re.fullmatch(r"\d{1,18}", value, re.ASCII):
        raise invalid(f"An instant is a whole number of milliseconds since 1970, not {value[:40]!r}.")
    bound = int(value)
    return _where(path, lambda found: isinstance(found, int) and compare(found, bound))


# -- order


def _in_order(found: list[tuple[str, Wire]], order: str | None) -> list[tuple[str, Wire]]:
    """``asc:one,desc:other``; a bare name is ascending. Objects without the property come last."""
    if order is None:
        return found
    result = list(found)
    for part in reversed(order.split(",")):
        direction, separator, path = part.strip().rpartition(":")
        if not path or (separator and direction not in ("asc", "desc")):
            raise invalid(f"`orderBy` is written asc:name or desc:name, several with commas, not {order[:80]!r}.")
        ranked = [(values[0], entry) for entry in result if (values := values_at(entry[1], path))]
        absent = [entry for entry in result if not values_at(entry[1], path)]
        ranked.sort(key=lambda each: _rank(each[0]), reverse=direction == "desc")
        result = [entry for _, entry in ranked] + absent
    return result


def _rank(value: Any) -> tuple[int, Sequence[int] | float | str]:
    """Answer what a value is compared by: numbers, then versions such as 1.0.12, then text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = as_text(value)
        if _VERSION.fullmatch(text) and text.count(".") > 1:
            return 1, tuple(int(part) for part in text.split("."))
        try:
            value = float(text) if isinstance(value, str) and len(text) < 40 else None
        except ValueError:
            value = None
        if value is None or value != value:
            return 2, text
    return 0, value
