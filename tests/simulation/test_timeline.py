"""Lifecycles and timelines: status is a function of a plan and an instant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.resources.segment_jobs import LIFECYCLE
from emulator.simulation.timeline import IllegalMove, Phase, Timeline
from tests.for_each import for_each

COURSE = [("NEW", 10), ("PROCESSING", 40), ("SUCCEEDED", 0)]


def test_a_plan_is_dated_from_its_lengths() -> None:
    timeline = Timeline.plan(LIFECYCLE, 100, COURSE)
    assert timeline.phases == (Phase("NEW", 100), Phase("PROCESSING", 110), Phase("SUCCEEDED", 150))
    assert (timeline.begins, timeline.ends, timeline.began("PROCESSING"), timeline.began("FAILED")) == (
        100,
        150,
        110,
        None,
    )


@for_each(
    "now, status",
    [(0, "NEW"), (100, "NEW"), (109, "NEW"), (110, "PROCESSING"), (149, "PROCESSING"), (150, "SUCCEEDED")],
)
def test_a_phase_is_in_force_from_its_first_instant(now: int, status: str) -> None:
    assert Timeline.plan(LIFECYCLE, 100, COURSE).status_at(now) == status


@pytest.mark.parametrize(
    ("steps", "history"),
    [
        ([("PROCESSING", 0)], "starts NEW: PROCESSING"),
        ([("NEW", 0), ("SUCCEEDED", 0)], "never goes from NEW to SUCCEEDED"),
        ([("NEW", 0), ("PROCESSING", 0), ("SUCCEEDED", 0), ("FAILED", 0)], "never goes from SUCCEEDED to FAILED"),
        ([("NEW", -1), ("PROCESSING", 0)], "cannot be PROCESSING before it was NEW"),
    ],
)
def test_an_illegal_course_is_refused_with_its_history(steps: list[tuple[str, int]], history: str) -> None:
    with pytest.raises(IllegalMove, match=history):
        Timeline.plan(LIFECYCLE, 100, steps)


def test_a_cut_keeps_what_was_lived() -> None:
    timeline = Timeline.plan(LIFECYCLE, 100, COURSE)
    cut = timeline.cut(LIFECYCLE, 120, [("CANCELLING", 5), ("CANCELLED", 0)])
    assert [phase.status for phase in cut.phases] == ["NEW", "PROCESSING", "CANCELLING", "CANCELLED"]
    assert [cut.status_at(now) for now in (119, 120, 125)] == ["PROCESSING", "CANCELLING", "CANCELLED"]
    with pytest.raises(IllegalMove, match="never goes from SUCCEEDED to CANCELLING"):
        timeline.cut(LIFECYCLE, 150, [("CANCELLING", 5), ("CANCELLED", 0)])


@given(st.integers(0, 50), st.integers(0, 50), st.lists(st.integers(0, 200), min_size=1))
def test_statuses_only_move_along_the_plan(new: int, processing: int, instants: list[int]) -> None:
    timeline = Timeline.plan(LIFECYCLE, 20, [("NEW", new), ("PROCESSING", processing), ("SUCCEEDED", 0)])
    order = ["NEW", "PROCESSING", "SUCCEEDED"]
    seen = [order.index(timeline.status_at(now)) for now in sorted(instants)]
    assert seen == sorted(seen)
