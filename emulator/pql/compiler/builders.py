"""How each row of the function table becomes a closure."""

from emulator.pql.compiler.aggregates import AGGREGATE_BUILDERS
from emulator.pql.compiler.lists import LIST_BUILDERS
from emulator.pql.compiler.logic import LOGIC_BUILDERS
from emulator.pql.compiler.strings import STRING_BUILDERS
from emulator.pql.compiler.times import TIME_BUILDERS

BUILDERS = {**LOGIC_BUILDERS, **LIST_BUILDERS, **AGGREGATE_BUILDERS, **STRING_BUILDERS, **TIME_BUILDERS}
"""Name -> builder, for every row of ``FUNCTIONS`` that is not a form of its own."""
