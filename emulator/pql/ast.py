"""The tree of a query: frozen nodes that say what was written, and nothing about how to print or evaluate it.

The tree is that of pql/json: names are resolved, an element argument is an explicit function over a variable, and a
lambda around the whole query has become parameter references. Both formats decode to it, so they cannot evaluate
differently. ``at`` remembers where a node came from and does not take part in comparison.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal as Choice

from emulator.pql.errors import At, PQLSyntaxError
from emulator.pql.functions import AGGREGATES

MAX_DEPTH = 64
"""Levels a tree may have. Deeper queries are refused, so that no walk over a tree can exhaust the stack."""

Scalar = str | int | float | bool | None
LiteralType = Choice["String", "Integer", "Double", "Boolean", "Null"]

DIRECTIONS = ("before", "after", "from")
"""How a stretch of time may lie to its reference: on one side of it, or (``from``, in a window) on both."""


@dataclass(frozen=True, slots=True)
class _Written:
    """``at`` is where a node, clause or step was written."""

    at: At = field(default=None, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(_Written):
    """A scalar. ``type`` is the literalType of pql/json; it keeps 1, 1.0 and true apart."""

    value: Scalar
    type: LiteralType


@dataclass(frozen=True, slots=True)
class TimeWord(_Written):
    """``now``, ``today``, ``yesterday``, ``tomorrow``, or ``this|last|next`` and a unit in the singular."""

    word: str


@dataclass(frozen=True, slots=True)
class Parameter(_Written):
    """``$n``: parameter n of the query, counted from 1. Parameter 1 is the profile."""

    position: int


@dataclass(frozen=True, slots=True)
class Variable(_Written):
    """A name bound by select, exists, forall, let, a lambda, a chain label or an implicit element (``_1``)."""

    name: str


@dataclass(frozen=True, slots=True)
class Field(_Written):
    """``object.name``. ``xEvent`` of parameter 1 is the list of events."""

    object: "Node"
    name: str


@dataclass(frozen=True, slots=True)
class ListOf(_Written):
    """``[a, b]``."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class ObjectOf(_Written):
    """``{"key": value}``."""

    entries: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Apply(_Written):
    """An operator or function of the table applied to parameters; a method's receiver is the first."""

    function: str
    params: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Function(_Written):
    """``(a, b) => body``, or the element argument of a list function over a generated variable."""

    params: tuple[str, ...]
    body: "Node"


@dataclass(frozen=True, slots=True)
class Declaration(_Written):
    """``name from source where condition``, one clause of select, exists, forall or a prefix aggregate."""

    name: str
    source: "Node"
    condition: "Node | None" = None


@dataclass(frozen=True, slots=True)
class Select(_Written):
    """``select`` and its clauses."""

    variables: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class Quantified(_Written):
    """``exists`` ("some") or ``forall`` ("all") and its clauses."""

    quantifier: Choice["some", "all"]
    variables: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class Let(_Written):
    """``let name = value in body``."""

    name: str
    value: "Node"
    body: "Node"


@dataclass(frozen=True, slots=True)
class Window:
    """The tail ``<= 3 days before R``."""

    comparison: str
    amount: int
    unit: str
    direction: str
    reference: "Node"


@dataclass(frozen=True, slots=True)
class Relation:
    """The tail ``before R``, ``after R``, ``from R`` or ``on R``."""

    relation: str
    reference: "Node"


@dataclass(frozen=True, slots=True)
class Between:
    """The tail ``between A and B``."""

    start: "Node"
    end: "Node"


Tail = Window | Relation | Between


@dataclass(frozen=True, slots=True)
class Occurs(_Written):
    """``operand occurs tail``."""

    operand: "Node"
    tail: Tail


@dataclass(frozen=True, slots=True)
class Step(_Written):
    """``label: WHAT(...) WHEN(...) COUNT(...) WHERE(...)``. ``what`` and ``where`` are functions of the element."""

    label: str
    what: Function
    when: Tail | None = None
    count: int | None = None
    where: Function | None = None

    @property
    def conditions(self) -> tuple[Function, ...]:
        """What has to hold of the element."""
        return (self.what,) if self.where is None else (self.what, self.where)


