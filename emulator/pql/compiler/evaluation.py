"""A checked tree as a function to call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.pql.ast import Node
from emulator.pql.compiler.core import Compiler
from emulator.pql.compiler.scope import CLOCK, PROFILE, ROOT_SCOPE, ROOTS, Eval, Scope

InSegment = Callable[[str], bool]
Event = Mapping[str, Any]
Evaluation = Callable[[Mapping[str, Any], Sequence[Event], int, InSegment | None], Any]


def evaluation(tree: Node, *, truth: bool) -> Evaluation:
    """A tree as a function of profile, events, now and resolver; of its truth or its value."""
    compiler = Compiler()
    build = compiler.test if truth else compiler.value
    if compiler.free.of(tree) <= {PROFILE}:
        of_profile = build(tree, Scope({}, PROFILE))
        return lambda profile, events, now_ms, in_segment: of_profile(profile)
    of_frame: Eval = build(tree, ROOT_SCOPE)
    variables = [None] * (compiler.size - ROOTS)
    return lambda profile, events, now_ms, in_segment: of_frame([profile, events, now_ms, in_segment, *variables])


def of_one_name(tree: Node, name: str, *, truth: bool) -> Callable[[int], Callable[[Any], Any]]:
    """A tree that depends on one variable and the clock: for a clock value, the function of the variable's value."""
    compiler = Compiler()
    build = compiler.test if truth else compiler.value
    if compiler.free.of(tree) <= {name}:
        direct = build(tree, Scope({}, name))
        return lambda now: direct
    of_frame = build(tree, Scope({name: 0, CLOCK: CLOCK}))
    rest = [None] * (compiler.size - CLOCK - 1)
    return lambda now: lambda value: of_frame([value, None, now, *rest])
