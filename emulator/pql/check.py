"""The static checks that both formats share, and what a tree can depend on.

Everything here is refused before anything is evaluated: the number and kind of arguments, impossible dates, regular
expressions, the literal id of ``inSegment``. The grammar and the scope of names are the business of the two decoders.
"""

from dataclasses import dataclass

from emulator.pql import ast, patterns
from emulator.pql.errors import PQLSyntaxError, PQLTypeError
from emulator.pql.functions import CLOCK_CALLS, FUNCTIONS, FunctionRow
from emulator.pql.instants import date_instant


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the result of a query may depend on besides the attributes of the profile.

    ``clock``: the first place that needs ``now``, if any. ``membership_map``: segmentMembership is read,
    or the profile as a whole. ``segment_ids``: what inSegment asks about.
    """

    clock: ast.Node | None
    events: bool
    membership_map: bool
    segment_ids: frozenset[str]


def check(tree: ast.Node, text: str = "") -> Dependencies:
    """Refuse what no evaluation could mean; answer what the query depends on.

    Raises PQLSyntaxError and PQLTypeError, with a picture if ``text`` is the query the spans belong to.
    """
    clock: ast.Node | None = None
    events = membership = False
    segment_ids: set[str] = set()
    for node in ast.walk(tree, text):
        if isinstance(node, ast.Apply):
            _check_apply(node, text)
            if node.function == "inSegment" and isinstance(node.params[0], ast.Literal):
                segment_ids.add(str(node.params[0].value))
        if isinstance(node, ast.TimeWord) or (isinstance(node, ast.Apply) and node.function in CLOCK_CALLS):
            clock = clock or node
        if isinstance(node, ast.Field):
            events = events or (node.name == "xEvent" and isinstance(node.object, ast.Parameter))
            membership = membership or node.name.removeprefix("xdm:") == "segmentMembership"
        else:  # the profile as a whole may be searched for anything
            membership = membership or any(isinstance(child, ast.Parameter) for child in ast.children(node))
    return Dependencies(clock, events, membership, frozenset(segment_ids))


def _check_apply(node: ast.Apply, text: str) -> None:
    row = FUNCTIONS[node.function]
    _check_count(row, node, text)
    for index, param in enumerate(node.params):
        problem = _problem(row.kind_of(index), param, node)
        if problem:
            raise PQLTypeError(f"{_ordinal(row, index)} of `{row.name}` {problem}", text, param.at or node.at)
    match node.function:
        case "date":
            _check_date(node, text)
        case "matches" | "regexGroup":
            _check_pattern(node.params[1], text)


def _check_count(row: FunctionRow, node: ast.Apply, text: str) -> None:
    given, fewest, most = len(node.params), row.fewest, row.most
    if row.name == "count" and given == 2 and not ast.is_prefix_form(node):
        most = 1
    if given >= fewest and (most is None or given <= most):
        return
    receiver = row.style == "method"
    wanted = f"{fewest - receiver}" if most == fewest else f"{fewest - receiver} to {(most or 0) - receiver}"
    wanted = wanted if most is not None else f"at least {fewest - receiver}"
    plural = "" if wanted in ("1", "at least 1") else "s"
    message = f"`{row.name}` takes {wanted} argument{plural}, not {given - receiver}: {row.written}"
    raise PQLTypeError(message, text, node.at)


def _problem(kind: str, param: ast.Node, node: ast.Apply) -> str:
    """What is wrong with a parameter of a kind, or an empty string. Only literals can be judged before evaluation."""
    if (kind == "element") != isinstance(param, ast.Function):
        return "must be an expression about one element" if kind == "element" else "cannot be a function"
    if isinstance(param, ast.Function):
        return _element_problem(param, node)
    if not isinstance(param, ast.Literal) or param.value is None:
        return "must be the id of an audience in quotes" if kind == "id" else ""
    value = param.value
    match kind:
        case "flag" if not isinstance(value, bool):
            return "says whether case matters: `true` or `false`"
        case "id" if not isinstance(value, str):
            return "must be the id of an audience in quotes"
        case "number" if node.function in ("topN", "bottomN", "regexGroup") and param.type not in ("Integer", "Double"):
            return "must be a number"
        case "integer" if param.type != "Integer":
            return "must be a whole number"
        case "pattern" if not isinstance(value, str):
            return "must be a regular expression in quotes"
    return ""


def _element_problem(function: ast.Function, node: ast.Apply) -> str:
    if len(function.params) == 1 or ast.is_prefix_form(node):
        return ""
    if node.function == "map" and len(function.params) == 2:
        is_list = _is_list(node.params[0])
        return "takes two parameters only on a map; an element of a list is one" if is_list else ""
    return f"must have one parameter, not {len(function.params)}"


def _is_list(node: ast.Node) -> bool:
    match node:
        case ast.ListOf() | ast.Select() | ast.Field(object=ast.Parameter(position=1), name="xEvent"):
            return True
        case ast.Apply():
            return FUNCTIONS[node.function].result == "list"
        case _:
            return False


def _check_date(node: ast.Apply, text: str) -> None:
    values = [param.value for param in node.params if isinstance(param, ast.Literal) and isinstance(param.value, int)]
    if len(values) == 3 and date_instant(*values) is None:
        raise PQLSyntaxError("no such day: date takes a year (1 to 9999), a month and a day", text, node.at)


def _check_pattern(param: ast.Node, text: str) -> None:
    if isinstance(param, ast.Literal) and isinstance(param.value, str):
        problem = patterns.regex(param.value).problem
        if problem:
            raise PQLSyntaxError(problem, text, param.at)


def _ordinal(row: FunctionRow, index: int) -> str:
    if row.style == "method":
        return "the receiver" if index == 0 else f"argument {index}"
    return f"argument {index + 1}" if row.style == "call" else f"operand {index + 1}"
