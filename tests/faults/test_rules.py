"""Rules: what they match, when they fire, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.faults.plan import FaultPlan
from emulator.faults.rules import FaultError, Subject, rule_of
from tests.for_each import for_each


def subject(**facts: Any) -> Subject:
    return Subject(
        **{"org": "O", "sandbox": "prod", "method": "GET", "path": "/a/b", "operation": "listSegmentJobs", **facts}
    )


def fired(plan: FaultPlan, times: int, now: int = 0, **facts: Any) -> list[int]:
    """Answer the ordinals (from 1) of the matches at which some rule fired."""
    return [n for n in range(1, times + 1) if plan.meet_request(subject(**facts), now) is not None]


def plan_of(*rules: dict[str, Any], seed: int = 0, org: str = "O") -> FaultPlan:
    plan = FaultPlan(seed, org)
    for rule in rules:
        plan.add(rule_of({"respond": 503, **rule}, plan.next_id()))
    return plan


@for_each(
    "when, ordinals",
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"nth": 2}, [2]),
        ({"first": 2}, [1, 2]),
        ({"every": 3}, [3, 6]),
        ({"after": 4}, [5, 6]),
        ({"after": 1, "first": 3}, [2, 3]),
        ({"probability": 0}, []),
        ({"probability": 1}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_when_a_rule_fires(when: dict[str, Any], ordinals: list[int]) -> None:
    assert fired(plan_of(when), 6) == ordinals


def test_between_two_instants() -> None:
    rule = {"between": ["1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z"]}
    for now, times in [(999, 0), (1000, 1), (1999, 1), (2000, 0)]:
        assert len(fired(plan_of(rule), 1, now)) == times


@for_each(
    "match, facts, concerns",
    [
        ({"operation": "listSegmentJobs"}, {}, True),
        ({"operation": "listSchedules"}, {}, False),
        ({"method": "get"}, {}, True),
        ({"method": "POST"}, {}, False),
        ({"path": "/a/*"}, {}, True),
        ({"path": "/b/*"}, {}, False),
        ({"org": "O"}, {}, True),
        ({"org": "P"}, {}, False),
        ({"sandbox": "dev"}, {}, False),
        ({"header": {"X-Trace": "t*"}}, {"headers": {"x-trace": "t1"}}, True),
        ({"header": {"X-Trace": "t*"}}, {"headers": {}}, False),
        ({"body": {"/0/segmentId": "s"}}, {"body": lambda: [{"segmentId": "s"}]}, True),
        ({"body": {"/0/segmentId": "t"}}, {"body": lambda: [{"segmentId": "s"}]}, False),
        ({"body": {"/1": None}}, {"body": lambda: [{}]}, False),
        ({"body": {"": 5}}, {"body": lambda: 5}, True),
    ],
)
def test_what_a_rule_is_about(match: dict[str, Any], facts: dict[str, Any], concerns: bool) -> None:
    assert bool(fired(plan_of(match), 1, **facts)) is concerns


def test_numbers_count_matches_only() -> None:
    plan = plan_of({"operation": "listSegmentJobs", "nth": 2})
    assert plan.meet_request(subject(), 0) is None
    assert plan.meet_request(subject(operation="listSchedules"), 0) is None
    assert plan.meet_request(subject(), 0) is not None
    assert plan.count("fault-1") == (2, 1)


@given(st.integers(0, 5), st.integers(0, 3), st.lists(st.booleans(), max_size=20))
def test_draws_do_not_depend_on_other_rules_or_subjects(seed: int, others: int, between: list[bool]) -> None:
    chance = {"operation": "listSegmentJobs", "probability": 0.5, "id": "mine"}
    alone = fired(plan_of(chance, seed=seed), 20)
    crowded = plan_of(*({"operation": "listSchedules", "probability": 0.5} for _ in range(others)), chance, seed=seed)
    met = []
    for ordinal in range(1, 21):
        if between[ordinal % max(1, len(between)) :][:1] == [True]:
            crowded.meet_request(subject(operation="listSchedules"), 0)
        fault = crowded.meet_request(subject(), 0)
        if fault is not None and "mine" in fault.rules:
            met.append(ordinal)
    assert met == alone


def test_seeds_and_orgs_draw_differently() -> None:
    rule = {"probability": 0.5}
    stories = {tuple(fired(plan_of(rule, seed=seed, org=org), 30)) for seed in range(3) for org in "AB"}
    assert len(stories) == 6
    assert all(5 < len(story) < 25 for story in stories)


def test_a_fork_counts_for_itself() -> None:
    plan = plan_of({"nth": 2})
    fired(plan, 1)
    other = plan.fork("O")
    assert fired(other, 1) == [1]
    assert plan.count("fault-1") == (1, 0)


@for_each(
    "rule, words",
    [
        ({"operation": "createSegmentJob"}, "has no effect"),
        ({"respnd": 503}, "did you mean `respond`"),
        ({"respond": {"status": 503, "headers": {"Retry-After": "1\r\nA: b"}}}, "is not of the form"),
        ({"respond": {"status": 503, "headers": {"X-Price": "10 \u20ac"}}}, "is not of the form"),
        ({"respond": {"status": 503, "headers": {"a b": ""}}}, "a b"),
        ({"nth": 0, "respond": 503}, "/nth"),
        ({"between": ["soon, I hope", "2026-01-01T00:00:00Z"], "respond": 503}, "RFC 3339"),
        ({"fail_at": "PROCESSING"}, "belongs to rules about jobs"),
        ({"job": "segment", "respond": 503}, "belongs to rules about requests"),
        ({"job": "segment", "operation": "createSegmentJob", "stuck_in": "NEW"}, "belongs to rules about requests"),
        ({"job": "tea", "stuck_in": "NEW"}, "/job"),
        ({}, "the rule"),
    ],
)
def test_a_rule_that_says_nothing_that_can_be_done(rule: dict[str, Any], words: str) -> None:
    with pytest.raises(FaultError, match=words):
        rule_of(rule, "x")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("createSegmentJobs", "did you mean `createSegmentJob`?"),
        ("CREATESEGMENTJOB", "did you mean `createSegmentJob`?"),
        ("createsegmentjob", "did you mean `createSegmentJob`?"),
        ("nothing of the kind", "they go by Adobe's operationId"),
    ],
)
def test_an_operation_that_is_none_would_never_be_met(name: str, words: str) -> None:
    with pytest.raises(FaultError, match=re.escape(words)) as refused:
        rule_of({"operation": name, "respond": 503}, "r")
    assert refused.value.pointer == "/operation"


def test_the_operations_of_the_schema_are_those_of_the_table() -> None:
    from emulator.faults.rules import _operations
    from emulator.web.operations import OPERATIONS

    assert _operations() == {each.id for each in OPERATIONS}
