"""Plans of comparisons with stretches of time."""

from typing import TYPE_CHECKING

from emulator.pql.ast import Occurs, Tail, children
from emulator.pql.columns import operands
from emulator.pql.columns.masks import Mask
from emulator.pql.columns.plan import PATH, Asking, Plan
from emulator.pql.columns.table import Table
from emulator.pql.compiler.core import Compiler
from emulator.pql.compiler.paths import path_of
from emulator.pql.compiler.scope import CLOCK, ROOT_SCOPE, Key
from emulator.pql.compiler.times import Stretches, tail

if TYPE_CHECKING:
    from emulator.pql.columns.planner import Planner


def occurs(planner: "Planner", node: Occurs, subject: Key) -> Plan | None:
    """Whether the instant at a path lies where the clock alone says."""
    names, stretches = path_of(node.operand, subject), of_clock(planner, node.tail)
    by_value = operands.by_value(planner, node, subject)
    if names is None or stretches is None or by_value is None:
        return by_value

    def run(table: Table, within: Mask, asking: Asking) -> Mask:
        instants = table.instants(names)
        if instants is None:
            return by_value.run(table, within, asking)
        return instants.lying_in(stretches(asking.frame()), within)

    return Plan(run, PATH)


def of_clock(planner: "Planner", node: Tail) -> Stretches | None:
    """The stretches of a tail, if they depend on nothing but the clock."""
    depends_on = planner.free.of_all(children(node))
    return tail(Compiler(), node, ROOT_SCOPE) if depends_on <= {CLOCK} else None
