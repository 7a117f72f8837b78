"""From tokens to the tree: precedence climbing over one table of levels, names resolved on the way.

Work is linear in the length of the text, except that the operand of a prefix aggregate (``sum E over ...``) is read
twice, because its variables are declared after it.
"""

from functools import cached_property
from typing import NoReturn

from emulator.pql import ast, forms
from emulator.pql.cursor import Cursor
from emulator.pql.errors import PQLTypeError
from emulator.pql.functions import (
    AGGREGATES,
    AND,
    COMPARISON,
    FUNCTIONS,
    LEVELS,
    NOT,
    OR,
    SUM,
    UNARY,
    FunctionRow,
    unknown,
)
from emulator.pql.instants import DAY_WORDS, RELATIVES, UNITS
from emulator.pql.lexer import RESERVED, Token

_OPERATORS = {operator.lower(): operator for operator in LEVELS}
_SCALARS = {"true": True, "false": False, "null": None}
_METHODS = {name for name, row in FUNCTIONS.items() if row.style == "method"}
_CALLS = {name for name, row in FUNCTIONS.items() if row.style == "call"}


def parse_text(text: str) -> ast.Node:
    """The tree of a query in pql/text, its names resolved, its static checks still to be made.

    Raises PQLSyntaxError and PQLTypeError.
    """
    return Parser(text).query()


