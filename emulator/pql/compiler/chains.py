"""Closures of chain: whether events can be picked so that the steps follow each other strictly in time.

The meaning is existential. Where no later step looks at a label, the earliest choice is as good as any, and there is
nothing to try. Where one does, every choice of the labelled event is tried, and what has failed is remembered by what
it depended on: the step, the first event it may use, and the labelled events still in sight.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Chain, Function, Step, clause_nodes
from emulator.pql.compiler.narrow import Pick, narrowed
from emulator.pql.compiler.scope import Frame, Scope, Test
from emulator.pql.compiler.times import Stretches, tail, within
from emulator.pql.values import as_list, instant_of

if TYPE_CHECKING:
    from emulator.pql.compiler.core import Compiler, Element


@dataclass(frozen=True, slots=True)
class _Step:
    """A compiled step. ``labels``: slots of earlier labels it reads; ``kept``: slots later steps will still read."""

    what: "Element"
    where: "Element | None"
    when: Stretches | None
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
    picked = [_picked(compiler, each, inner) for each in node.steps]
    is_plain = not (compiler.is_watched or any(step.is_read for step in steps))

    def run(frame: Frame) -> bool:
        elements = as_list(source(frame))
        slots = lift(frame)
        wanted: list[Sequence[Any]] = []
        for step, (pick, _) in zip(steps, picked, strict=True):
            chosen = elements if pick is None else pick(slots, elements)
            if len(chosen) < step.count and not compiler.is_watched:
                return False  # whatever the times are; who watches wants to see every step
            wanted.append(chosen)
        instant = time.bind(frame)
        if is_plain:
            return _follow(steps, wanted, [is_told for _, is_told in picked], instant, slots)
        timed: list[tuple[int, Any]] = []
        for element in elements:
            at = instant_of(instant(element))
            if at is not None:
                timed.append((at, element))
        timed.sort(key=lambda pair: pair[0])
        return _Search(steps, timed, slots).succeeds(0, 0)

    return run


def _picked(compiler: "Compiler", step: Step, scope: Scope) -> tuple[Pick | None, bool]:
    """What picks the elements that alone may meet a step, if that is quickly told, and whether it tells all of them."""
    assert isinstance(step.what, Function)
    pick, rest = narrowed(compiler, step.what.params[0], step.what.body, scope)
    return pick, rest is None


def _follow(
    steps: list[_Step],
    wanted: list[Sequence[Any]],
    are_told: list[bool],
    instant: Callable[[Any], Any],
    slots: list[Any],
) -> bool:
    """Whether the steps, none of which looks at another, can be met: by the earliest choice, or by none.

    ``wanted`` are the elements that may meet each; of a step that is told, they all do.
    """
    after = None
    for step, chosen, is_told in zip(steps, wanted, are_told, strict=True):
        what = None if is_told else step.what.direct or step.what.bind(slots)
        where = None if step.where is None else step.where.bind(slots)
        stretches = None if step.when is None else step.when(slots)
        met = [
            at
            for element in chosen
            if (at := instant_of(instant(element))) is not None
            and (after is None or at > after)
            and (stretches is None or within(at, stretches))
            and (what is None or what(element))
            and (where is None or where(element))
        ]
        if len(met) < step.count:
            return False
        after = sorted(met)[step.count - 1]
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
            if stretches is not None and not within(self._times[position], stretches):
                return False
            element = self._elements[position]
            return bool(what(element)) and (where is None or bool(where(element)))

        def remembered(position: int) -> bool:
            key = (index, position)
            if key not in self._known:
                self._known[key] = fits(position)
            return self._known[key]

        return fits if step.labels else remembered
