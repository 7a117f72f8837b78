"""What the Segmentation Service makes of a cron text: valid Quartz, and not denser than once in 24 hours."""

from __future__ import annotations

from typing import Any

from emulator.simulation import quartz
from emulator.simulation.instants import format_instant

TOO_DENSE = "it fires more than once in 24 hours; the service accepts once a day at most"


def report(text: str, after: int, count: int) -> dict[str, Any]:
    """Answer whether ``text`` is valid, whether a schedule may have it, why not, and its ``count`` next fire times.

    ``after`` is epoch ms; the times are RFC 3339. A text that never fires again is valid and accepted, with a reason.
    """
    try:
        expression = quartz.parse(text)
    except quartz.QuartzError as error:
        return {"valid": False, "accepted": False, "reason": str(error), "next": []}
    fires = [format_instant(fire) for fire in expression.fires(after, count)]
    reason = None
    if expression.fires_more_than_daily():
        reason = TOO_DENSE
    elif expression.next_fire(after) is None:
        reason = f"it never fires after {format_instant(after)}"
    accepted = reason != TOO_DENSE
    return {
        "valid": True,
        "accepted": accepted,
        "reason": reason,
        "description": expression.describe(),
        "next": fires,
    }
