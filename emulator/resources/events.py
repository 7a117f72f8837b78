"""What happens by itself: the dated events of the agenda, as data.

An event names the thing and the status it comes to. A plan that changed (a job cancelled, a schedule re-timed) leaves
its old events on the agenda; whoever settles them sees that they no longer match, and drops them.
"""

from __future__ import annotations

from dataclasses import dataclass

SEGMENT_JOB = "segmentJob"
EXPORT_JOB = "exportJob"
SCHEDULE = "schedule"
PREVIEW = "preview"
QUERY = "query"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that will happen to one thing of one sandbox: it comes to ``status``.

    A schedule's status is ``FIRED``; that of a thing taken away is ``REMOVED``.
    """

    sandbox: str
    type: str
    id: str
    status: str


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that came true, at ``at`` (epoch ms), in one organisation; ``detail`` says what came of it."""

    at: int
    org: str
    event: Event
    detail: str = ""
