"""A second evaluator, written from the rules of docs/pql.md alone: it walks the tree, knows no closures, shares none of
the semantics of ``emulator.pql`` but the types of its values, and tries every choice where the other one is clever.

Times outside the years 1 to 9999 are beyond it (OverflowError): it uses Python's calendar, the other one its own.
"""

import calendar
import fnmatch
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from emulator.pql.ast import (
    Apply,
    Between,
    Chain,
    Declaration,
    Field,
    Function,
    Let,
    ListOf,
    Literal,
    Node,
    ObjectOf,
    Occurs,
    Parameter,
    Quantified,
    Relation,
    Select,
    Step,
    Tail,
    TimeWord,
    Variable,
    Window,
)
from emulator.pql.instants import Timestamp
from emulator.pql.values import MapEntry

Env = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LENGTHS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
YEARS = {"year": 1, "decade": 10, "century": 100, "millennium": 1000}
DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)


def evaluate(tree: Node, profile: Any, events: Sequence[Any] = (), now: int = 0) -> Any:
    """The value of a checked tree; ``events`` in the order of xEvent."""
    return Reference(profile, list(events), now).value(tree, {})


def moment(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def millis(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


def instant(value: Any) -> int | None:
    match value:
        case bool() | None:
            return None
        case Timestamp():
            return value.ms
        case int() | float():
            return math.floor(value)
        case Mapping():
            return instant(value.get("timestamp"))
        case str():
            found = DATE_TIME.fullmatch(value)
            if not found:
                return None
            day, time, fraction, zone = found.groups()
            try:
                at = datetime.fromisoformat(f"{day}T{time or '00:00:00'}{'+00:00' if zone in (None, 'Z') else zone}")
            except ValueError:
                return None
            return millis(at) + int((fraction or "0").ljust(3, "0")[:3])
    return None


def add_units(ms: int, count: int, unit: str) -> int:
    if unit in LENGTHS:
        return millis(moment(ms)) + count * LENGTHS[unit]
    at = moment(ms)
    months = at.year * 12 + at.month - 1 + count * (1 if unit == "month" else 12 * YEARS[unit])
    year, month = months // 12, months % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError("beyond Python's calendar")
    return millis(at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1])))


def unit_start(ms: int, unit: str) -> int:
    at = moment(ms)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "day":
            return millis(midnight)
        case "week":
            return millis(midnight - timedelta(days=midnight.isoweekday() % 7))
        case "month":
            return millis(midnight.replace(day=1))
        case "millisecond" | "second" | "minute" | "hour":
            return ms - ms % LENGTHS[unit]
    years = YEARS[unit]
    start = at.year - at.year % years
    if start < 1:
        raise OverflowError("beyond Python's calendar")
    return millis(midnight.replace(year=start, month=1, day=1))


def unit_end(start: int, unit: str) -> int:
    return add_units(start, 1, unit) - 1


