"""The one table of PQL's operators and functions.

The parser, the pql/json codec, the static checks, the error texts and the table in ``docs/pql.md`` all read it. How a
function is evaluated stands in ``emulator.pql.compiler``, under the same name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal as Choice

Style = Choice["operator", "method", "call", "form"]


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """One row: an operator, method, call or other form of the language.

    ``parameters`` are kinds, a method's receiver first: any, truthy, ordered, number, text, list, map, time, key,
    pattern, flag (a boolean), integer, element (an expression about one element) and id. ``?`` marks a parameter that
    may be left out, ``+`` one that may be repeated. ``style`` "form" means a syntax of its own, described by ``forms``.
    ``source`` is the page of Adobe's documentation (see ``docs/pql.md``).
    """

    name: str
    group: str
    style: Style
    forms: tuple[str, ...]
    parameters: tuple[str, ...]
    result: str
    meaning: str
    source: str

    def kind_of(self, index: int) -> str:
        """The kind of parameter ``index`` (from 0), without its mark; ``any`` beyond the last."""
        if index < len(self.parameters):
            return self.parameters[index].rstrip("?+")
        repeated = next((kind for kind in self.parameters if kind.endswith("+")), "any")
        return repeated.rstrip("+")

    @property
    def written(self) -> str:
        """How it is written, for an error."""
        return " or ".join(f"`{form}`" for form in self.forms)

    @property
    def fewest(self) -> int:
        """The smallest number of parameters, a method's receiver included."""
        return sum(not kind.endswith("?") for kind in self.parameters)

    @property
    def most(self) -> int | None:
        """The largest number of parameters, or None when one may be repeated."""
        return None if any(kind.endswith("+") for kind in self.parameters) else len(self.parameters)


def _rows(group: str, source: str, *rows: tuple[str, Style, str, str, str, str]) -> tuple[FunctionRow, ...]:
    """Rows written as (name, style, forms, parameters, result, meaning); forms parted by ``|``, kinds by a blank."""
    return tuple(
        FunctionRow(name, group, style, tuple(forms.split(" | ")), tuple(kinds.split()), result, meaning, source)
        for name, style, forms, kinds, result, meaning in rows
    )


