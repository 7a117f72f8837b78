"""From pql/json to the tree, with the tolerances of the format.

literalType is read in any case, numbers may be numeric strings, keys may be in any order and unknown ones are ignored.
An ``xdm:`` prefix of a field name stays in the tree, and is looked up with and without it.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from emulator.pql import ast
from emulator.pql.errors import PQLSyntaxError, PQLTypeError
from emulator.pql.functions import FUNCTIONS, suggestion, unknown
from emulator.pql.instants import DAY_WORDS, PLURALS, RELATIVES, UNITS
from emulator.pql.names import Names
from emulator.pql.values import COMPARISONS, numeric

MAX_LENGTH = 2_097_152
"""Characters a query in pql/json may have."""

_ALIASES = {"notEquals": "notEqualTo", "some": "exists", "all": "forall"}


def parse_json(expression: str | Mapping[str, Any]) -> ast.Node:
    """The tree of a query in pql/json, given as JSON text or as the object; its static checks still to be made.

    Raises PQLSyntaxError and PQLTypeError.
    """
    document = _load(expression) if isinstance(expression, str) else expression
    return _Decoder().node(_Place(document, ""))


def _load(text: str) -> Any:
    if len(text) > MAX_LENGTH:
        raise PQLSyntaxError(f"the query has {len(text)} characters; {MAX_LENGTH} are allowed")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg}"
        raise PQLSyntaxError(message, text, (error.pos, error.pos + 1)) from None
    except ValueError as error:
        raise PQLSyntaxError(f"this is not JSON: {error}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


class _Place(NamedTuple):
    """A value of the document, and its JSON pointer."""

    value: Any
    at: str

    def node_type(self) -> str:
        """The nodeType of a value that must be a node."""
        if not isinstance(self.value, Mapping):
            message = f"expected a node, an object with a nodeType; found {_shown(self.value)}"
            raise PQLSyntaxError(message, at=self.at)
        return self.text("nodeType")

    def member(self, key: str) -> "_Place":
        """The member of an object, which must be there."""
        if key not in self.value:
            raise PQLSyntaxError(f"the key `{key}` is missing", at=self.at)
        return _Place(self.value[key], f"{self.at}/{key}")

    def text(self, key: str) -> str:
        """A member that must be a string."""
        found = self.member(key)
        if not isinstance(found.value, str):
            raise PQLSyntaxError(f"`{key}` must be a string, not {_shown(found.value)}", at=found.at)
        return found.value

    def number(self, key: str) -> int:
        """A member that must be a whole number of at least 1."""
        found = self.member(key)
        if not isinstance(found.value, int) or isinstance(found.value, bool) or found.value < 1:
            raise PQLSyntaxError(f"`{key}` must be a whole number of at least 1", at=found.at)
        return found.value

    def elements(self, key: str) -> list["_Place"]:
        """The elements of a member that must be an array."""
        found = self.member(key)
        if not isinstance(found.value, list | tuple):
            raise PQLSyntaxError(f"`{key}` must be an array, not {_shown(found.value)}", at=found.at)
        return [_Place(element, f"{found.at}/{index}") for index, element in enumerate(found.value)]


class _Decoder:
    """One reading of one document, with the names in scope where it reads."""

    def __init__(self) -> None:
        self._variables = Names()
        self._depth = 0

    def node(self, place: _Place) -> ast.Node:
        """The tree of a node that is an expression."""
        node_type = place.node_type()
        decode = _EXPRESSIONS.get(node_type)
        if decode is None:
            known = f"; a {node_type} cannot stand here" if node_type in _PARTS else suggestion(node_type, _EXPRESSIONS)
            raise PQLSyntaxError(f"`{node_type[:40]}` is not the nodeType of an expression{known}", at=place.at)
        self._depth += 1
        if self._depth > ast.MAX_DEPTH:
            raise PQLSyntaxError(f"the query is nested too deeply: more than {ast.MAX_DEPTH} levels", at=place.at)
        tree = decode(self, place)
        self._depth -= 1
        return tree

    def parameter(self, place: _Place) -> ast.Node:
        return ast.Parameter(place.number("position"), at=place.at)

    def field(self, place: _Place) -> ast.Node:
        """A field; without an object it is one of the profile."""
        name = place.text("fieldName")
        owner = self.node(place.member("object")) if "object" in place.value else ast.Parameter(1, at=place.at)
        return ast.Field(owner, name, at=place.at)

    def variable(self, place: _Place) -> ast.Node:
        name = place.text("varName")
        if name not in self._variables:
            raise PQLSyntaxError(f"the variable `{name[:40]}` is not declared around this place", at=place.at)
        return ast.Variable(name, at=place.at)

    def literal(self, place: _Place) -> ast.Node:
        written = place.text("literalType")
        content, at = place.member("value")
        literal_type = written.lower()
        if literal_type == "xdmobject":
            if content != "profile":
                raise PQLSyntaxError("the only XDMObject is `profile`", at=at)
            return ast.Parameter(1, at=place.at)
        if literal_type == "date":
            return ast.TimeWord(_time_word(content, at), at=place.at)
        if literal_type == "list":
            if not isinstance(content, list | tuple):
                raise PQLSyntaxError(f"the value of a List must be an array, not {_shown(content)}", at=at)
            items = (_scalar(None, item, f"{at}/{index}") for index, item in enumerate(content))
            return ast.ListOf(tuple(ast.literal(item, place.at) for item in items), at=place.at)
        if literal_type not in map(str.lower, _LITERAL_TYPES):
            message = f"unknown literalType `{written[:40]}`{suggestion(written, _LITERAL_TYPES)}"
            raise PQLSyntaxError(message, at=f"{place.at}/literalType")
        return ast.literal(_scalar(literal_type, content, at), place.at)

    def apply(self, place: _Place) -> ast.Node:
        """An fnApply, whatever its function."""
        written = place.text("fnName")
        params, at = place.elements("params"), place.at
        name = _ALIASES.get(written, written)
        match name:
            case "list":
                return ast.ListOf(tuple(map(self.node, params)), at=at)
            case "object":
                return self._object(params, at)
            case "occurs":
                return self._occurs(params, at)
            case "chain":
                return self._chain(params, at)
        row = FUNCTIONS.get(name)
        if row is None or row.style == "form":
            raise PQLTypeError(unknown(written), at=f"{at}/fnName")
        nodes = tuple(map(self._param, params))
        if name in ("and", "or") and len(nodes) == 1:
            return nodes[0]
        return ast.Apply(name, nodes, at=at)

    def _param(self, place: _Place) -> ast.Node:
        return self._function(place) if place.node_type() == "fnCreate" else self.node(place)

    def _function(self, place: _Place) -> ast.Function:
        if place.node_type() != "fnCreate":
            raise PQLSyntaxError("expected a function, a node of type fnCreate", at=place.at)
        names: list[str] = []
        for param in place.elements("params"):
            if not isinstance(param.value, Mapping):
                raise PQLSyntaxError("expected an object with a varName", at=param.at)
            names.append(param.text("varName"))
        if not names or len(set(names)) < len(names):
            raise PQLSyntaxError("a function needs parameters with different names", at=f"{place.at}/params")
        with self._variables.bound(names):
            body = self.node(place.member("body"))
        return ast.Function(tuple(names), body, at=place.at)

    def _object(self, params: list[_Place], at: str) -> ast.Node:
        if len(params) % 2:
            raise PQLTypeError("`object` takes a key and a value in turn", at=at)
        pairs = zip(params[::2], params[1::2], strict=True)
        return ast.ObjectOf(tuple((self._word(key), self.node(member)) for key, member in pairs), at=at)

    def _word(self, place: _Place) -> str:
        node = self.node(place)
        if not isinstance(node, ast.Literal) or not isinstance(node.value, str):
            raise PQLSyntaxError("expected a literal of type String", at=place.at)
        return node.value

    def _occurs(self, params: list[_Place], at: str) -> ast.Node:
        if len(params) < 3:
            raise PQLTypeError("`occurs` takes an operand and a tail of 2, 3 or 5 params", at=at)
        operand = self.node(params[0])
        return ast.Occurs(operand, self._tail(params[1:], at), at=at)

    def _tail(self, params: list[_Place], at: str) -> ast.Tail:
        if not params:
            raise PQLTypeError("the tail of `occurs` is empty", at=at)
        word, rest = self._word(params[0]), params[1:]
        if word in COMPARISONS and len(rest) == 4:
            node = self.node(rest[0])
            amount = node.value if isinstance(node, ast.Literal) and node.type == "Integer" else None
            if not isinstance(amount, int) or amount < 0:
                raise PQLTypeError("the amount of units must be a literal Integer, not negative", at=rest[0].at)
            unit, direction = UNITS.get(self._word(rest[1]).lower()), self._word(rest[2])
            if unit is None:
                raise PQLTypeError(f"units of time are {', '.join(PLURALS)}", at=rest[1].at)
            if direction not in ast.DIRECTIONS:
                raise PQLTypeError("expected `before`, `after` or `from`", at=rest[2].at)
            return ast.Window(word, amount, unit, direction, self.node(rest[3]))
        if word in (*ast.DIRECTIONS, "on") and len(rest) == 1:
            return ast.Relation(word, self.node(rest[0]))
        if word == "between" and len(rest) == 2:
            return ast.Between(self.node(rest[0]), self.node(rest[1]))
        raise PQLTypeError(f"`{word[:40]}` with {len(rest)} more params is no tail of `occurs`", at=at)

    def _chain(self, params: list[_Place], at: str) -> ast.Node:
        if len(params) < 3:
            raise PQLTypeError("`chain` takes a list, a function for the time, and at least one chainStep", at=at)
        source = self.node(params[0])
        time = self._function(params[1])
        steps: list[ast.Step] = []
        with self._variables.bound():
            for place in params[2:]:
                step = self._step(place)
                if any(step.label == earlier.label for earlier in steps):
                    raise PQLSyntaxError(f"the label `{step.label[:40]}` is used twice", at=place.at)
                steps.append(step)
                self._variables.append(step.label)
        return ast.Chain(source, time, tuple(steps), at=at)

    def _step(self, place: _Place) -> ast.Step:
        if place.node_type() != "chainStep":
            raise PQLSyntaxError("expected a node of type chainStep", at=place.at)
        label = place.text("label")
        what = self._function(place.member("what"))
        when = self._tail(place.elements("when"), f"{place.at}/when") if "when" in place.value else None
        count = place.number("count") if "count" in place.value else None
        where = self._function(place.member("where")) if "where" in place.value else None
        return ast.Step(label, what, when, count, where, at=place.at)

    def _declarations(self, node: _Place) -> tuple[ast.Declaration, ...]:
        found: list[ast.Declaration] = []
        with self._variables.bound():
            for place in node.elements("variables"):
                if place.node_type() != "varDecl":
                    raise PQLSyntaxError("expected a node of type varDecl", at=place.at)
                name = place.text("varName")
                if any(name == declaration.name for declaration in found):
                    raise PQLSyntaxError(f"the variable `{name[:40]}` is declared twice", at=place.at)
                source = self.node(place.member("from"))
                self._variables.append(name)
                condition = self.node(place.member("where")) if "where" in place.value else None
                found.append(ast.Declaration(name, source, condition, at=place.at))
        if not found:
            raise PQLSyntaxError("`variables` is empty", at=f"{node.at}/variables")
        return tuple(found)

    def select(self, place: _Place) -> ast.Node:
        return ast.Select(self._declarations(place), at=place.at)

    def quantification(self, place: _Place) -> ast.Node:
        quantifier = place.text("quantifier")
        if quantifier not in ("some", "all"):
            raise PQLSyntaxError("`quantifier` must be `some` or `all`", at=f"{place.at}/quantifier")
        return ast.Quantified("some" if quantifier == "some" else "all", self._declarations(place), at=place.at)

    def let(self, place: _Place) -> ast.Node:
        name = place.text("varName")
        named = self.node(place.member("value"))
        with self._variables.bound([name]):
            body = self.node(place.member("body"))
        return ast.Let(name, named, body, at=place.at)


_EXPRESSIONS: dict[str, Callable[[_Decoder, _Place], ast.Node]] = {
    "parameterReference": _Decoder.parameter,
    "literal": _Decoder.literal,
    "fieldLookup": _Decoder.field,
    "fnApply": _Decoder.apply,
    "varRef": _Decoder.variable,
    "select": _Decoder.select,
    "quantification": _Decoder.quantification,
    "let": _Decoder.let,
}
_PARTS = ("fnCreate", "varDecl", "chainStep")
_LITERAL_TYPES = ("String", "Integer", "Double", "Number", "Boolean", "Null", "Date", "List", "XDMObject")


def _scalar(literal_type: str | None, value: Any, at: str) -> ast.Scalar:
    """The scalar of a literal; a type of None takes the scalar as it is."""
    is_numeric = literal_type in ("integer", "double", "number") and isinstance(value, str)
    scalar = numeric(value) if is_numeric else value
    match literal_type, scalar:
        case (("string" | None), str()) | (("boolean" | None), bool()) | (("null" | None), None):
            return scalar
        case (("integer" | "double" | "number" | None), int() | float()) if not isinstance(scalar, bool):
            found = _finite(literal_type, scalar)
            if found is not None:
                return found
    raise PQLSyntaxError(f"{_shown(value)} is not a value of type {literal_type or 'scalar'}", at=at)


def _finite(literal_type: str | None, value: int | float) -> int | float | None:
    try:
        as_double = float(value)
    except OverflowError:
        return None
    if not math.isfinite(as_double):
        return None
    if literal_type == "double":
        return as_double
    if literal_type == "integer":
        return int(value) if as_double.is_integer() else None
    return value


def _time_word(value: Any, at: str) -> str:
    words = value.lower().split() if isinstance(value, str) else []
    if len(words) == 1 and (words[0] == "now" or words[0] in DAY_WORDS):
        return str(words[0])
    if len(words) == 2 and words[0] in RELATIVES and words[1] in UNITS:
        return f"{words[0]} {UNITS[words[1]]}"
    raise PQLSyntaxError("a Date is `now`, `today`, `yesterday`, `tomorrow`, or a word like `last week`", at=at)


def _shown(value: Any) -> str:
    match value:
        case Mapping():
            return "an object"
        case list() | tuple():
            return "an array"
        case _:
            text = json.dumps(value, default=lambda other: type(other).__name__)
            return text if len(text) <= 40 else f"{text[:39]}…"
