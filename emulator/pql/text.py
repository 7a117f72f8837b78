"""From tree to text: one canonical spelling, with brackets only where the tree would otherwise be read differently.

Functions print as lambdas. In a chain they print as the bare expressions they are usually written as, unless the body
needs the element itself.
"""

import json
import re
from collections.abc import Iterable

from emulator.pql import ast
from emulator.pql.forms import HINTS
from emulator.pql.functions import COMPARISON, FUNCTIONS, LEVELS, NOT, SUM, UNARY
from emulator.pql.instants import PLURALS, RELATIVES
from emulator.pql.lexer import RESERVED
from emulator.pql.names import Names

_EXPRESSION, _RECEIVER = 0, UNARY + 1
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_GENERATED = re.compile(r"_[0-9]+")
_WORDS = RESERVED.union(
    HINTS,
    ["if", "chain", "where", "over", "what", "when", "between", "on"],
    ast.DIRECTIONS,
    RELATIVES,
)
"""Words, in lower case, that are written in backquotes or after ``$1`` where they would be read as more than a name."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def to_text(tree: ast.Node) -> str:
    """A tree in pql/text. Parsing the text gives the tree again, apart from the numbers of generated variables."""
    return _Printer().show(tree)


class _Printer:
    """Printing with the names in scope; ``element`` is the variable a bare field belongs to, None for the profile."""

    def __init__(self) -> None:
        self._variables = Names()
        self._element: str | None = None

    def show(self, node: ast.Node, level: int = _EXPRESSION, *, last: bool = True) -> str:
        """A node where operators of ``level`` or tighter may stand; ``last``: nothing follows it in its brackets."""
        text = self._plain(node, last=last)
        if _level(node) < level or (_is_open(node) and not last):
            inner = text if last else self._plain(node, last=True)
            return f"({inner})"
        return text

    def _plain(self, node: ast.Node, *, last: bool) -> str:
        match node:
            case ast.Literal():
                return _literal(node)
            case ast.TimeWord():
                return node.word
            case ast.Parameter():
                return f"${node.position}"
            case ast.Variable():
                return _name(node.name)
            case ast.Field():
                return self._field(node)
            case ast.ListOf():
                return f"[{', '.join(self.show(item) for item in node.items)}]"
            case ast.ObjectOf():
                return f"{{{', '.join(f'{_string(key)}: {self.show(value)}' for key, value in node.entries)}}}"
            case ast.Apply():
                return self._apply(node, last=last)
            case ast.Function():
                return self._lambda(node)
            case ast.Select():
                return f"select {self._clauses(node.variables, last=last)}"
            case ast.Quantified():
                word = "exists" if node.quantifier == "some" else "forall"
                return f"{word} {self._clauses(node.variables, last=last)}"
            case ast.Let():
                value = self.show(node.value, SUM, last=False)
                with self._variables.bound([node.name]):
                    return f"let {_name(node.name)} = {value} in {self.show(node.body)}"
            case ast.Occurs():
                return f"{self.show(node.operand, SUM, last=False)} occurs {self._tail(node.tail, last=last)}"
            case ast.Chain():
                return self._chain(node)

    def _field(self, node: ast.Field) -> str:
        owner, name = node.object, node.name
        if isinstance(owner, ast.Parameter) and owner.position == 1 and self._is_head(name):
            return _quoted(name)
        if isinstance(owner, ast.Variable) and owner.name == self._element:
            return _name(name)
        return f"{self.show(owner, _RECEIVER, last=False)}.{_quoted(name)}"

    def _is_head(self, name: str) -> bool:
        """Whether a field of the profile can be written without ``$1``."""
        if name in self._variables:
            return False
        return name == "xEvent" or (self._element is None and name != "profile" and name.lower() not in _WORDS)

    def _apply(self, node: ast.Apply, *, last: bool) -> str:
        name, params = node.function, node.params
        if ast.is_prefix_form(node):
            return self._aggregate(node, last=last)
        style = FUNCTIONS[name].style
        if name == "not":
            return f"not ({self.show(params[0])})"
        if style == "operator" and len(params) == 1:
            operand = self.show(params[0], UNARY, last=last)
            return f"-({operand})" if _is_unsigned(params[0]) else f"-{operand}"
        if style == "operator":
            return self._infix(name, params, last=last)
        if style == "call":
            return f"{name}({self._arguments(params)})"
        return f"{self.show(params[0], _RECEIVER, last=False)}.{name}({self._arguments(params[1:])})"

    def _infix(self, operator: str, params: tuple[ast.Node, ...], *, last: bool) -> str:
        level = LEVELS[operator]
        first = level if level >= SUM else level + 1  # + - * / % group to the left
        shown = [self.show(params[0], first, last=False)]
        shown += [self.show(param, level + 1, last=False) for param in params[1:-1]]
        shown.append(self.show(params[-1], level + 1, last=last))
        return f" {operator} ".join(shown)

    def _arguments(self, params: Iterable[ast.Node]) -> str:
        return ", ".join(self.show(param) for param in params)

    def _lambda(self, function: ast.Function) -> str:
        with self._variables.bound(function.params):
            return f"({', '.join(_name(param) for param in function.params)}) => {self.show(function.body)}"

    def _aggregate(self, node: ast.Apply, *, last: bool) -> str:
        select, function = node.params
        assert isinstance(select, ast.Select)
        assert isinstance(function, ast.Function)
        with self._variables.bound(function.params):
            operand = self.show(function.body, SUM, last=False)
        return f"{node.function} {operand} over {self._clauses(select.variables, last=last)}"

    def _clauses(self, variables: tuple[ast.Declaration, ...], *, last: bool) -> str:
        shown: list[str] = []
        with self._variables.bound():
            for declaration in variables:
                text = f"{_name(declaration.name)} from {self.show(declaration.source, SUM, last=False)}"
                self._variables.append(declaration.name)
                if declaration.condition is not None:
                    is_last = last and declaration is variables[-1]
                    text += f" where {self.show(declaration.condition, last=is_last)}"
                shown.append(text)
        return ", ".join(shown)

    def _tail(self, tail: ast.Tail, *, last: bool) -> str:
        if isinstance(tail, ast.Between):
            start, end = self.show(tail.start, SUM, last=False), self.show(tail.end, SUM, last=last)
            return f"between {start} and {end}"
        reference = self.show(tail.reference, SUM, last=last)
        if isinstance(tail, ast.Window):
            unit = tail.unit if tail.amount == 1 else PLURALS[tail.unit]
            return f"{tail.comparison} {tail.amount} {unit} {tail.direction} {reference}"
        is_bare = tail.relation == "on" and isinstance(tail.reference, ast.TimeWord)
        return reference if is_bare else f"{tail.relation} {reference}"

    def _chain(self, node: ast.Chain) -> str:
        source = self.show(node.source, SUM, last=False)
        time = self._element_of_chain(node.time)
        steps: list[str] = []
        with self._variables.bound():
            for step in node.steps:
                steps.append(self._step(step))
                self._variables.append(step.label)
        return f"chain({source}, {time}, [{', '.join(steps)}])"

    def _step(self, step: ast.Step) -> str:
        text = f"{_name(step.label)}: WHAT({self._element_of_chain(step.what)})"
        if step.when is not None:
            text += f" WHEN({self._tail(step.when, last=True)})"
        if step.count is not None:
            text += f" COUNT({step.count})"
        if step.where is not None:
            text += f" WHERE({self._element_of_chain(step.where)})"
        return text

    def _element_of_chain(self, function: ast.Function) -> str:
        if not self._can_be_implicit(function):
            return self._lambda(function)
        outer, self._element = self._element, function.params[0]
        text = self.show(function.body)
        self._element = outer
        return text

    def _can_be_implicit(self, function: ast.Function) -> bool:
        """Whether every use of the element is a field that reads as one of its own."""
        (name,) = function.params
        if not _GENERATED.fullmatch(name):
            return False
        taken = {"xEvent", "profile", *self._variables, *ast.bound_names(function.body)}
        return name not in taken and _only_fields(function.body, name, taken, nested=False)


def _only_fields(node: ast.Node, name: str, taken: set[str], *, nested: bool) -> bool:
    """Whether a variable is used only as the owner of fields, none of them taken, and not inside a nested chain."""
    if isinstance(node, ast.Variable):
        return node.name != name
    if isinstance(node, ast.Field) and node.object == ast.Variable(name):
        return not nested and node.name not in taken
    inside_chain = isinstance(node, ast.Chain)
    return all(
        _only_fields(child, name, taken, nested=nested or (inside_chain and isinstance(child, ast.Function)))
        for child in ast.children(node)
    )


def _is_open(node: ast.Node) -> bool:
    """Whether a node ends with an expression that takes in whatever follows."""
    return isinstance(node, ast.Select | ast.Quantified | ast.Let) or (
        isinstance(node, ast.Apply) and ast.is_prefix_form(node)
    )


def _is_unsigned(node: ast.Node) -> bool:
    """Whether a node is a number that a sign before it would become part of."""
    return isinstance(node, ast.Literal) and node.type in ("Integer", "Double") and _level(node) != UNARY


def _level(node: ast.Node) -> int:
    match node:
        case ast.Let():
            return _EXPRESSION
        case ast.Occurs():
            return COMPARISON
        case ast.Literal(value=int() | float()) if node.type != "Boolean":
            return UNARY if str(node.value).startswith("-") else _RECEIVER
        case ast.Apply() if node.function == "not":
            return NOT
        case ast.Apply() if FUNCTIONS[node.function].style == "operator":
            return UNARY if len(node.params) == 1 else LEVELS[node.function]
        case _:
            return _RECEIVER


def _literal(node: ast.Literal) -> str:
    value = node.value
    if isinstance(value, str):
        return _string(value)
    if value is None or isinstance(value, int):  # or a boolean
        return json.dumps(value)
    mantissa, _, exponent = repr(value).partition("e")
    mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{mantissa}E{int(exponent)}" if exponent else mantissa


def _string(value: str) -> str:
    """A text as JSON writes it; surrogates are escaped, since no encoding has them."""
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(value, ensure_ascii=False))


def _quoted(name: str) -> str:
    """A name where any word may stand, in backquotes if it is not an identifier."""
    return name if _IDENTIFIER.fullmatch(name) else f"`{name.replace('`', '``')}`"


def _name(name: str) -> str:
    """A name where words of the grammar may stand too."""
    return f"`{name}`" if name.lower() in _WORDS else _quoted(name)
