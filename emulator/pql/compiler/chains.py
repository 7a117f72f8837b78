"""Closures of chain: whether events can be picked so that the steps follow each other strictly in time.

The meaning is existential. Where no later step looks at a label, the earliest choice is as good as any, and there is
nothing to try. Where one does, every choice of the labelled event is tried, and what has failed is remembered by what
it depended on: the step, the first event it may use, and the labelled events still in sight.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Chain, Step, children
from emulator.pql.compiler.scope import Frame, Scope, Test
from emulator.pql.compiler.times import Stretches, tail, within
from emulator.pql.values import as_list, instant_of

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Bind, Compiler


@dataclass(frozen=True, slots=True)
class _Step:
    """A compiled step. ``reads``: it looks at earlier labels. ``kept``: slots of those that are still looked at."""

    conditions: list["Bind"]
    when: Stretches | None
    count: int
    slot: int
    reads: bool
    is_read: bool
    kept: list[int]


def chain(compiler: "Compiler", node: Chain, scope: Scope) -> Test:
    """``chain(list, time, [steps])``."""
    source = compiler.value(node.source, scope)
    bind = compiler.function(node.time, scope, compiler.value)
    inner, lift = compiler.slotted(scope)
    steps = _steps(compiler, node.steps, inner)

    def run(frame: Frame) -> bool:
        time = bind(frame)
        found = ((instant_of(time(element)), element) for element in as_list(source(frame)))
        timed = sorted(((at, element) for at, element in found if at is not None), key=itemgetter(0))
        return _Search(steps, timed, lift(frame)).succeeds(0, 0)

    return run


def _steps(compiler: "Compiler", nodes: tuple[Step, ...], scope: Scope) -> list[_Step]:
    slots: dict[str, int] = {}
    reads = [compiler.free.of_all(children(step)) for step in nodes]
    steps: list[_Step] = []
    for index, step in enumerate(nodes):
        slot, after = compiler.declare((step.label,), scope)
        later = frozenset().union(*reads[index + 1 :])
        steps.append(
            _Step(
                [compiler.function(each, scope, compiler.test) for each in step.conditions],
                None if step.when is None else tail(compiler, step.when, scope),
                step.count or 1,
                slot,
                not reads[index].isdisjoint(slots),
                step.label in later,
                [earlier for label, earlier in slots.items() if label in reads[index] | later],
            )
        )
        slots[step.label], scope = slot, after
    return steps


class _Search:
    """One evaluation: the events with their times in order, and what has been found out about them."""

    def __init__(self, steps: list[_Step], timed: list[tuple[int, Any]], slots: list[Any]) -> None:
        self._steps = steps
        self._times = [at for at, _ in timed]
        self._elements = [element for _, element in timed]
        self._slots = slots
        self._chosen: dict[int, int] = {}
        self._failed: set[tuple[int, int, tuple[int, ...]]] = set()
        self._known: dict[tuple[int, int], bool] = {}

    def succeeds(self, index: int, start: int) -> bool:
        """Whether the steps from ``index`` can be met by elements from position ``start``."""
        if index == len(self._steps):
            return True
        step = self._steps[index]
        state = (index, start, tuple(self._chosen[slot] for slot in step.kept))
        if state in self._failed:
            return False
        if self._tries(index, step, start):
            return True
        self._failed.add(state)
        return False

    def _tries(self, index: int, step: _Step, start: int) -> bool:
        matches = self._matcher(index, step)
        if not step.is_read:
            seen = 0
            for position in range(start, len(self._times)):
                seen += matches(position)
                if seen == step.count:
                    return self.succeeds(index + 1, self._after(position))
            return False
        positions = [position for position in range(start, len(self._times)) if matches(position)]
        times = [self._times[position] for position in positions]
        for position in positions:
            if bisect_right(times, self._times[position]) < step.count:
                continue
            self._slots[step.slot] = self._elements[position]
            self._chosen[step.slot] = position
            if self.succeeds(index + 1, self._after(position)):
                return True
        return False

    def _after(self, position: int) -> int:
        """The first position strictly later."""
        return bisect_right(self._times, self._times[position])

    def _matcher(self, index: int, step: _Step) -> Callable[[int], bool]:
        conditions = [bind(self._slots) for bind in step.conditions]
        stretches = None if step.when is None else step.when(self._slots)

        def fits(position: int) -> bool:
            if stretches is not None and not within(self._times[position], stretches):
                return False
            element = self._elements[position]
            return all(condition(element) for condition in conditions)

        def remembered(position: int) -> bool:
            key = (index, position)
            if key not in self._known:
                self._known[key] = fits(position)
            return self._known[key]

        return fits if step.reads else remembered
