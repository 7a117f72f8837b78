"""How long a result holds: never shorter than said, whatever the query and the profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import pql
from emulator.pql.compiler.horizon import FOREVER
from emulator.pql.instants import DAY

NOW = 1_700_000_000_000
HOUR = 3_600_000

QUERIES = [
    "xEvent.exists(timestamp occurs <= 3 days before now)",
    "xEvent.exists(timestamp occurs < 2 weeks after now)",
    "xEvent.exists(timestamp occurs > 5 days before today)",
    "xEvent.exists(timestamp occurs = 2 days before now)",
    "xEvent.exists(timestamp occurs != 1 month before now)",
    "xEvent[timestamp occurs <= 1 month before now].count() > 1",
    "xEvent[timestamp occurs <= 2 years before today].count() > 1",
    "xEvent.exists(timestamp occurs last week) or born.getMonth() = currentMonth()",
    "not xEvent.exists(timestamp occurs this month) and xEvent.exists(timestamp occurs before yesterday)",
    "xEvent.exists(timestamp occurs between yesterday and tomorrow)",
    "xEvent.exists(timestamp occurs between date(2023, 11, 1) and now)",
    "xEvent.exists(timestamp < now)",
    "born occurs on today",
    "chain(xEvent, timestamp, [A: WHAT(true) WHEN(<= 4 days before now), B: WHAT(true) WHEN(<= 2 days after A)])",
    "chain(xEvent, timestamp, [A: WHAT(true), B: WHAT(true) WHEN(<= 30 hours before now)])",
    "select X from xEvent where X.timestamp occurs <= 1 hour before now, Y from xEvent where Y.timestamp > X.timestamp",
]


def profile_of(offsets: list[int]) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    events = [{"timestamp": NOW + offset} for offset in offsets]
    return {"born": NOW + (offsets[0] if offsets else 0)}, pql.sorted_events(events)


@settings(max_examples=200)
@given(
    st.sampled_from(QUERIES),
    st.lists(st.integers(-40 * 24, 20 * 24).map(lambda hours: hours * HOUR + hours % 7), max_size=4),
    st.integers(0, 60 * 24),
)
def test_until_then_the_result_is_the_same(query: str, offsets: list[int], later: int) -> None:
    compiled = pql.compile(query)
    profile, events = profile_of(offsets)
    truth, until = compiled.lasting(profile, events, NOW, None)
    assert truth == compiled.predicate(profile, events, NOW, None)
    assert until > NOW
    for now in (until - 1, NOW + later * HOUR):
        if NOW <= now < min(until, NOW + 400 * DAY):
            assert compiled.predicate(profile, events, now, None) == truth, f"not so any more at +{now - NOW} ms"


@pytest.mark.parametrize(
    ("query", "offset", "holds"),
    [
        ("xEvent.exists(timestamp occurs <= 3 days before now)", -2 * DAY, DAY + 1),
        ("xEvent.exists(timestamp occurs <= 3 days before now)", -4 * DAY, FOREVER),
        ("xEvent.exists(timestamp occurs <= 3 days before now)", DAY, DAY),
        ("xEvent.exists(timestamp occurs before date(2020, 1, 1))", DAY, FOREVER),
    ],
)
def test_bounds_are_tight_where_time_runs_evenly(query: str, offset: int, holds: int) -> None:
    profile, events = profile_of([offset])
    _, until = pql.compile(query).lasting(profile, events, NOW, None)
    assert until == (FOREVER if holds == FOREVER else NOW + holds)
