"""Why a query gave its result: one evaluation of the same closures, watched."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.pql import ast
from emulator.pql.columns.parts import replaced
from emulator.pql.compiler.core import Compiler, Origin
from emulator.pql.compiler.paths import steps_of
from emulator.pql.compiler.scope import ROOT_SCOPE, ROOTS, Eval, Frame
from emulator.pql.functions import FUNCTIONS
from emulator.pql.instants import Timestamp, word_bounds
from emulator.pql.text import to_text
from emulator.pql.values import COMPARISONS, is_list, to_wire, truth

DETAILED = 10
"""Elements of a list, from the first, whose evaluation is told in full; so is that of the last one evaluated."""

SHOWN = 20
"""Elements of a list that are shown as a value."""

_NONE_MAY = frozenset(["notIn", "notEqualTo", "doesNotContain", "doesNotStartWith", "doesNotEndWith"])


@dataclass(slots=True)
class _Trace:
    """What happened at one node, or for one element."""

    value: Any = None
    nodes: dict[int, "_Trace"] = field(default_factory=dict)
    loops: dict[int, "_Loop"] = field(default_factory=dict)


@dataclass(slots=True)
class _Loop:
    """What happened for the elements of one list."""

    origin: Origin
    elements: list[Any] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    details: dict[int, _Trace] = field(default_factory=dict)


class _Recorder:
    """The observer that writes down a tree of traces. ``current`` is the innermost one."""

    def __init__(self) -> None:
        self.current = _Trace()

    def node(self, node: ast.Node, closure: Eval) -> Eval:
        """The closure of a node, written down under the current trace."""

        def watched(frame: Frame) -> Any:
            outer, trace = self.current, _Trace()
            outer.nodes[id(node)] = trace
            self.current = trace
            trace.value = closure(frame)
            self.current = outer
            return trace.value

        return watched

    def element(self, origin: Origin, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call for an element, written down in the loop it belongs to."""

        def watched(*elements: Any) -> Any:
            outer, trace = self.current, _Trace()
            loop = outer.loops.setdefault(id(origin), _Loop(origin))
            self.current = trace
            trace.value = call(*elements)
            self.current = outer
            index = len(loop.values)
            loop.elements.append(elements[0] if len(elements) == 1 else elements)
            loop.values.append(trace.value)
            if index > DETAILED:
                del loop.details[index - 1]
            loop.details[index] = trace
            return trace.value

        return watched


def explain(
    tree: ast.Node,
    source: str,
    profile: Mapping[str, Any],
    events: Sequence[Mapping[str, Any]],
    now_ms: int,
    in_segment: Callable[[str], bool] | None,
) -> dict[str, Any]:
    """The tree of a query as JSON, with ``text`` and ``value`` at every node that was evaluated.

    ``source`` is the text the spans of the tree belong to, or empty.
    """
    recorder = _Recorder()
    root = recorder.current
    compiler = Compiler(recorder)
    closure = compiler.value(tree, ROOT_SCOPE)
    value = closure([profile, events, now_ms, in_segment, *[None] * (compiler.size - ROOTS)])
    return {"matches": truth(value), **_Renderer(source, now_ms).node(tree, root)}


class _Renderer:
    """From traces to JSON."""

    def __init__(self, source: str, now_ms: int) -> None:
        self._source = source
        self._now = now_ms

    def node(self, node: ast.Node, parent: _Trace) -> dict[str, Any]:
        """A node, from what was written down under its parent."""
        shown = self._place(node)
        if _is_constant(node):
            return {**shown, **_value(_constant(node))}
        if isinstance(node, ast.TimeWord):
            return {**shown, "value": to_wire(Timestamp(word_bounds(node.word, self._now)[0]))}
        trace = parent.nodes.get(id(node))
        if trace is None:
            return {**shown, "evaluated": False}
        shown |= _value(trace.value)
        decided = self._deciding(node, trace)
        if decided is not None:
            shown["decided"] = decided
        below = [self.node(child, trace) for child in _parts(node)]
        if below:
            shown["children"] = below
        loops = [self._loop(node, trace, loop) for loop in trace.loops.values() if not _is_time(node, loop)]
        if loops:
            shown["iterations"] = loops
        return shown

    def _place(self, node: ast.Node | ast.Declaration) -> dict[str, Any]:
        at = node.at
        if self._source and isinstance(at, tuple):
            return {"text": self._source[at[0] : at[1]], "span": list(at)}
        if isinstance(node, ast.Declaration):
            return {"text": to_text(ast.Select((node,))).removeprefix("select ")}
        return {"text": to_text(node)}

    def _loop(self, node: ast.Node, trace: _Trace, loop: _Loop) -> dict[str, Any]:
        origin = loop.origin
        if isinstance(origin, ast.Declaration):
            shown, parts = self._place(origin), _parts_of_clause(node, origin)
        else:
            shown, parts = self._place(origin.body), [origin.body]
        shown |= {"count": len(loop.values), **_outcome(node, trace, loop)}
        shown["elements"] = [self._element(node, loop, index, detail, parts) for index, detail in loop.details.items()]
        return shown

    def _element(
        self, node: ast.Node, loop: _Loop, index: int, detail: _Trace, parts: Sequence[ast.Node]
    ) -> dict[str, Any]:
        value = loop.values[index]
        passed = truth(value) if isinstance(loop.origin, ast.Declaration) else to_wire(value)
        shown = {"index": index, "element": to_wire(loop.elements[index]), "value": passed}
        shown["children"] = [self.node(part, detail) for part in parts]
        loops = [self._loop(node, detail, below) for below in detail.loops.values()]
        return {**shown, "iterations": loops} if loops else shown

    def _deciding(self, node: ast.Node, trace: _Trace) -> int | None:
        """The first element of a list operand that alone would have given the result, where one does."""
        if not isinstance(node, ast.Apply | ast.Occurs) or not _compares_elements(node):
            return None
        parts = ast.children(node)
        operands = [_operand(part, trace) for part in parts]
        listed = 0 if is_list(operands[0]) else 1
        wanted = not isinstance(node, ast.Apply) or node.function not in _NONE_MAY
        if trace.value is not wanted or not is_list(operands[listed]):
            return None
        if isinstance(node, ast.Apply) and node.function in COMPARISONS and all(map(is_list, operands)):
            return None
        test = self._test_of_one(node, parts, operands, listed)
        return next((index for index, element in enumerate(operands[listed]) if test(element) is wanted), None)

    def _test_of_one(
        self, node: ast.Apply | ast.Occurs, parts: Sequence[ast.Node], operands: list[Any], listed: int
    ) -> Callable[[Any], Any]:
        """The node with its list operand replaced by a single element, and the others by the values they had."""
        names = tuple(f"{index}" for index in range(len(parts)))
        stand_ins: dict[int, ast.Node] = {
            id(part): ast.Variable(name)
            for part, name in zip(parts, names, strict=True)
            if part is parts[listed] or not (isinstance(part, ast.Literal | ast.TimeWord) or _is_date(part))
        }
        compiler = Compiler()
        slot, scope = compiler.declare(names, ROOT_SCOPE)
        closure = compiler.value(replaced(node, stand_ins), scope)
        frame: list[Any] = [None, None, self._now, None, *operands]

        def test(element: Any) -> Any:
            frame[slot + listed] = element
            return closure(frame)

        return test


