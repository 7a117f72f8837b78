"""The limits of Flexible Audience Evaluation: how many jobs may be made by hand (Adobe's guardrails of 2025).

They hold under the setting ``flexible_evaluation_limits``, for each sandbox by itself; scheduled jobs are not counted.
What the service answers beyond them is not documented.
"""

from __future__ import annotations

from emulator.resources.refusals import Refusal, invalid
from emulator.resources.space import Space
from emulator.simulation.instants import format_instant

#: Audiences that one run may evaluate.
MAX_AUDIENCES = 20

#: Runs in one day, UTC.
RUNS_A_DAY = 2

#: Runs in one year, UTC, by the type of the sandbox.
RUNS_A_YEAR = {"production": 50, "development": 100}


def count_run(space: Space, audiences: int, at: int) -> None:
    """Count one more run, over so many ``audiences``, made at ``at`` (epoch ms); cancelled and deleted ones count too.

    Raises ``Refusal``, and counts nothing: 400 for too many audiences, 429 when the day or the year has had its runs.
    """
    if audiences > MAX_AUDIENCES:
        raise invalid(f"A run may evaluate {MAX_AUDIENCES} audiences, not {audiences} (flexible_evaluation_limits).")
    date = format_instant(at)
    day, year = date[:10], date[:4]
    for span, limit in ((day, RUNS_A_DAY), (year, RUNS_A_YEAR[space.sandbox.type])):
        if (space.mint.ordinals.get(_counter(span)) or 0) >= limit:
            text = f"Sandbox {space.sandbox.name} has had its {limit} runs of {span} (flexible_evaluation_limits)."
            raise Refusal(429, text, code="EMULATOR-429002-429")
    for span in (day, year):
        space.mint.next_ordinal(_counter(span))


def _counter(span: str) -> str:
    return f"flexible-evaluation {span}"
