"""The forms of PQL with a syntax of their own: clauses, prefix aggregates, the tail of occurs, and chain."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from emulator.pql import ast
from emulator.pql.functions import AGGREGATES, SUM
from emulator.pql.instants import PLURALS, UNITS
from emulator.pql.lexer import Token
from emulator.pql.values import COMPARISONS

if TYPE_CHECKING:
    from emulator.pql.parser import Parser

T = TypeVar("T")

QUANTIFIERS = {"select", "exists", "some", "forall", "all"}
"""Words that clauses follow."""

HINTS = {
    **{word: f"write `{word} X from list where condition`" for word in QUANTIFIERS},
    **{word: f"write `{word} X.field over X from list`" for word in AGGREGATES},
    "let": "write `let X = value in expression`",
}
"""How a form is written, for the error about a word that did not become one."""

OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")

_ENDS_OPERAND = frozenset(
    [*COMPARISONS, ",", ":", "=>", "!", "and", "or", "not", "in", "notin", "like", "occurs", "where", "from", "let"]
)
"""What no operand of a prefix aggregate goes past, except in brackets."""


def separated(parser: "Parser", part: Callable[[], T]) -> list[T]:
    """Parts with commas between them."""
    parts = [part()]
    while parser.skip(","):
        parts.append(part())
    return parts


def clauses(parser: "Parser", word: Token) -> ast.Node:
    """``select``, ``exists`` or ``forall``, whose word has been taken."""
    with parser.variables.bound():
        variables = _declarations(parser)
    span = parser.span_from(word.span[0])
    if word.word == "select":
        return ast.Select(variables, at=span)
    return ast.Quantified("some" if word.word in ("exists", "some") else "all", variables, at=span)


def _declarations(parser: "Parser") -> tuple[ast.Declaration, ...]:
    """Clauses; their variables are left in scope."""
    found: list[ast.Declaration] = []
    while True:
        token = parser.token
        name = parser.name("a variable")
        if any(name == declaration.name for declaration in found):
            parser.fail(f"the variable `{name}` is declared twice", token)
        parser.expect("from", f"and a list after `{name}`")
        source = parser.operand(SUM)
        parser.variables.append(name)
        condition = None
        if parser.skip("where") or parser.skip(":"):
            condition = parser.expression()
        found.append(ast.Declaration(name, source, condition, at=parser.span_from(token.span[0])))
        if not (parser.token.word == "," and parser.ahead().is_name and parser.ahead(2).word == "from"):
            return tuple(found)
        parser.advance()


def at_aggregate(parser: "Parser") -> bool:
    """Whether an operand and its ``over`` follow, so that a word like ``sum`` is not a field."""
    token = parser.token
    starts_operand = token.kind in ("literal", "parameter", "quoted", "name") or token.word in (*OPENING, "^", "-")
    return starts_operand and token.word != "over" and parser.position in parser.before_over


def positions_before_over(tokens: list[Token]) -> frozenset[int]:
    """Positions from which ``over`` comes before anything that would end an operand, at the same depth of brackets."""
    found: set[int] = set()
    reaches, outer = False, [False]
    for index in range(len(tokens) - 1, -1, -1):
        token = tokens[index]
        after_dot = index > 0 and tokens[index - 1].word == "."
        if token.word in CLOSING:
            outer.append(reaches)
            reaches = False
        elif token.word in OPENING:
            reaches = outer.pop() if len(outer) > 1 else False
        elif token.word == "over" and not after_dot:
            reaches = True
            continue
        elif token.word in _ENDS_OPERAND and not after_dot:
            reaches = False
        if reaches:
            found.add(index)
    return frozenset(found)


def aggregate(parser: "Parser", word: Token) -> ast.Node:
    """``sum E over clauses``, whose word has been taken: a list function of a select.

    The operand comes first but sees the variables of the clauses, so it is passed over, then read again. What a first
    reading found is remembered, or nested aggregates would be read over and over.
    """
    operand_at, generated = parser.position, parser.generated
    if operand_at in parser.clauses_at:
        parser.position, parser.generated = parser.clauses_at[operand_at]
    else:
        parser.operand(SUM)
        if parser.token.word != "over":
            parser.fail(f"expected `over`, found {parser.token.shown}; {HINTS[word.word]}")
        parser.advance()
        parser.clauses_at[operand_at] = parser.position, parser.generated
    start = parser.token.span[0]
    with parser.variables.bound():
        variables = _declarations(parser)
        select = ast.Select(variables, at=parser.span_from(start))
        after = parser.position, parser.generated
        parser.position, parser.generated = operand_at, generated
        operand_start = parser.token.span[0]
        operand = parser.operand(SUM)
    names = tuple(declaration.name for declaration in variables)
    function = ast.Function(names, operand, at=parser.span_from(operand_start))
    parser.position, parser.generated = after
    return ast.Apply(word.word, (select, function), at=parser.span_from(word.span[0]))


def tail(parser: "Parser") -> ast.Tail:
    """What follows ``occurs``, or stands in WHEN."""
    token = parser.token
    is_path = parser.ahead().word == "."
    if token.word in COMPARISONS:
        parser.advance()
        return _window(parser, token.word)
    if token.word in ast.DIRECTIONS and not is_path:
        parser.advance()
        return ast.Relation(token.word, _time(parser, f"after `{token.word}`"))
    if token.word == "between" and not is_path:
        parser.advance()
        start = _time(parser, "after `between`")
        parser.expect("and", "and the end of the stretch after `between`")
        return ast.Between(start, _time(parser, "after `and`"))
    if token.word == "on" and not is_path:
        parser.advance()
    return ast.Relation("on", _time(parser, "after `occurs`"))


def _window(parser: "Parser", comparison: str) -> ast.Window:
    token = parser.token
    if not isinstance(token.value, int) or token.kind != "literal":
        parser.fail(f"expected a whole number of units, as in `{comparison} 3 days before now`, found {token.shown}")
    parser.advance()
    unit = UNITS.get(parser.token.word)
    if unit is None:
        parser.fail(f"{parser.token.shown} is not a unit of time; units are {', '.join(PLURALS)}")
    parser.advance()
    direction = parser.token.word
    if direction not in ast.DIRECTIONS:
        parser.fail(f"expected `before`, `after` or `from`, found {parser.token.shown}")
    parser.advance()
    return ast.Window(comparison, token.value, unit, direction, _time(parser, f"after `{direction}`"))


def _time(parser: "Parser", where: str) -> ast.Node:
    if parser.token.kind == "end" or parser.token.word == ")":
        parser.fail(f"expected a time {where}, found {parser.token.shown}")
    return parser.operand(SUM)


def chain(parser: "Parser", word: Token) -> ast.Node:
    """``chain(list, time, [steps])``, whose word has been taken."""
    parser.expect("(", "after `chain`")
    source = parser.operand(SUM)
    parser.expect(",", "after the list of `chain`")
    time = parser.element()
    parser.expect(",", "and a list of steps after the time of `chain`")
    parser.expect("[", "before the steps of `chain`")
    steps: list[ast.Step] = []
    with parser.variables.bound():
        while True:
            steps.append(_step(parser, steps))
            parser.variables.append(steps[-1].label)
            if not parser.skip(","):
                break
    parser.expect("]", "or `,` after a step of `chain`")
    parser.expect(")", "after the steps of `chain`")
    return ast.Chain(source, time, tuple(steps), at=parser.span_from(word.span[0]))


def _step(parser: "Parser", earlier: list[ast.Step]) -> ast.Step:
    token = parser.token
    label = parser.name("a label and a step, as in `A: WHAT(...)`")
    if any(label == step.label for step in earlier):
        parser.fail(f"the label `{label}` is used twice", token)
    parser.expect(":", "after the label")
    if parser.token.word != "what":
        parser.fail(f"a step starts with WHAT(...), found {parser.token.shown}")
    parser.advance()
    what = _bracketed(parser, "WHAT", parser.element)
    when: ast.Tail | None = None
    count: int | None = None
    where: ast.Function | None = None
    while parser.token.word in ("when", "count", "where", "what"):
        modifier = parser.advance()
        name = modifier.word.upper()
        if {"WHEN": when, "COUNT": count, "WHERE": where, "WHAT": what}[name] is not None:
            parser.fail(f"the step `{label}` has {name} twice", modifier)
        if name == "WHEN":
            when = _bracketed(parser, name, lambda: tail(parser))
        elif name == "COUNT":
            count = _bracketed(parser, name, lambda: _count(parser))
        else:
            where = _bracketed(parser, name, parser.element)
    return ast.Step(label, what, when, count, where, at=parser.span_from(token.span[0]))


def _bracketed(parser: "Parser", name: str, part: Callable[[], T]) -> T:
    parser.expect("(", f"after {name}")
    found = part()
    parser.expect(")", f"after the argument of {name}")
    return found


def _count(parser: "Parser") -> int:
    token = parser.advance()
    if token.kind != "literal" or not isinstance(token.value, int) or token.value < 1:
        parser.fail(f"COUNT takes a whole number of at least 1, found {token.shown}", token)
    return token.value
