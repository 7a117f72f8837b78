"""Previews and estimates: who qualifies for an expression, and how many, before it is a segment definition.

Making a preview makes the estimate of the same id. Both tell of the instant at which the preview begins to run. The
sample is evaluated then, and what is counted after each hundredth part of it is kept: so an estimate grows while the
preview runs, and looking at it counts nothing again.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import compress
from math import sqrt
from typing import Any, NamedTuple

from msgspec import Struct

from emulator import pql
from emulator.resources import courses, events
from emulator.resources.courses import JobKind
from emulator.resources.identities import Identity
from emulator.resources.merge_policies import rule_of
from emulator.resources.namespaces import namespace_id
from emulator.resources.population import MergedProfiles, Profile
from emulator.resources.qualification import qualifying
from emulator.resources.sampling import sample_of
from emulator.resources.space import Space
from emulator.simulation import randomness
from emulator.simulation.timeline import Lifecycle, Timeline

NEW, RUNNING = "NEW", "RUNNING"
RESULT_READY, FAILED = "RESULT_READY", "FAILED"

LIFECYCLE = Lifecycle(
    kind="preview",
    initial=NEW,
    moves={
        NEW: frozenset((RUNNING, FAILED)),  # FAILED before RUNNING only by a fault
        RUNNING: frozenset((RESULT_READY, FAILED)),
        RESULT_READY: frozenset(),
        FAILED: frozenset(),
    },
)

#: In how many parts the sample is read: the steps in which an estimate grows.
PARTS = 100


class Progress(NamedTuple):
    """What had been counted when ``read`` profiles were read: those that qualify, in all and by namespace code."""

    read: int
    matched: int
    by_namespace: Mapping[str, int]


_NOTHING_READ = Progress(0, 0, {})


class PreviewResult(Struct, frozen=True):
    """What a preview found: ``total`` profiles, of which ``sampled`` are read, and who of those qualifies.

    ``found`` are the identities of each profile, the primary one first, in the order of its opaque id. ``progress`` has
    the counts after each part of the sample, and before the first.
    """

    total: int
    sampled: int
    found: tuple[tuple[Identity, ...], ...]
    progress: tuple[Progress, ...]


class Preview(Struct, frozen=True):
    """A preview and its estimate. ``graph`` is None for that of the default merge policy.

    ``result`` is there once it runs. ``fault`` says why it fails, empty when it does not.
    """

    id: str
    query_id: str
    app_id: str
    execution_id: int
    expression: Mapping[str, str]
    graph: str | None
    timeline: Timeline
    result: PreviewResult | None = None
    fault: str = ""

    def progress_at(self, now: int) -> Progress:
        """Answer what has been counted by ``now``: a part of the sample after each hundredth of the running time."""
        begins = self.timeline.began(RUNNING)
        if self.result is None or begins is None:
            return _NOTHING_READ
        length = self.timeline.ends - begins
        parts = PARTS if now >= self.timeline.ends else PARTS * (now - begins) // length
        return self.result.progress[parts]


def create(space: Space, expression: Mapping[str, str], graph: str | None, at: int) -> Preview:
    """Make a preview of ``{"format", "value"}``, which has to compile, and plan its course."""
    query_id = space.mint.uuid("preview")
    app_id = f"app-{randomness.uuid(query_id, 'application')}"
    execution_id = 0
    fault = space.faults.meet_job("preview", space.sandbox.name, at)
    preview = Preview(
        id=b64encode(f"0:{app_id}:{query_id}:{execution_id}".encode()).decode().rstrip("="),
        query_id=query_id,
        app_id=app_id,
        execution_id=execution_id,
        expression=expression,
        graph=graph,
        timeline=KIND.plan(space, (NEW, RUNNING, RESULT_READY), at, query_id, fault),
        fault="; ".join(each.message for each in courses.failure(fault)),
    )
    KIND.keep(space, preview)
    return preview


def delete(space: Space, preview_id: str) -> None:
    """Take a preview and its estimate away, whether they run or not. Raises ``Refusal`` (404)."""
    find(space, preview_id)
    space.previews.remove(preview_id)


def _come_to(space: Space, preview: Preview, state: str, at: int) -> str:
    if state != RUNNING:
        return preview.fault
    try:
        result = _read(space, preview, at)
    except pql.PQLError as error:  # a definition of the fixtures that `inSegment` asks for, and does not compile
        return _fail(space, preview, error.message)
    except Exception as error:
        return _fail(space, preview, events.logged(error))
    KIND.change(space, preview, result=result)
    return f"{result.sampled} of {result.total} profiles read, {len(result.found)} qualify"


def _fail(space: Space, preview: Preview, fault: str) -> str:
    KIND.fail(space, preview, fault=fault)
    return f"fails: {fault}"


def _read(space: Space, preview: Preview, at: int) -> PreviewResult:
    rule = rule_of(space, None)
    if preview.graph is not None:
        rule = rule._replace(graph=preview.graph)
    merged = space.population.merged(rule)
    sample = sample_of(merged.profiles)
    total, sampled = len(merged.profiles), len(sample)
    if sampled < total:
        merged = MergedProfiles(merged.graph, tuple(sample), merged.by_identity)
    (qualified,) = qualifying(space, [preview.expression], merged, at)
    members = set(compress(merged.keys, qualified))
    found: list[Profile] = []
    counter: Counter[str] = Counter()
    progress = [_NOTHING_READ]
    for part in range(PARTS):
        begin, end = sampled * part // PARTS, sampled * (part + 1) // PARTS
        for profile in sample[begin:end]:
            if profile.key in members:
                found.append(profile)
                counter.update(profile.namespaces)
        progress.append(Progress(end, len(found), dict(sorted(counter.items()))))
    found.sort(key=lambda profile: profile.key.xid)
    return PreviewResult(total, sampled, tuple(profile.identities for profile in found), tuple(progress))


KIND = JobKind("preview", events.PREVIEW, LIFECYCLE, lambda space: space.previews, _come_to)

find = KIND.find


def standard_error(total: int, read: int, matched: int) -> int:
    """Answer the standard error of the estimated size, in profiles: 0 when all are read, or none.

    The share that qualifies is Agresti and Coull's for 95 % confidence, two hits and two misses added, which stays
    honest when few or none qualified; the correction for a finite store makes the error vanish as the sample grows.
    """
    if not 0 < read < total:
        return 0
    share = (matched + 2) / (read + 4)
    remaining = (total - read) / (total - 1)
    return round(total * sqrt(share * (1 - share) / (read + 4) * remaining))


def to_wire(preview: Preview) -> dict[str, Any]:
    """Answer the wire form of a preview that has just been made: it is always NEW."""
    return {
        "state": NEW,
        "previewQueryId": preview.query_id,
        "previewQueryStatus": NEW,
        "previewId": preview.id,
        "previewExecutionId": preview.execution_id,
    }


def found_at(preview: Preview, now: int) -> tuple[tuple[Identity, ...], ...]:
    """Answer the identities of each profile that qualifies, by opaque id of the first; none before RESULT_READY."""
    if preview.result is None or preview.timeline.status_at(now) != RESULT_READY:
        return ()
    return preview.result.found


def found_to_wire(identities: Iterable[Identity], base: str) -> dict[str, Any]:
    """Answer the wire form of one profile found; ``base`` is the URL of Segmentation Service."""
    first, *related = ({"objectId": each.xid, "_href": f"{base}/models/profile/{each.xid}"} for each in identities)
    return {**first, "relatedObjects": related}


def estimate_to_wire(preview: Preview, now: int, base: str) -> dict[str, Any]:
    """Answer the wire form of the estimate at ``now`` (epoch ms); ``base`` is the URL of Segmentation Service."""
    progress = preview.progress_at(now)
    total, sampled = 0, 0
    if preview.result is not None:
        total, sampled = preview.result.total, preview.result.sampled
    execution = f"preview/{preview.app_id}/execution/{preview.execution_id}?previewQueryId={preview.query_id}"
    return {
        "estimatedSize": round(total * progress.matched / progress.read) if progress.read else 0,
        "numRowsToRead": sampled,
        "estimatedNamespaceDistribution": [
            {"namespaceId": namespace_id(code), "profilesMatchedSoFar": count}
            for code, count in progress.by_namespace.items()
        ],
        "state": preview.timeline.status_at(now),
        "profilesReadSoFar": progress.read,
        "standardError": standard_error(total, progress.read, progress.matched),
        "error": {"description": preview.fault if preview.timeline.status_at(now) == FAILED else "", "traceback": ""},
        "profilesMatchedSoFar": progress.matched,
        "totalRows": total,
        "confidenceInterval": "95%",
        "_links": {"preview": f"{base}/{execution}"},
    }
