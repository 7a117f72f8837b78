"""Closures of logic, comparison, arithmetic and membership of audiences."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Apply, Literal
from emulator.pql.compiler.scope import PROFILE, RESOLVER, Eval, Frame, Scope, Test
from emulator.pql.compiler.strict import Builder, strict
from emulator.pql.values import ARITHMETIC, COMPARISONS, NATIVE

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler

_MEMBER_STATUSES = frozenset(["realized", "existing", "entered"])


def conjunction(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``and``."""
    tests = [compiler.test(param, scope) for param in node.params]
    if len(tests) == 2:
        first, second = tests
        return lambda frame: first(frame) and second(frame)

    def run(frame: Frame) -> bool:
        for test in tests:  # noqa: SIM110  # a generator costs more than the tests
            if not test(frame):
                return False
        return True

    return run


def disjunction(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``or``."""
    tests = [compiler.test(param, scope) for param in node.params]
    if len(tests) == 2:
        first, second = tests
        return lambda frame: first(frame) or second(frame)

    def run(frame: Frame) -> bool:
        for test in tests:  # noqa: SIM110  # as above
            if test(frame):
                return True
        return False

    return run


def negation(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``not``."""
    test = compiler.test(node.params[0], scope)
    return lambda frame: not test(frame)


def choice(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
    """``if``."""
    test = compiler.test(node.params[0], scope)
    chosen, other = (compiler.value(param, scope) for param in node.params[1:])
    return lambda frame: chosen(frame) if test(frame) else other(frame)


def comparison(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``=``, ``!=`` and the orderings.

    With a literal, a value of its own type is compared at once, and any other by the rules of coercion.
    """
    left, right = node.params
    compare, native = COMPARISONS[node.function], NATIVE[node.function]
    value = compiler.value(left, scope)
    if not isinstance(right, Literal):
        other = compiler.value(right, scope)
        return lambda frame: compare(value(frame), other(frame))
    literal: Any = right.value
    match right.type:
        case "Integer" | "Double":
            own: tuple[type, ...] = (int, float)
        case "String" if node.function in ("=", "!="):
            own = (str,)
        case _:
            return lambda frame: compare(value(frame), literal)

    def test(frame: Frame) -> bool:
        found = value(frame)
        if found.__class__ in own:
            return native(found, literal)
        return found is not None and compare(found, literal)

    return test


def minus(compiler: "Compiler", node: Apply, scope: Scope) -> Eval:
    """``a - b``, and the sign: ``-a``."""
    subtract = ARITHMETIC["-"]
    build = strict(subtract if len(node.params) == 2 else lambda a: subtract(0, a))
    return build(compiler, node, scope)


def in_segment(compiler: "Compiler", node: Apply, scope: Scope) -> Test:
    """``inSegment``: what segmentMembership says, or else what the resolver says, or else false."""
    literal = node.params[0]
    assert isinstance(literal, Literal)
    segment = str(literal.value)
    profile, resolver = scope.slots[PROFILE], scope.slots[RESOLVER]

    def run(frame: Frame) -> bool:
        stored = stored_membership(frame[profile], segment)
        if stored is not None:
            return stored
        ask = frame[resolver]
        return ask is not None and bool(ask(segment))

    return run


def stored_membership(profile: Any, segment: str) -> bool | None:
    """Whether segmentMembership (namespace -> id -> entry) has the profile in an audience; None if it has no entry."""
    namespaces = profile.get("segmentMembership") if isinstance(profile, Mapping) else None
    if not isinstance(namespaces, Mapping):
        return None
    entries = [ids[segment] for ids in namespaces.values() if isinstance(ids, Mapping) and segment in ids]
    statuses = [entry.get("status") for entry in entries if isinstance(entry, Mapping)]
    return any(status in _MEMBER_STATUSES for status in statuses) if statuses else None


LOGIC_BUILDERS: dict[str, Builder] = {
    "and": conjunction,
    "or": disjunction,
    "not": negation,
    "if": choice,
    **dict.fromkeys(COMPARISONS, comparison),
    **{operator: strict(compute) for operator, compute in ARITHMETIC.items()},
    "-": minus,
    "isNull": strict(lambda value: value is None),
    "isNotNull": strict(lambda value: value is not None),
    "inSegment": in_segment,
}
"""Operator or function -> its builder."""