@dataclass(frozen=True, slots=True)
class Chain(_Written):
    """``chain(source, time, [steps])``."""

    source: "Node"
    time: Function
    steps: tuple[Step, ...]


Node = (
    Literal
    | TimeWord
    | Parameter
    | Variable
    | Field
    | ListOf
    | ObjectOf
    | Apply
    | Function
    | Select
    | Quantified
    | Let
    | Occurs
    | Chain
)


def literal(value: Scalar, at: At = None) -> Literal:
    """The literal of a Python scalar."""
    if value is None:
        return Literal(None, "Null", at=at)
    if isinstance(value, bool):
        return Literal(value, "Boolean", at=at)
    if isinstance(value, int):
        return Literal(value, "Integer", at=at)
    if isinstance(value, float):
        return Literal(value, "Double", at=at)
    return Literal(value, "String", at=at)


def is_prefix_form(node: Apply) -> bool:
    """Whether an aggregate ranges over all the variables of a select, as ``sum E over ...`` does."""
    if node.function not in AGGREGATES or len(node.params) != 2:
        return False
    select, function = node.params
    if not isinstance(select, Select) or not isinstance(function, Function):
        return False
    return function.params == tuple(declaration.name for declaration in select.variables)


def clauses(node: Node) -> tuple[Declaration | Step, ...]:
    """The clauses of a select or quantifier, or the steps of a chain; later ones lie inside earlier ones."""
    if isinstance(node, Select | Quantified):
        return node.variables
    return node.steps if isinstance(node, Chain) else ()


def children(part: Node | Declaration | Step | Tail) -> tuple[Node, ...]:
    """The nodes directly below a node, or in a clause, a step or a tail, in the order of pql/json."""
    match part:
        case Literal() | TimeWord() | Parameter() | Variable():
            return ()
        case Field():
            return (part.object,)
        case ListOf():
            return part.items
        case ObjectOf():
            return tuple(value for _, value in part.entries)
        case Apply():
            return part.params
        case Function():
            return (part.body,)
        case Let():
            return (part.value, part.body)
        case Occurs():
            return (part.operand, *children(part.tail))
        case Select() | Quantified():
            return tuple(node for clause in part.variables for node in children(clause))
        case Chain():
            return (part.source, part.time, *(node for step in part.steps for node in children(step)))
        case Declaration():
            return (part.source,) if part.condition is None else (part.source, part.condition)
        case Step():
            when = () if part.when is None else children(part.when)
            where = () if part.where is None else (part.where,)
            return (part.what, *when, *where)
        case Between():
            return (part.start, part.end)
        case Window() | Relation():
            return (part.reference,)


def bound_names(tree: Node) -> set[str]:
    """The names that a tree binds somewhere."""
    found: set[str] = set()
    for node in walk(tree):
        match node:
            case Function():
                found.update(node.params)
            case Let():
                found.add(node.name)
            case Select() | Quantified():
                found.update(declaration.name for declaration in node.variables)
            case Chain():
                found.update(step.label for step in node.steps)
    return found


def walk(tree: Node, text: str = "") -> Iterator[Node]:
    """Every node of a tree, parents before children.

    Raises PQLSyntaxError at the first node below ``MAX_DEPTH`` levels, where each clause or step counts as one level
    below the one before it; ``text`` is the query, for the picture.
    """
    pending: list[tuple[Node, int]] = [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise PQLSyntaxError(f"the query is nested too deeply: more than {MAX_DEPTH} levels", text, node.at)
        yield node
        nested = clauses(node)
        for index in range(len(nested) - 1, -1, -1):
            pending.extend((child, depth + index + 1) for child in children(nested[index]))
        if isinstance(node, Chain):
            pending.extend([(node.time, depth + 1), (node.source, depth + 1)])
        elif not nested:
            pending.extend((child, depth + 1) for child in reversed(children(node)))
