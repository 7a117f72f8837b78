"""From pql/json to the tree, with the tolerances of the format.

literalType is read in any case, numbers may be numeric strings, keys may be in any order and unknown ones are ignored.
An ``xdm:`` prefix of a field name stays in the tree, and is looked up with and without it.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from emulator.pql.ast import (
    DIRECTIONS,
    MAX_DEPTH,
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
    Scalar,
    Select,
    Step,
    Tail,
    TimeWord,
    Variable,
    Window,
)
from emulator.pql.ast import literal as literal_of
from emulator.pql.errors import PQLSyntaxError, PQLTypeError
from emulator.pql.functions import FUNCTIONS, suggestion, unknown
from emulator.pql.instants import DAY_WORDS, PLURALS, RELATIVES, UNITS
from emulator.pql.names import Names
from emulator.pql.values import COMPARISONS, numeric

MAX_LENGTH = 2_097_152
"""Characters a query in pql/json may have."""

_ALIASES = {"notEquals": "notEqualTo", "some": "exists", "all": "forall"}

_Place = tuple[Any, str]
"""What stands in an array, and its JSON pointer."""


def parse_json(expression: str | Mapping[str, Any]) -> Node:
    """The tree of a query in pql/json, given as JSON text or as the object; its static checks still to be made.

    Raises PQLSyntaxError and PQLTypeError.
    """
    document = _load(expression) if isinstance(expression, str) else expression
    return _Decoder().node(document, "")


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


class _Decoder:
    """One reading of one document; ``at`` is always the JSON pointer of what is being read."""

    def __init__(self) -> None:
        self._variables = Names()
        self._depth = 0

    def node(self, value: Any, at: str) -> Node:
        """The tree of a node that is an expression."""
        node_type = self._node_type(value, at)
        decode = _EXPRESSIONS.get(node_type)
        if decode is None:
            known = f"; a {node_type} cannot stand here" if node_type in _PARTS else suggestion(node_type, _EXPRESSIONS)
            raise PQLSyntaxError(f"`{node_type[:40]}` is not the nodeType of an expression{known}", at=at)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PQLSyntaxError(f"the query is nested too deeply: more than {MAX_DEPTH} levels", at=at)
        tree = decode(self, value, at)
        self._depth -= 1
        return tree

    def _node_type(self, value: Any, at: str) -> str:
        if not isinstance(value, Mapping):
            raise PQLSyntaxError(f"expected a node, an object with a nodeType; found {_shown(value)}", at=at)
        return self._text(value, "nodeType", at)

    def _required(self, value: Mapping[str, Any], key: str, at: str) -> Any:
        if key not in value:
            raise PQLSyntaxError(f"the key `{key}` is missing", at=at)
        return value[key]

    def _text(self, value: Mapping[str, Any], key: str, at: str) -> str:
        found = self._required(value, key, at)
        if not isinstance(found, str):
            raise PQLSyntaxError(f"`{key}` must be a string, not {_shown(found)}", at=f"{at}/{key}")
        return found

    def _number(self, value: Mapping[str, Any], key: str, at: str) -> int:
        found = self._required(value, key, at)
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise PQLSyntaxError(f"`{key}` must be a whole number of at least 1", at=f"{at}/{key}")
        return found

    def _places(self, value: Mapping[str, Any], key: str, at: str) -> list[_Place]:
        found = self._required(value, key, at)
        if not isinstance(found, list | tuple):
            raise PQLSyntaxError(f"`{key}` must be an array, not {_shown(found)}", at=f"{at}/{key}")
        return [(element, f"{at}/{key}/{index}") for index, element in enumerate(found)]

    def parameter(self, value: Mapping[str, Any], at: str) -> Node:
        """parameterReference."""
        return Parameter(self._number(value, "position", at), at)

    def field(self, value: Mapping[str, Any], at: str) -> Node:
        """fieldLookup; without an object it is a field of the profile."""
        name = self._text(value, "fieldName", at)
        owner = self.node(value["object"], f"{at}/object") if "object" in value else Parameter(1, at)
        return Field(owner, name, at)

    def variable(self, value: Mapping[str, Any], at: str) -> Node:
        """varRef."""
        name = self._text(value, "varName", at)
        if name not in self._variables:
            raise PQLSyntaxError(f"the variable `{name[:40]}` is not declared around this place", at=at)
        return Variable(name, at)

    def literal(self, value: Mapping[str, Any], at: str) -> Node:
        """literal, of any type."""
        written = self._text(value, "literalType", at)
        content = self._required(value, "value", at)
        literal_type = written.lower()
        if literal_type == "xdmobject":
            if content != "profile":
                raise PQLSyntaxError("the only XDMObject is `profile`", at=f"{at}/value")
            return Parameter(1, at)
        if literal_type == "date":
            return TimeWord(_time_word(content, f"{at}/value"), at)
        if literal_type == "list":
            if not isinstance(content, list | tuple):
                raise PQLSyntaxError(f"the value of a List must be an array, not {_shown(content)}", at=f"{at}/value")
            items = (_scalar(None, item, f"{at}/value/{index}") for index, item in enumerate(content))
            return ListOf(tuple(literal_of(item, at) for item in items), at)
        if literal_type not in _SCALAR_TYPES:
            message = f"unknown literalType `{written[:40]}`{suggestion(written, _LITERAL_TYPES)}"
            raise PQLSyntaxError(message, at=f"{at}/literalType")
        return literal_of(_scalar(literal_type, content, f"{at}/value"), at)

    def apply(self, value: Mapping[str, Any], at: str) -> Node:
        """fnApply, whatever its function."""
        written = self._text(value, "fnName", at)
        places = self._places(value, "params", at)
        name = _ALIASES.get(written, written)
        match name:
            case "list":
                return ListOf(tuple(self.node(param, place) for param, place in places), at)
            case "object":
                return self._object(places, at)
            case "occurs":
                return self._occurs(places, at)
            case "chain":
                return self._chain(places, at)
        row = FUNCTIONS.get(name)
        if row is None or row.style == "form":
            raise PQLTypeError(unknown(written), at=f"{at}/fnName")
        nodes = tuple(self._param(param, place) for param, place in places)
        if name in ("and", "or") and len(nodes) == 1:
            return nodes[0]
        return Apply(name, nodes, at)

    def _param(self, value: Any, at: str) -> Node:
        if self._node_type(value, at) == "fnCreate":
            return self._function(value, at)
        return self.node(value, at)

    def _function(self, value: Any, at: str) -> Function:
        if self._node_type(value, at) != "fnCreate":
            raise PQLSyntaxError("expected a function, a node of type fnCreate", at=at)
        names: list[str] = []
        for param, place in self._places(value, "params", at):
            if not isinstance(param, Mapping):
                raise PQLSyntaxError("expected an object with a varName", at=place)
            names.append(self._text(param, "varName", place))
        if not names or len(set(names)) < len(names):
            raise PQLSyntaxError("a function needs parameters with different names", at=f"{at}/params")
        with self._variables.bound(names):
            body = self.node(self._required(value, "body", at), f"{at}/body")
        return Function(tuple(names), body, at)

    def _object(self, places: list[_Place], at: str) -> Node:
        if len(places) % 2:
            raise PQLTypeError("`object` takes a key and a value in turn", at=at)
        pairs = zip(places[::2], places[1::2], strict=True)
        return ObjectOf(tuple((self._word(*key), self.node(*member)) for key, member in pairs), at)

    def _word(self, value: Any, at: str) -> str:
        node = self.node(value, at)
        if not isinstance(node, Literal) or not isinstance(node.value, str):
            raise PQLSyntaxError("expected a literal of type String", at=at)
        return node.value

    def _occurs(self, places: list[_Place], at: str) -> Node:
        if len(places) < 3:
            raise PQLTypeError("`occurs` takes an operand and a tail of 2, 3 or 5 params", at=at)
        operand = self.node(*places[0])
        return Occurs(operand, self._tail(places[1:], at), at)

    def _tail(self, places: list[_Place], at: str) -> Tail:
        if not places:
            raise PQLTypeError("the tail of `occurs` is empty", at=at)
        word, rest = self._word(*places[0]), places[1:]
        if word in COMPARISONS and len(rest) == 4:
            node = self.node(*rest[0])
            amount = node.value if isinstance(node, Literal) and node.type == "Integer" else None
            if not isinstance(amount, int) or amount < 0:
                raise PQLTypeError("the amount of units must be a literal Integer, not negative", at=rest[0][1])
            unit, direction = UNITS.get(self._word(*rest[1]).lower()), self._word(*rest[2])
            if unit is None:
                raise PQLTypeError(f"units of time are {', '.join(PLURALS)}", at=rest[1][1])
            if direction not in DIRECTIONS:
                raise PQLTypeError("expected `before`, `after` or `from`", at=rest[2][1])
            return Window(word, amount, unit, direction, self.node(*rest[3]))
        if word in (*DIRECTIONS, "on") and len(rest) == 1:
            return Relation(word, self.node(*rest[0]))
        if word == "between" and len(rest) == 2:
            return Between(self.node(*rest[0]), self.node(*rest[1]))
        raise PQLTypeError(f"`{word[:40]}` with {len(rest)} more params is no tail of `occurs`", at=at)

    def _chain(self, places: list[_Place], at: str) -> Node:
        if len(places) < 3:
            raise PQLTypeError("`chain` takes a list, a function for the time, and at least one chainStep", at=at)
        source = self.node(*places[0])
        time = self._function(*places[1])
        steps: list[Step] = []
        with self._variables.bound():
            for value, place in places[2:]:
                step = self._step(value, place)
                if any(step.label == earlier.label for earlier in steps):
                    raise PQLSyntaxError(f"the label `{step.label[:40]}` is used twice", at=place)
                steps.append(step)
                self._variables.append(step.label)
        return Chain(source, time, tuple(steps), at)

    def _step(self, value: Any, at: str) -> Step:
        if self._node_type(value, at) != "chainStep":
            raise PQLSyntaxError("expected a node of type chainStep", at=at)
        label = self._text(value, "label", at)
        what = self._function(self._required(value, "what", at), f"{at}/what")
        when = self._tail(self._places(value, "when", at), f"{at}/when") if "when" in value else None
        count = self._number(value, "count", at) if "count" in value else None
        where = self._function(value["where"], f"{at}/where") if "where" in value else None
        return Step(label, what, when, count, where, at)

    def _declarations(self, value: Mapping[str, Any], at: str) -> tuple[Declaration, ...]:
        found: list[Declaration] = []
        with self._variables.bound():
            for variable, place in self._places(value, "variables", at):
                if self._node_type(variable, place) != "varDecl":
                    raise PQLSyntaxError("expected a node of type varDecl", at=place)
                name = self._text(variable, "varName", place)
                if any(name == declaration.name for declaration in found):
                    raise PQLSyntaxError(f"the variable `{name[:40]}` is declared twice", at=place)
                source = self.node(self._required(variable, "from", place), f"{place}/from")
                self._variables.append(name)
                condition = self.node(variable["where"], f"{place}/where") if "where" in variable else None
                found.append(Declaration(name, source, condition, place))
        if not found:
            raise PQLSyntaxError("`variables` is empty", at=f"{at}/variables")
        return tuple(found)

    def select(self, value: Mapping[str, Any], at: str) -> Node:
        """select."""
        return Select(self._declarations(value, at), at)

    def quantification(self, value: Mapping[str, Any], at: str) -> Node:
        """quantification."""
        quantifier = self._text(value, "quantifier", at)
        if quantifier not in ("some", "all"):
            raise PQLSyntaxError("`quantifier` must be `some` or `all`", at=f"{at}/quantifier")
        return Quantified("some" if quantifier == "some" else "all", self._declarations(value, at), at)

    def let(self, value: Mapping[str, Any], at: str) -> Node:
        """let."""
        name = self._text(value, "varName", at)
        named = self.node(self._required(value, "value", at), f"{at}/value")
        with self._variables.bound([name]):
            body = self.node(self._required(value, "body", at), f"{at}/body")
        return Let(name, named, body, at)


_EXPRESSIONS: dict[str, Callable[[_Decoder, Mapping[str, Any], str], Node]] = {
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
_SCALAR_TYPES = ("string", "integer", "double", "number", "boolean", "null")
_LITERAL_TYPES = ("String", "Integer", "Double", "Number", "Boolean", "Null", "Date", "List", "XDMObject")


def _scalar(literal_type: str | None, value: Any, at: str) -> Scalar:
    """The scalar of a literal; a type of None takes the scalar as it is."""
    if literal_type in ("integer", "double", "number") and isinstance(value, str):
        value = numeric(value)
    match literal_type, value:
        case (("string" | None), str()):
            return value
        case (("boolean" | None), bool()):
            return value
        case (("null" | None), None):
            return None
        case (("integer" | "double" | "number" | None), int() | float()) if not isinstance(value, bool):
            found = _finite(literal_type, value)
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