_ROWS = (
    *_rows(
        "Boolean",
        "boolean-functions.md",
        ("and", "operator", "a and b", "truthy+", "boolean", "every operand is true"),
        ("or", "operator", "a or b", "truthy+", "boolean", "some operand is true"),
        ("not", "operator", "not a | !a", "truthy", "boolean", "plain negation"),
        ("if", "call", "if(t, a, b)", "truthy any any", "any", "a if t is true, else b; the other is not evaluated"),
    ),
    *_rows(
        "Comparison",
        "comparison-functions.md",
        ("=", "operator", "a = b", "any any", "boolean", "equal, and neither is null"),
        ("!=", "operator", "a != b", "any any", "boolean", "not equal, and neither is null"),
        ("<", "operator", "a < b", "ordered ordered", "boolean", "smaller or earlier"),
        ("<=", "operator", "a <= b", "ordered ordered", "boolean", "smaller, earlier or equal"),
        (">", "operator", "a > b", "ordered ordered", "boolean", "greater or later"),
        (">=", "operator", "a >= b", "ordered ordered", "boolean", "greater, later or equal"),
    ),
    *_rows(
        "Lists and sets",
        "array-functions.md",
        ("in", "operator", "v in a", "any list", "boolean", "v equals some element"),
        ("notIn", "operator", "v notIn a", "any list", "boolean", "v equals no element, and neither side is null"),
        ("intersects", "method", "a.intersects(b)", "list list", "boolean", "some element is common"),
        ("intersection", "method", "a.intersection(b)", "list list", "list", "elements of a that are in b, once each"),
        ("subsetOf", "method", "a.subsetOf(b)", "list list", "boolean", "every element of a is in b"),
        ("supersetOf", "method", "a.supersetOf(b)", "list list", "boolean", "every element of b is in a"),
        ("includes", "method", "a.includes(v)", "list any", "boolean", "v is an element"),
        ("distinct", "method", "a.distinct()", "list", "list", "first occurrences, in order"),
        ("groupBy", "method", "a.groupBy(expr)", "list element", "map", "key to the list of its elements"),
        ("topN", "method", "a.topN(expr, n)", "list element number", "list", "the n elements of largest expr"),
        ("bottomN", "method", "a.bottomN(expr, n)", "list element number", "list", "the n elements of smallest expr"),
        ("head", "method", "a.head()", "list", "any", "first element, or null"),
        (
            "map",
            "method",
            "a.map(expr) | m.map((K, V) => expr)",
            "any element",
            "any",
            "expr of every element or entry",
        ),
    ),
    *_rows(
        "Lists and sets",
        "computed-attributes/expressions.md",
        ("mapEntry", "call", "mapEntry(k, v)", "key any", "map entry", "what map builds a map of"),
    ),
    *_rows(
        "Lists and sets",
        "filter-functions.md",
        ("filter", "method", "a.filter(expr) | a[expr]", "list element", "list", "elements for which expr is true"),
    ),
    *_rows(
        "Quantifiers",
        "logical-quantifiers.md",
        (
            "exists",
            "method",
            "a.exists(expr) | a.exists() | exists V from a where c, ...",
            "list element?",
            "boolean",
            "some element satisfies expr; without one: not empty",
        ),
        (
            "forall",
            "method",
            "a.forall(expr) | forall V from a where c, ...",
            "list element",
            "boolean",
            "every element satisfies expr",
        ),
    ),
    *_rows(
        "Aggregation",
        "aggregation-functions.md",
        ("count", "method", "a.count() | count E over V from a where c, ...", "list element?", "integer", "how many"),
        ("sum", "method", "a.sum(expr) | a.sum() | sum E over ...", "list element?", "number", "sum of the numbers"),
        (
            "average",
            "method",
            "a.average(expr) | a.average() | average E over ...",
            "list element?",
            "double",
            "mean of the numbers, or null",
        ),
        ("min", "method", "a.min(expr) | a.min() | min E over ...", "list element?", "any", "smallest value, or null"),
        ("max", "method", "a.max(expr) | a.max() | max E over ...", "list element?", "any", "largest value, or null"),
    ),
    *_rows(
        "Strings",
        "string-functions.md",
        ("like", "operator", "s like p", "text text", "boolean", "all of s matches p; `%` any run, `_` one character"),
        ("startsWith", "method", "s.startsWith(t[, bool])", "text text flag?", "boolean", "s begins with t"),
        ("doesNotStartWith", "method", "s.doesNotStartWith(t[, bool])", "text text flag?", "boolean", "it does not"),
        ("endsWith", "method", "s.endsWith(t[, bool])", "text text flag?", "boolean", "s ends with t"),
        ("doesNotEndWith", "method", "s.doesNotEndWith(t[, bool])", "text text flag?", "boolean", "it does not"),
        ("contains", "method", "s.contains(t[, bool])", "text text flag?", "boolean", "t is part of s"),
        ("doesNotContain", "method", "s.doesNotContain(t[, bool])", "text text flag?", "boolean", "it is not"),
        ("equals", "method", "s.equals(t, ...[, bool])", "text text+", "boolean", "s is one of the texts"),
        ("notEqualTo", "method", "s.notEqualTo(t, ...[, bool])", "text text+", "boolean", "s is none of the texts"),
        ("matches", "method", "s.matches(re)", "text pattern", "boolean", "the regular expression is found in s"),
        ("regexGroup", "method", "s.regexGroup(re[, n])", "text pattern number?", "text", "group n of the first match"),
    ),
    *_rows(
        "Maps",
        "map-functions.md",
        ("get", "method", "m.get(key)", "map key", "any", "value of a key, or null"),
        ("keys", "method", "m.keys()", "map", "list", "the keys, in stored order"),
        ("values", "method", "m.values()", "map", "list", "the values, in stored order"),
    ),
    *_rows(
        "Objects",
        "object-functions.md",
        ("isNull", "method", "o.isNull()", "any", "boolean", "o is absent or null"),
        ("isNotNull", "method", "o.isNotNull()", "any", "boolean", "o is neither absent nor null"),
    ),
    *_rows(
        "Arithmetic",
        "arithmetic-functions.md",
        ("+", "operator", "a + b", "number number", "number", "sum"),
        ("-", "operator", "a - b | -a", "number number?", "number", "difference; negation"),
        ("*", "operator", "a * b", "number number", "number", "product"),
        ("/", "operator", "a / b", "number number", "double", "quotient; null if b is 0"),
        ("%", "operator", "a % b", "number number", "number", "remainder, with the sign of a; null if b is 0"),
    ),
    *_rows(
        "Dates",
        "datetime-functions.md",
        ("occurs", "form", "t occurs ...", "", "boolean", "t lies in a stretch of time"),
        ("date", "call", "date(y, m, d)", "integer integer integer", "timestamp", "00:00 UTC of a day"),
        ("currentMonth", "call", "currentMonth()", "", "integer", "month of now, 1 to 12"),
        ("currentYear", "call", "currentYear()", "", "integer", "year of now"),
        ("currentDayOfMonth", "call", "currentDayOfMonth()", "", "integer", "day of the month of now"),
        ("getMonth", "method", "t.getMonth()", "time", "integer", "month of t, 1 to 12"),
        ("getYear", "method", "t.getYear()", "time", "integer", "year of t"),
        ("getDayOfMonth", "method", "t.getDayOfMonth()", "time", "integer", "day of the month of t"),
    ),
    *_rows(
        "Other",
        "misc-functions.md",
        ("let", "form", "let V = e in body", "", "any", "names a value"),
    ),
    *_rows(
        "Other",
        "unified_profile_pql.md",
        ("select", "form", "select V from a where c, ...", "", "list", "elements, or tuples, that satisfy"),
    ),
    *_rows(
        "Other",
        "ui/edge-segmentation.md",
        ("chain", "form", "chain(a, t, [L: WHAT(c) ..., ...])", "", "boolean", "elements follow each other in time"),
        ("inSegment", "call", 'inSegment("id")', "id", "boolean", "the profile is a member of an audience"),
    ),
)