def true(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return len(value) != 0
    return value is not None


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def elements(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def text(value: Any) -> str | None:
    match value:
        case str():
            return value
        case True:
            return "true"
        case False:
            return "false"
        case int() | float():
            return str(value)
        case Timestamp():
            shown = moment(value.ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            return shown.replace(".000Z", "Z")
    return None


def as_number(value: Any) -> Any:
    if number(value):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", value):
        return float(value) if any(mark in value for mark in ".eE") else int(value)
    return None


def together(a: Any, b: Any) -> tuple[Any, Any] | None:
    """Two scalars of one type, or None."""
    if isinstance(a, Timestamp) or isinstance(b, Timestamp):
        return instant(a), instant(b)
    if number(a) or number(b):
        pair = as_number(a), as_number(b)
        return None if None in pair else pair
    if isinstance(a, bool) or isinstance(b, bool):
        words = {"true": True, "false": False}
        x, y = (words.get(z) if isinstance(z, str) else z if isinstance(z, bool) else None for z in (a, b))
        return None if x is None or y is None else (x, y)
    return (a, b) if isinstance(a, str) and isinstance(b, str) else None


def is_same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is None and b is None
    if isinstance(a, list | tuple) != isinstance(b, list | tuple):
        return False
    return compare("=", a, b)


def same_lists(a: Sequence[Any], b: Sequence[Any]) -> bool:
    rest = list(b)
    for element in a:
        found = next((index for index, other in enumerate(rest) if is_same(element, other)), None)
        if found is None:
            return False
        rest.pop(found)
    return not rest


def compare(operator: str, a: Any, b: Any) -> bool:
    if a is None or b is None:
        return False
    a_list, b_list = isinstance(a, list | tuple), isinstance(b, list | tuple)
    if a_list and b_list:
        return operator in ("=", "!=") and same_lists(a, b) == (operator == "=")
    if a_list:
        return any(compare(operator, element, b) for element in a)
    if b_list:
        return any(compare(operator, a, element) for element in b)
    if isinstance(a, Mapping) and isinstance(b, Mapping) and operator in ("=", "!="):
        equal = all(is_same(a.get(key), b.get(key)) for key in [*a, *b])
        return equal == (operator == "=")
    pair = together(a, b)
    if pair is None:
        return operator == "!="
    if None in pair:
        return False
    x, y = pair
    if operator in ("=", "!="):
        return bool(x == y) == (operator == "=")
    if isinstance(x, bool):
        return False
    if isinstance(x, str) and instant(x) is not None and instant(y) is not None:
        x, y = instant(x), instant(y)
    return bool({"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[operator])


def ordered(a: Any, b: Any) -> bool:
    """Whether two scalars can be put in an order."""
    return not isinstance(a, list | tuple) and (compare("<=", a, b) or compare(">=", a, b))


def contains(values: Any, value: Any) -> bool:
    return any(compare("=", element, value) for element in elements(values))


def step(value: Any, name: str) -> Any:
    match value:
        case Mapping():
            found = value.get(name)
            return value.get(name[4:]) if found is None and name.startswith("xdm:") else found
        case list() | tuple():
            return projected(value, lambda element: step(element, name))
    return None


def projected(values: Sequence[Any], function: Callable[[Any], Any]) -> list[Any]:
    return [inner for value in values for inner in elements(function(value)) if inner is not None]


def arithmetic(operator: str, a: Any, b: Any) -> Any:
    if not number(a) or not number(b) or (operator in "/%" and b == 0):
        return None
    try:
        match operator:
            case "+":
                result = a + b
            case "-":
                result = a - b
            case "*":
                result = a * b
            case "/":
                result = a / b
            case _:
                result = math.fmod(a, b) if isinstance(a, float) or isinstance(b, float) else a - b * int(a / b)
        return result if math.isfinite(result) else None
    except OverflowError:
        return None


def like(value: str, pattern: str) -> bool:
    glob = "".join({"%": "*", "_": "?"}.get(char, f"[{char}]" if char in "*?[" else char) for char in pattern)
    return re.fullmatch(fnmatch.translate(glob), value) is not None


POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "like": like,
    "matches": lambda value, pattern: re.search(pattern, value) is not None,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": lambda value, part: part in value,
    "equals": lambda value, other: value == other,
}
NEGATIVE = {
    "doesNotStartWith": "startsWith",
    "doesNotEndWith": "endsWith",
    "doesNotContain": "contains",
    "notEqualTo": "equals",
}


def text_test(name: str, value: Any, others: list[Any], sensitive: bool) -> bool:
    if name in NEGATIVE:
        for operand in (value, *others):
            if operand == [] or operand is None or (not isinstance(operand, list) and text(operand) is None):
                return False
        return not text_test(NEGATIVE[name], value, others, sensitive)
    fold = (lambda x: x) if sensitive else str.lower
    texts = [fold(x) for x in map(text, elements(value)) if x is not None]
    wanted = [fold(x) for other in others for x in map(text, elements(other)) if x is not None]
    return any(POSITIVE[name](x, y) for x in texts for y in wanted)


def numbers_in(values: Sequence[Any]) -> list[Any]:
    return [x for x in flat(values) if number(x)]


def flat(values: Sequence[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from flat(value)
        else:
            yield value


def unique(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if not any(is_same(value, other) for other in found):
            found.append(value)
    return found


class Reference:
    def __init__(self, profile: Any, events: list[Any], now: int) -> None:
        self.profile, self.events, self.now = profile, events, now

    def value(self, node: Node, env: Env) -> Any:
        match node:
            case Literal():
                return node.value
            case Parameter():
                return self.profile if node.position == 1 else None
            case Variable():
                return env[node.name]
            case Field(object=Parameter(position=1), name="xEvent"):
                return self.events
            case Field():
                return step(self.value(node.object, env), node.name)
            case ListOf():
                return [self.value(item, env) for item in node.items]
            case ObjectOf():
                return {key: self.value(value, env) for key, value in node.entries}
            case TimeWord():
                return Timestamp(self.reference(node, env)[0][0])
            case Let():
                return self.value(node.body, {**env, node.name: self.value(node.value, env)})
            case Select():
                rows = self.tuples(node.variables, env)
                names = [declaration.name for declaration in node.variables]
                return (
                    [row[names[0]] for row in rows] if len(names) == 1 else [{n: row[n] for n in names} for row in rows]
                )
            case Quantified(quantifier="some"):
                return len(self.tuples(node.variables, env)) > 0
            case Quantified():
                return self.for_all(node.variables, env)
            case Occurs():
                times = map(instant, elements(self.value(node.operand, env)))
                return any(time is not None and self.inside(node.tail, time, env) for time in times)
            case Chain():
                return self.chain(node, env)
            case Apply():
                return self.apply(node, env)
        raise AssertionError(node)

    def call(self, function: Node, env: Env, *arguments: Any) -> Any:
        assert isinstance(function, Function)
        return self.value(function.body, {**env, **dict(zip(function.params, arguments, strict=True))})

    def tuples(self, variables: tuple[Declaration, ...], env: Env) -> list[Env]:
        rows = [env]
        for declaration in variables:
            rows = [
                {**row, declaration.name: element}
                for row in rows
                for element in elements(self.value(declaration.source, row))
            ]
            if declaration.condition is not None:
                condition = declaration.condition
                rows = [row for row in rows if true(self.value(condition, row))]
        return rows

    def for_all(self, variables: tuple[Declaration, ...], env: Env) -> bool:
        if not variables:
            return True
        first, *rest = variables
        for element in elements(self.value(first.source, env)):
            inner = {**env, first.name: element}
            if first.condition is not None and not true(self.value(first.condition, inner)):
                return False
            if not self.for_all(tuple(rest), inner):
                return False
        return True

    def reference(self, node: Node, env: Env) -> list[tuple[int, int, bool]]:
        """(start, end, is a relative unit) of everything a time reference stands for."""
        day = 86_400_000 - 1
        if isinstance(node, TimeWord):
            if node.word == "now":
                return [(self.now, self.now, False)]
            if " " not in node.word:
                offset = {"yesterday": -1, "today": 0, "tomorrow": 1}[node.word]
                start = unit_start(self.now, "day") + offset * (day + 1)
                return [(start, start + day, False)]
            relative, unit = node.word.split()
            start = add_units(unit_start(self.now, unit), {"last": -1, "this": 0, "next": 1}[relative], unit)
            return [(start, unit_end(start, unit), True)]
        value = self.value(node, env)
        whole = isinstance(node, Apply) and node.function == "date"
        whole = whole or (isinstance(node, Literal) and isinstance(value, str) and len(value) == 10)
        times = [time for time in map(instant, elements(value)) if time is not None]
        return [(time, time + day if whole else time, False) for time in times]

    def inside(self, tail: Tail, time: int, env: Env) -> bool:
        """Whether an instant is where a tail says."""
        if isinstance(tail, Between):
            starts, ends = self.reference(tail.start, env), self.reference(tail.end, env)
            return any(first[0] <= time <= last[1] for first in starts for last in ends)
        references = self.reference(tail.reference, env)
        if isinstance(tail, Relation):
            return any(self.related(tail.relation, time, *reference) for reference in references)
        return any(self.in_window(tail, time, start) for start, _, _ in references)

    def related(self, relation: str, time: int, start: int, end: int, relative: bool) -> bool:
        match relation:
            case "before":
                return time < start
            case "after":
                return time > (end if relative else start)
            case "from":
                return time >= start
        return start <= time <= end

    def in_window(self, tail: Window, time: int, start: int) -> bool:
        found = False
        for direction in ("before", "after"):
            if tail.direction not in (direction, "from"):
                continue
            sign = -1 if direction == "before" else 1
            edge = add_units(start, sign * tail.amount, tail.unit)
            low, high = (edge, start) if sign < 0 else (start, edge)
            match tail.comparison:
                case "=" | "!=":
                    found |= unit_start(time, tail.unit) == unit_start(edge, tail.unit)
                case "<=":
                    found |= low <= time <= high
                case "<":
                    found |= low <= time <= high and time != edge
                case ">=":
                    found |= time <= edge if sign < 0 else time >= edge
                case ">":
                    found |= time < edge if sign < 0 else time > edge
        return not found if tail.comparison == "!=" else found

    def chain(self, node: Chain, env: Env) -> bool:
        timed = [(instant(self.call(node.time, env, e)), e) for e in elements(self.value(node.source, env))]
        events = [(time, e) for time, e in timed if time is not None]
        return self.steps(node.steps, events, None, env)

    def steps(self, steps: tuple[Step, ...], events: list[tuple[int, Any]], after: int | None, env: Env) -> bool:
        """Every set of events is tried for every step."""
        if not steps:
            return True
        first, *rest = steps
        fitting = [(t, e) for t, e in events if (after is None or t > after) and self.fits(first, t, e, env)]
        for picked in itertools.combinations(fitting, first.count or 1):
            end = max(time for time, _ in picked)
            for time, event in picked:
                if time == end and self.steps(tuple(rest), events, end, {**env, first.label: event}):
                    return True
        return False

    def fits(self, step: Step, time: int, event: Any, env: Env) -> bool:
        if step.when is not None and not self.inside(step.when, time, env):
            return False
        return all(true(self.call(f, env, event)) for f in (step.what, step.where) if f is not None)

    def apply(self, node: Apply, env: Env) -> Any:
        name, params = node.function, node.params
        match name:
            case "and":
                return all(true(self.value(param, env)) for param in params)
            case "or":
                return any(true(self.value(param, env)) for param in params)
            case "not":
                return not true(self.value(params[0], env))
            case "if":
                return self.value(params[1 if true(self.value(params[0], env)) else 2], env)
            case "inSegment":
                return self.in_segment(self.value(params[0], env))
            case "currentMonth" | "currentYear" | "currentDayOfMonth":
                return self.part(name.removeprefix("current"), Timestamp(self.now))
        receiver = self.value(params[0], env)
        if len(params) > 1 and isinstance(params[1], Function):
            rest = [self.value(param, env) for param in params[2:]]
            return self.over(name, receiver, params[1], env, rest)
        return self.plain(name, [receiver, *(self.value(param, env) for param in params[1:])])

    def in_segment(self, segment: str) -> bool:
        namespaces = self.profile.get("segmentMembership") or {}
        return any(
            ids.get(segment, {}).get("status") in ("realized", "existing", "entered") for ids in namespaces.values()
        )

    def over(self, name: str, receiver: Any, function: Function, env: Env, rest: list[Any]) -> Any:
        """Functions with an element argument."""
        if name == "map" and len(function.params) == 2:
            if receiver is None:
                return {}
            if not isinstance(receiver, Mapping):
                return None
            results = [self.call(function, env, key, value) for key, value in receiver.items()]
            if all(isinstance(result, MapEntry) for result in results):
                return {entry.key: entry.value for entry in results if entry.key is not None}
            return results
        items = elements(receiver)
        if len(function.params) > 1:
            found = [self.call(function, env, *item.values()) for item in items]
        else:
            found = [self.call(function, env, item) for item in items]
        match name:
            case "filter":
                return [item for item, result in zip(items, found, strict=True) if true(result)]
            case "map":
                return found
            case "exists":
                return any(map(true, found))
            case "forall":
                return all(map(true, found))
            case "groupBy":
                keys = list(dict.fromkeys(key for key in map(text, found) if key is not None))
                return {key: [i for i, r in zip(items, found, strict=True) if text(r) == key] for key in keys}
            case "count":
                return len([result for result in found if result is not None])
            case "topN" | "bottomN":
                return self.ranked(items, found, rest[0], largest=name == "topN")
        return self.aggregate(name, found)

    def ranked(self, items: list[Any], keys: list[Any], count: Any, largest: bool) -> list[Any]:
        if not number(count) or count != int(count) or count <= 0:
            return []
        first = next((key for key in keys if ordered(key, key)), None)
        done: list[tuple[Any, Any]] = []
        last = []
        for item, key in zip(items, keys, strict=True):
            if not ordered(key, first):
                last.append(item)
                continue
            position = 0
            while position < len(done) and not compare(">" if largest else "<", key, done[position][0]):
                position += 1
            done.insert(position, (key, item))
        return [*(item for _, item in done), *last][: int(count)]

    def aggregate(self, name: str, values: list[Any]) -> Any:
        match name:
            case "sum":
                total = sum(numbers_in(values))
                return total if math.isfinite(total) else None
            case "average":
                found = numbers_in(values)
                return sum(found) / len(found) if found else None
        candidates = [value for value in flat(values) if ordered(value, value)]
        best = None
        for value in candidates:
            if best is None or (ordered(value, candidates[0]) and compare("<" if name == "min" else ">", value, best)):
                best = value
        return best

    def part(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return projected(value, lambda element: self.part(name, element))
        time = instant(value)
        if time is None:
            return None
        at = moment(time)
        return {"Month": at.month, "Year": at.year, "DayOfMonth": at.day}[name]

    def plain(self, name: str, values: list[Any]) -> Any:
        """Functions of values."""
        a, b = values[0], values[1] if len(values) > 1 else None
        match name:
            case "=" | "!=" | "<" | "<=" | ">" | ">=":
                return compare(name, a, b)
            case "-" if len(values) == 1:
                return arithmetic("-", 0, a)
            case "+" | "-" | "*" | "/" | "%":
                return arithmetic(name, a, b)
            case "in":
                return a is not None and b is not None and any(contains(b, x) for x in elements(a))
            case "notIn":
                return a is not None and b is not None and not any(contains(b, x) for x in elements(a))
            case "includes":
                return any(contains(a, x) for x in elements(b))
            case "intersects":
                return any(contains(b, x) for x in elements(a))
            case "intersection":
                return unique([x for x in elements(a) if contains(b, x)])
            case "subsetOf":
                return a is not None and b is not None and all(contains(b, x) for x in elements(a))
            case "supersetOf":
                return self.plain("subsetOf", [b, a])
            case "distinct":
                return unique(elements(a))
            case "head":
                return next(iter(elements(a)), None)
            case "exists":
                return len(elements(a)) > 0
            case "count":
                return len(a) if isinstance(a, Mapping) else len(elements(a))
            case "sum" | "average" | "min" | "max":
                return self.aggregate(name, elements(a))
            case "isNull":
                return a is None
            case "isNotNull":
                return a is not None
            case "keys":
                return list(a) if isinstance(a, Mapping) else None
            case "values":
                return list(a.values()) if isinstance(a, Mapping) else None
            case "get":
                key = text(b)
                if key is None:
                    return None
                if isinstance(a, list):
                    return projected(a, lambda element: self.plain("get", [element, key]))
                return a.get(key) if isinstance(a, Mapping) else None
            case "mapEntry":
                return MapEntry(text(a), b)
            case "getMonth" | "getYear" | "getDayOfMonth":
                return self.part(name.removeprefix("get"), a)
            case "date":
                if not all(number(value) and value == int(value) for value in values):
                    return None
                try:
                    year, month, day = map(int, values)
                    return Timestamp(millis(datetime(year, month, day, tzinfo=UTC)))
                except (ValueError, OverflowError):
                    return None
            case "regexGroup":
                return self.group(a, b, values[2] if len(values) > 2 else 1)
        return self.text_function(name, values)

    def group(self, value: Any, pattern: Any, group: Any) -> Any:
        if isinstance(value, list):
            return projected(value, lambda element: self.group(element, pattern, group))
        if text(value) is None or text(pattern) is None or not number(group):
            return None
        found = re.search(str(text(pattern)), str(text(value)))
        return found.group(int(group)) if found and 0 <= group <= found.re.groups else None

    def text_function(self, name: str, values: list[Any]) -> bool:
        value, *others = values
        sensitive = True
        if len(others) > 1 and (name not in ("equals", "notEqualTo") or isinstance(others[-1], bool | None)):
            sensitive = others.pop() is not False
        return text_test(name, value, others, sensitive)
