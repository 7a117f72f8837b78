"""Closures of chain: whether events can be picked so that the steps follow each other strictly in time.

The meaning is existential. Where no later step looks at a label, the earliest choice is as good as any, and there is
nothing to try. Where one does, every choice of the labelled event is tried, and what has failed is remembered by what
it depended on: the step, the first event it may use, and the labelled events still in sight.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Chain, Function, Step, clause_nodes
from emulator.pql.compiler.narrow import Pick, narrowed
from emulator.pql.compiler.scope import Frame, Scope, Test
from emulator.pql.compiler.times import Stretches, Watcher, tail, watcher, within
from emulator.pql.values import as_list, instant_of

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler, Element


@dataclass(frozen=True, slots=True)
class _Step:
    """A compiled step. ``labels``: slots of earlier labels it reads; ``kept``: slots later steps will still read.

    ``note``: takes note of comparisons with the clock, where somebody wants to know.
    """

    what: "Element"
    where: "Element | None"
    when: Stretches | None
    note: Watcher | None
    count: int
    slot: int
    is_read: bool
    labels: tuple[int, ...]
    kept: tuple[int, ...]


def chain(compiler: "Compiler", node: Chain, scope: Scope) -> Test:
    """``chain(list, time, [steps])``."""
    source = compiler.value(node.source, scope)
    time = compiler.function(node.time, scope, compiler.value)
    inner, lift = compiler.slotted(scope)
    steps = _steps(compiler, node.steps, inner)
    wanted = [] if compiler.is_watched else [_picked(each) for each in node.steps]  # who watches sees every step
    is_plain = not (compiler.is_watched or any(step.is_read for step in steps))

    def run(frame: Frame) -> bool:
        elements = as_list(source(frame))
        for pick, count in wanted:
            if len(elements) < count or (pick is not None and len(pick(elements)) < count):
                return False  # whatever the times are
        instant = time.bind(frame)
        timed: list[tuple[int, Any]] = []
        for element in elements:
            at = instant_of(instant(element))
            if at is not None:
                timed.append((at, element))
        timed.sort(key=lambda pair: pair[0])
        if is_plain:
            return _follow(steps, timed, lift(frame))
        return _Search(steps, timed, lift(frame)).succeeds(0, 0)

    return run


def _picked(step: Step) -> tuple[Pick | None, int]:
    """What picks the elements that alone may meet a step, where that is quickly told, and how many it takes."""
    assert isinstance(step.what, Function)
    found = narrowed(step.what.params[0], step.what.body)
    return None if found is None else found[0], step.count or 1


def _follow(steps: list[_Step], timed: list[tuple[int, Any]], slots: list[Any]) -> bool:
    """Whether the steps, none of which looks at another, can be met: by the earliest choice, or by none."""
    after = None
    for step in steps:
        what = step.what.direct or step.what.bind(slots)
        where = None if step.where is None else step.where.bind(slots)
        stretches = None if step.when is None else step.when(slots)
        missing = step.count
        for at, element in timed:
            if after is not None and at <= after:
                continue
            if stretches is not None:
                if step.note is not None:
                    step.note(slots, at, stretches)
                if not within(at, stretches):
                    continue
            if what(element) and (where is None or where(element)):
                missing -= 1
                if not missing:
                    break
        else:
            return False
        after = at
    return True


def _steps(compiler: "Compiler", nodes: tuple[Step, ...], scope: Scope) -> list[_Step]:
    first, _ = compiler.declare(tuple(step.label for step in nodes), scope)
    slots = {step.label: first + index for index, step in enumerate(nodes)}
    reads = [
        {slots[earlier.label] for earlier in nodes[:index] if earlier.label in compiler.free.of_all(clause_nodes(step))}
        for index, step in enumerate(nodes)
    ]
    steps: list[_Step] = []
    for index, step in enumerate(nodes):
        slot = slots[step.label]
        still_read = {earlier for later in reads[index:] for earlier in later if earlier < slot}
        steps.append(
            _Step(
                compiler.function(step.what, scope, compiler.test),
                compiler.function(step.where, scope, compiler.test) if step.where else None,
                tail(compiler, step.when, scope) if step.when else None,
                watcher(compiler, step.when, scope) if step.when else None,
                step.count or 1,
                slot,
                any(slot in later for later in reads[index + 1 :]),
                tuple(sorted(reads[index])),
                tuple(sorted(still_read)),
            )
        )
        scope = scope.binding((step.label,), slot)
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
        what = step.what.bind(self._slots)
        where = None if step.where is None else step.where.bind(self._slots)
        stretches = None if step.when is None else step.when(self._slots)

        def fits(position: int) -> bool:
            if stretches is not None:
                if step.note is not None:
                    step.note(self._slots, self._times[position], stretches)
                if not within(self._times[position], stretches):
                    return False
            element = self._elements[position]
            return bool(what(element)) and (where is None or bool(where(element)))

        def remembered(position: int) -> bool:
            key = (index, position)
            if key not in self._known:
                self._known[key] = fits(position)
            return self._known[key]

        return fits if step.labels else remembered