FUNCTIONS: dict[str, FunctionRow] = {row.name: row for row in _ROWS}
"""Name -> row, in the order of the documentation."""

OR, AND, NOT, COMPARISON, SUM, PRODUCT, UNARY = range(1, 8)

LEVELS = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(["=", "!=", "<", "<=", ">", ">=", "in", "notIn", "like", "occurs"], COMPARISON),
    **dict.fromkeys(["+", "-"], SUM),
    **dict.fromkeys(["*", "/", "%"], PRODUCT),
}
"""Binary operator -> how tightly it binds."""

AGGREGATES = frozenset(row.name for row in _ROWS if row.group == "Aggregation")
"""Functions that have the prefix form ``f E over V from a where c``."""

CLOCK_CALLS = frozenset(["currentMonth", "currentYear", "currentDayOfMonth"])
"""The functions that ask the clock."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean `x`?`` with the closest known name, or an empty string."""
    from difflib import get_close_matches

    folded = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(name.lower()[:40], folded, n=1, cutoff=0.7)
    return f"; did you mean `{folded[close[0]]}`?" if close else ""


def unknown(name: str) -> str:
    """The error text for a name that is no function."""
    shown = name if len(name) <= 40 else name[:39] + "…"
    return f"unknown function `{shown}`{suggestion(name, FUNCTIONS)}"