def _compares_elements(node: ast.Apply | ast.Occurs) -> bool:
    """Whether a node is a test that ranges over the elements of a list operand by itself."""
    if isinstance(node, ast.Occurs):
        return all(
            not _is_date(part) or all(isinstance(p, ast.Literal) for p in ast.children(part))
            for part in ast.children(node)
        )
    row = FUNCTIONS[node.function]
    return row.result == "boolean" and len(node.params) > 1 and row.kind_of(0) in ("any", "ordered", "text")


def _is_date(node: ast.Node) -> bool:
    return isinstance(node, ast.Apply) and node.function == "date"


def _is_constant(node: ast.Node) -> bool:
    return isinstance(node, ast.Literal) or (
        isinstance(node, ast.ListOf) and all(isinstance(item, ast.Literal) for item in node.items)
    )


def _constant(node: ast.Node) -> Any:
    return node.value if isinstance(node, ast.Literal) else [_constant(item) for item in ast.children(node)]


def _operand(node: ast.Node, trace: _Trace) -> Any:
    if _is_constant(node):
        return _constant(node)
    below = trace.nodes.get(id(node))
    return None if below is None else below.value


def _parts(node: ast.Node) -> Sequence[ast.Node]:
    """The nodes evaluated directly under a node: paths are told as one, element expressions by their loops."""
    match node:
        case ast.Field():
            head, _ = steps_of(node)
            return () if isinstance(head, ast.Parameter | ast.Variable) else (head,)
        case ast.Select() | ast.Quantified():
            return (node.variables[0].source,)
        case ast.Apply(function="inSegment"):
            return ()
        case _:
            return [child for child in ast.children(node) if not isinstance(child, ast.Function)]


def _parts_of_clause(node: ast.Node, clause: ast.Declaration) -> Sequence[ast.Node]:
    """What is evaluated for an element of a clause: its condition, and where the next clause starts."""
    assert isinstance(node, ast.Select | ast.Quantified)
    following = node.variables[node.variables.index(clause) + 1 :][:1]
    condition = () if clause.condition is None else (clause.condition,)
    return (*condition, *(later.source for later in following))


def _is_time(node: ast.Node, loop: _Loop) -> bool:
    return isinstance(node, ast.Chain) and loop.origin is node.time


def _outcome(node: ast.Node, trace: _Trace, loop: _Loop) -> dict[str, Any]:
    """Which elements decided: the one that ended the search, those that were kept, or the one that was chosen."""
    name = node.function if isinstance(node, ast.Apply) else node.quantifier if isinstance(node, ast.Quantified) else ""
    last = len(loop.values) - 1
    if name in ("exists", "some", "forall", "all"):
        ended = truth(loop.values[last]) == (name in ("exists", "some"))
        return {"decided": last} if ended else {}
    if name == "filter" or isinstance(node, ast.Select):
        return {"kept": [index for index, value in enumerate(loop.values) if truth(value)][:SHOWN]}
    if name in ("min", "max"):
        chosen = next((index for index, value in enumerate(loop.values) if value is trace.value), None)
        return {} if chosen is None or trace.value is None else {"decided": chosen}
    return {}


def _value(value: Any) -> dict[str, Any]:
    """A value as JSON; a long list is cut, and its length given."""
    if is_list(value) and len(value) > SHOWN:
        return {"value": to_wire(value[:SHOWN]), "length": len(value)}
    return {"value": to_wire(value)}
