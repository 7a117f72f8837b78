"""What happens by itself: the dated events of the agenda, as data.

An event names the thing and the status it comes to. A plan that changed (a job cancelled, a schedule re-timed) leaves
its old events on the agenda; whoever settles them sees that they no longer match, and drops them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, TypeVar

from msgspec import Struct

from emulator.resources.refusals import defect

SEGMENT_JOB = "segmentJob"
EXPORT_JOB = "exportJob"
SCHEDULE = "schedule"
PREVIEW = "preview"
QUERY = "query"


class Event(Struct, frozen=True):
    """Something that will happen to one thing of one sandbox: it comes to ``status``.

    A schedule's status is ``FIRED``; that of a thing taken away is ``REMOVED``.
    """

    sandbox: str
    type: str
    id: str
    status: str


F = TypeVar("F")


class Work(Struct, Generic[F], frozen=True):
    """What an event takes that may be long: ``find_out`` changes nothing, so others may look on meanwhile.

    ``write_down`` then lets it come true and answers what came of it. ``fail`` changes the plan instead: told why, it
    plans a failure for the same instant. ``profiles`` is how often some profile is looked at: a millisecond has room
    for about a hundred.
    """

    profiles: int
    find_out: Callable[[], F]
    write_down: Callable[[F], str]
    fail: Callable[[str], None]


#: What settling an event answers: what came of it, None when the plan has changed, or the work that is still to do.
Settled = str | Work[Any] | None


def come_true(settled: Settled, aside: AbstractContextManager[object] | None = None) -> str | None:
    """Do the work that is still to do, if any, and answer what came of the event; None when nothing did.

    It is found out within ``aside``, if there is one. Work that raises is a defect of ours: it is logged, and fails.
    """
    if not isinstance(settled, Work):
        return settled
    try:
        with aside or nullcontext():
            found = settled.find_out()
        return settled.write_down(found)
    except Exception as error:
        settled.fail(logged(error))
        return None


def logged(error: Exception) -> str:
    """Log a defect that let fail what fell due, and answer what is said of it."""
    from logging import getLogger

    getLogger("emulator").error("work that fell due failed", exc_info=error)
    return defect(error)


class Happening(Struct, frozen=True):
    """An event that came true, at ``at`` (epoch ms), in one organisation; ``detail`` says what came of it."""

    at: int
    org: str
    event: Event
    detail: str = ""