class Parser(Cursor):
    """One reading of one query.

    ``clauses_at`` remembers, for the position of each aggregate's operand, where its clauses start.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.clauses_at: dict[int, tuple[int, int]] = {}

    @cached_property
    def before_over(self) -> frozenset[int]:
        """Positions with an ``over`` ahead; see ``forms.positions_before_over``."""
        return forms.positions_before_over(self.tokens)

    def query(self) -> ast.Node:
        """The whole text; a lambda around it becomes parameter references."""
        if self.token.kind == "end":
            self.fail("the query is empty")
        if self._at_lambda():
            names = self._lambda_names()
            self.parameters = {name: position for position, name in enumerate(names, start=1)}
        tree = self.expression()
        if self.token.kind != "end":
            self._unexpected()
        return tree

    def expression(self) -> ast.Node:
        """A let, or operators of any level."""
        if self.token.word == "let" and self.ahead().is_name:
            return self._let()
        return self.operand(OR)

    def operand(self, level: int) -> ast.Node:
        """Operators that bind at least as tightly as ``level``."""
        self.descend(2)
        start = self.token.span[0]
        left = self._prefix(level)
        while (operator := _operator(self.token)) and LEVELS[operator] >= level:
            self.advance()
            left = self._binary(operator, left, start)
        self.ascend(2)
        return left

    def _binary(self, operator: str, left: ast.Node, start: int) -> ast.Node:
        level = LEVELS[operator]
        if level in (OR, AND):
            operands = [left, self.operand(level + 1)]
            while _operator(self.token) == operator:
                self.advance()
                operands.append(self.operand(level + 1))
            return ast.Apply(operator, tuple(operands), at=self.span_from(start))
        if operator == "occurs":
            return self._not_chained(ast.Occurs(left, forms.tail(self), at=self.span_from(start)))
        right = self.operand(level + 1)
        applied = ast.Apply(operator, (left, right), at=self.span_from(start))
        return self._not_chained(applied) if level == COMPARISON else applied

    def _not_chained(self, comparison: ast.Node) -> ast.Node:
        following = _operator(self.token)
        if following and LEVELS[following] == COMPARISON:
            self.fail("a comparison cannot be compared again; join comparisons with `and`, or use brackets")
        return comparison

    def _prefix(self, level: int) -> ast.Node:
        token = self.token
        if token.word in ("not", "!"):
            if level > NOT:
                self.fail(f"{token.shown} needs brackets here: `(not ...)`")
            self.advance()
            negated = self.operand(NOT)
            return ast.Apply("not", (negated,), at=self.span_from(token.span[0]))
        if self.skip("-"):
            signed = self.token.value
            operand = self.operand(UNARY)
            span = self.span_from(token.span[0])
            if isinstance(operand, ast.Literal) and isinstance(signed, int | float):
                return ast.literal(-signed, span)
            return ast.Apply("-", (operand,), at=span)
        return self._postfix()

    def _postfix(self) -> ast.Node:
        start = self.token.span[0]
        node = self._primary()
        while True:
            if self.skip("."):
                node = self._member(node, start)
            elif self.skip("["):
                condition = self._implicit_element()
                self.expect("]", "after the condition")
                node = ast.Apply("filter", (node, condition), at=self.span_from(start))
            else:
                return node

    def _member(self, receiver: ast.Node, start: int) -> ast.Node:
        token = self.token
        if token.kind not in ("name", "quoted"):
            self.fail(f"expected a field or function name after `.`, found {token.shown}")
        self.advance()
        if token.kind == "quoted" or self.token.word != "(":
            return ast.Field(receiver, token.name, at=self.span_from(start))
        if token.text not in _METHODS:
            raise PQLTypeError(_no_method(token.text), self.text, token.span)
        arguments = self._arguments(FUNCTIONS[token.text], 1)
        return ast.Apply(token.text, (receiver, *arguments), at=self.span_from(start))

    def _arguments(self, row: FunctionRow, index: int) -> list[ast.Node]:
        opening = self.expect("(", f"after `{row.name}`")
        arguments: list[ast.Node] = []
        if self.skip(")"):
            return arguments
        self.descend(7)
        while not arguments or self.skip(","):
            kind = row.kind_of(index + len(arguments))
            arguments.append(self.element() if kind == "element" else self._argument(row))
        self.ascend(7)
        if not self.skip(")"):
            self._unclosed(")", opening)
        return arguments

    def _argument(self, row: FunctionRow) -> ast.Node:
        if self._at_lambda():
            span = self.token.span
            raise PQLTypeError(f"`{row.name}` takes no function here; write the value itself", self.text, span)
        return self.expression()

    def element(self) -> ast.Function:
        """An expression about one element: a lambda, or an expression whose bare fields are those of the element."""
        if not self._at_lambda():
            return self._implicit_element()
        start = self.token.span[0]
        names = self._lambda_names()
        with self.variables.bound(names):
            body = self.expression()
        return ast.Function(tuple(names), body, at=self.span_from(start))

    def _implicit_element(self) -> ast.Function:
        start = self.token.span[0]
        variable = self.fresh()
        self.implicit.append(variable)
        body = self.expression()
        self.implicit.pop()
        return ast.Function((variable.name,), body, at=self.span_from(start))

    def _primary(self) -> ast.Node:
        token = self.token
        match token.kind:
            case "literal":
                self.advance()
                return ast.literal(token.value, token.span)
            case "parameter":
                self.advance()
                if token.value == 0:
                    self.fail("parameters are counted from 1: `$1` is the profile", token)
                return ast.Parameter(int(token.text[1:]), at=token.span)
            case "name":
                return self._word(token)
            case "quoted":
                self.advance()
                return self._head(token)
            case "symbol" if token.text in "([{^":
                if self._at_lambda():
                    self.fail("a function can only be the whole query or an argument")
                self.advance()
                return self._bracket(token)
        return self._missing_operand()

    def _bracket(self, token: Token) -> ast.Node:
        if token.text == "^":
            return self._up(token)
        self.descend(5)
        closing = {"(": ")", "[": "]", "{": "}"}[token.text]
        node: ast.Node
        if token.text == "(":
            node = self.expression()
        elif token.text == "[":
            items = [] if self.token.word == closing else forms.separated(self, self.expression)
            node = ast.ListOf(tuple(items), at=(token.span[0], self.token.span[1]))
        else:
            entries = [] if self.token.word == closing else forms.separated(self, self._entry)
            node = ast.ObjectOf(tuple(entries), at=(token.span[0], self.token.span[1]))
        self.ascend(5)
        if not self.skip(closing):
            self._unclosed(closing, token)
        return node

    def _entry(self) -> tuple[str, ast.Node]:
        token = self.advance()
        if not isinstance(token.value, str):
            self.fail(f"expected a key, found {token.shown}", token)
        self.expect(":", "after the key")
        return token.value, self.expression()

    def _up(self, token: Token) -> ast.Node:
        levels = 1
        while self.skip("^"):
            levels += 1
        inside = len(self.implicit) - 1
        if levels > inside:
            self.fail(f"`{'^' * min(levels, 9)}` goes above the profile: this is inside {inside} elements", token)
        outer = self.implicit[-1 - levels]
        if self.token.is_name:
            return self._member(outer, token.span[0])
        return outer

    def _word(self, token: Token) -> ast.Node:
        self.advance()
        if token.word in RESERVED:
            if token.word in _SCALARS:
                return ast.literal(_SCALARS[token.word], token.span)
            if token.word == "now" or token.word in DAY_WORDS:
                return ast.TimeWord(token.word, at=token.span)
            self.position -= 1
            return self._missing_operand()
        self.descend(7)
        form = self._form(token)
        self.ascend(7)
        if form is not None:
            return form
        if self.token.word == "(":
            return self._call(token)
        return self._head(token)

    def _form(self, token: Token) -> ast.Node | None:
        """What a word starts when it is followed as its form demands; otherwise it is a name, and this is None."""
        following = self.token
        if token.word in RELATIVES and following.word in UNITS:
            self.advance()
            return ast.TimeWord(f"{token.word} {UNITS[following.word]}", at=self.span_from(token.span[0]))
        if token.word in forms.QUANTIFIERS and following.is_name and self.ahead().word == "from":
            return forms.clauses(self, token)
        if token.word in AGGREGATES and forms.at_aggregate(self):
            return forms.aggregate(self, token)
        if token.word == "chain" and following.word == "(":
            return forms.chain(self, token)
        return None

    def _call(self, token: Token) -> ast.Node:
        name = "if" if token.word == "if" else token.text
        if name not in _CALLS:
            message = f"`{name}` is written after a value: `value.{name}(...)`" if name in _METHODS else unknown(name)
            raise PQLTypeError(message, self.text, token.span)
        arguments = self._arguments(FUNCTIONS[name], 0)
        return ast.Apply(name, tuple(arguments), at=self.span_from(token.span[0]))

    def _head(self, token: Token) -> ast.Node:
        name = token.name
        if name in self.variables:
            return ast.Variable(name, at=token.span)
        if name in self.parameters:
            return ast.Parameter(self.parameters[name], at=token.span)
        if name == "xEvent":
            return ast.Field(ast.Parameter(1), name, at=token.span)
        if name == "profile" and self.token.word == ".":
            return ast.Parameter(1, at=token.span)
        return ast.Field(self.implicit[-1], name, at=token.span)

    def _let(self) -> ast.Node:
        start = self.advance().span[0]
        name = self.name("a name after `let`")
        self.expect("=", f"after `let {name}`")
        value = self.operand(SUM)
        self.expect("in", f"and an expression that uses `{name}`")
        with self.variables.bound([name]):
            body = self.expression()
        return ast.Let(name, value, body, at=self.span_from(start))

    def _at_lambda(self) -> bool:
        """Whether ``( NAME {, NAME} ) =>`` comes next."""
        if self.token.word != "(":
            return False
        index = self.position + 1
        while self.tokens[index].is_name:
            following = self.tokens[index + 1].word
            if following != ",":
                return following == ")" and self.tokens[index + 2].word == "=>"
            index += 2
        return False

    def _lambda_names(self) -> list[str]:
        names: list[str] = []
        while not self.skip("=>"):
            token = self.advance()
            if token.kind == "symbol":
                continue
            if token.name in names:
                self.fail(f"the parameter `{token.name}` is declared twice", token)
            names.append(token.name)
        return names

    def _missing_operand(self) -> NoReturn:
        token = self.token
        if token.word in RESERVED and self.ahead().text in (".", "=", "!=", "<", ">"):
            self.fail(f"{token.shown} is a reserved word; a field of that name is written `$1.{token.text}`")
        self.fail(f"expected a value, found {token.shown}")

    def _unexpected(self) -> NoReturn:
        token, before = self.token, self.tokens[self.position - 1]
        if before.word in forms.HINTS:
            self.fail(f"expected an operator, found {token.shown}; {forms.HINTS[before.word]}")
        if token.word in forms.CLOSING:
            self.fail(f"{token.shown} closes nothing")
        if token.word == "=>":
            self.fail("a function is written `(name) => expression`")
        self.fail(f"expected an operator or the end, found {token.shown}")

    def _unclosed(self, symbol: str, opening: Token) -> NoReturn:
        if self.token.kind == "end":
            self.fail(f"the {opening.shown} opened here is never closed", opening)
        if self.token.kind in ("name", "literal", "quoted"):
            self._unexpected()
        self.fail(f"expected `{symbol}`, found {self.token.shown}")


def _operator(token: Token) -> str:
    """The binary operator a token is, or an empty string."""
    return _OPERATORS.get(token.word, "")


def _no_method(name: str) -> str:
    if name in FUNCTIONS and name not in _METHODS:
        return f"`{name}` is not written after a dot: {FUNCTIONS[name].written}"
    return unknown(name)
