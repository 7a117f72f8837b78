"""Plans of chains.

Who lacks elements for a step does not meet a chain. The others are asked row by row, unless every step can be told of
an element by itself, or by itself and the element chosen for the step before, as ``WHEN(<= 1 hour after A)`` can: then
the elements in which the chain so far can end are followed from step to step, for all rows at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.pql.ast import Chain, Step, Tail, Variable, Window, children
from emulator.pql.columns.lists import picked
from emulator.pql.columns.masks import Mask, both, of_rows, rows
from emulator.pql.columns.parts import replaced
from emulator.pql.columns.plan import ELEMENTS, Asking, Plan
from emulator.pql.columns.table import Elements, Instants, Path, Table
from emulator.pql.columns.times import of_clock
from emulator.pql.compiler.core import Compiler
from emulator.pql.compiler.paths import path_of
from emulator.pql.compiler.scope import CLOCK, PROFILE, Key, Scope
from emulator.pql.compiler.times import Stretch, Stretches, tail, within
from emulator.pql.instants import FIXED_UNITS, Timestamp

if TYPE_CHECKING:
    from emulator.pql.columns.planner import Planner

Ends = dict[int, list[int]]
"""For each owner that has met the steps so far, the elements in which they can end."""


@dataclass(frozen=True, slots=True)
class _Step:
    """``parts`` and ``stretches`` have to hold for an element by itself, ``since`` by the one of the step before.

    ``read``: the path of the instant of that one, of which ``since`` speaks. ``is_told``: nothing else has to hold.
    ``is_read``: a later step looks at the element.
    """

    parts: Sequence[Plan]
    stretches: Stretches | None
    since: Sequence[Stretch] | None
    read: Path
    count: int
    is_told: bool
    is_read: bool


def chain(planner: "Planner", node: Chain, subject: Key) -> Plan | None:
    """Whether the steps of a chain can be met."""
    pick = picked(planner, node.source, subject)
    names = path_of(node.time.body, node.time.params[0])
    if pick is None or names is None:
        return None
    steps = [_step(planner, node.steps, index, names) for index in range(len(node.steps))]
    are_told = all(step.is_told for step in steps)
    row_by_row = planner.row_by_row(node, subject)

    def run(table: Table, among: Mask, asking: Asking) -> Mask:
        elements, chosen = pick.run(table, among, asking)
        instants = elements.instants(names)
        if instants is None:
            return row_by_row.run(table, among, asking)
        fitting = []
        for step in steps:
            fitting.append(_fitting(step, elements, instants, chosen, asking))
            among = both(among, elements.owning(fitting[-1], step.count))
        if not are_told:
            return row_by_row.run(table, among, asking)
        if len(steps) == 1:
            return among
        chosen = elements.of_owners(among)
        ends: Ends | None = None
        for step, each in zip(steps, fitting, strict=True):
            read = elements.instants(step.read)
            if read is None:
                return row_by_row.run(table, among, asking)
            ends = _followed(step, elements, instants.of_rows, read.of_rows, both(each, chosen), ends)
        return of_rows(ends or (), len(among))

    return Plan(run, max(ELEMENTS, pick.cost))


def _step(planner: "Planner", steps: Sequence[Step], index: int, names: Path) -> _Step:
    step = steps[index]
    known = [each for each in step.conditions if planner.free.of(each.body) <= {each.params[0], CLOCK}]
    stretches = None if step.when is None else of_clock(planner, step.when)
    since, read = None, names
    if step.when is not None and stretches is None and index > 0:
        since, read = _since(step.when, steps[index - 1].label) or (None, names)
    is_read = any(step.label in planner.free.of_all(children(later)) for later in steps[index + 1 :])
    count = step.count or 1
    is_whole = len(known) == len(step.conditions) and (step.when is None or stretches is not None or since is not None)
    return _Step(
        [planner.test(each.body, each.params[0]) for each in known],
        stretches,
        since,
        read,
        count,
        is_whole and (count == 1 or not (is_read or since)),
        is_read,
    )


def _since(node: Tail, label: str) -> tuple[Sequence[Stretch], Path] | None:
    """The stretches of a tail, in ms after one instant of a label, and the path to that instant.

    None if it speaks of anything else, or of units of the calendar, whose length depends on where they lie.
    """
    references = children(node)
    paths = {path_of(each, label) for each in references}
    names = paths.pop()
    if paths or names is None:
        return None
    if isinstance(node, Window) and (node.unit not in FIXED_UNITS or node.comparison in ("=", "!=")):
        return None
    of_instant = replaced(node, {id(each): Variable(label) for each in references})
    return tail(Compiler(), of_instant, Scope({label: PROFILE}))([Timestamp(0)]), names


def _fitting(step: _Step, elements: Elements, instants: Instants, among: Mask, asking: Asking) -> Mask:
    """The elements, of some, that have a time and fit a step by themselves."""
    for part in step.parts:
        among = part.run(elements, among, asking)
    if step.stretches is None:
        return both(among, instants.known)
    return instants.lying_in(step.stretches(asking.frame()), among)


def _followed(
    step: _Step,
    elements: Elements,
    times: Sequence[Any],
    read: Sequence[float],
    fitting: Mask,
    before: Ends | None,
) -> Ends:
    """In which elements a step can end where the steps before it end so.

    Where no later step looks at the element, the earliest that is possible is as good as any.
    """
    ends: Ends = {}
    for row in rows(fitting):
        owner = elements.owners[row]
        if before is not None:
            for end in before.get(owner, ()):
                if times[end] < times[row] and (step.since is None or within(times[row] - read[end], step.since)):
                    break
            else:
                continue
        ends.setdefault(owner, []).append(row)
    if step.is_read:
        return ends
    return {
        owner: [sorted(each, key=times.__getitem__)[step.count - 1]]
        for owner, each in ends.items()
        if len(each) >= step.count
    }
