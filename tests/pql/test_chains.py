"""chain: against every possible choice of events, and where the earliest choice is the wrong one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import pql
from emulator.pql.values import sorted_events
from tests.pql.reference import evaluate

HOUR = 3_600_000
CONDITIONS = ["true", 'kind = "a"', 'kind = "b"', "n > 1"]
WHENS = ["", " WHEN(<= 2 hours after {0})", " WHEN(> 1 hour after {0})", " WHEN(from date(1970, 1, 1))"]
WHERES = ["", " WHERE(n = {0}.n)", " WHERE(n != {0}.n)"]

events = st.lists(
    st.fixed_dictionaries(
        {
            "timestamp": st.integers(0, 4).map(lambda hour: hour * HOUR),
            "kind": st.sampled_from("ab"),
            "n": st.integers(0, 2),
        }
    ),
    max_size=6,
)


@st.composite
def chains(draw: st.DrawFn) -> str:
    steps: list[str] = []
    labels = "ABC"[: draw(st.integers(1, 3))]
    for index, label in enumerate(labels):
        step = f"{label}: WHAT({draw(st.sampled_from(CONDITIONS))})"
        if index:
            earlier = draw(st.sampled_from(labels[:index]))
            step += (draw(st.sampled_from(WHENS)) + draw(st.sampled_from(WHERES))).format(earlier)
        steps.append(step + draw(st.sampled_from(["", "", " COUNT(1)", " COUNT(2)"])))
    return f"chain(xEvent, timestamp, [{', '.join(steps)}])"


@given(chains(), events)
def test_chain_is_the_reference(expression: str, happened: list[dict[str, Any]]) -> None:
    query = pql.compile(expression)
    assert query.value({}, happened) is evaluate(query.tree, {}, sorted_events(happened))


def happened(*kinds_and_hours: tuple[str, float]) -> list[dict[str, Any]]:
    return [{"kind": kind, "timestamp": round(hour * HOUR)} for kind, hour in kinds_and_hours]


def test_the_earliest_choice_is_given_up_when_a_label_needs_another() -> None:
    query = pql.compile('chain(xEvent, timestamp, [A: WHAT(kind = "a"), B: WHAT(kind = "b") WHEN(<= 1 hour after A)])')
    assert query.matches({}, happened(("a", 0), ("a", 5), ("b", 5.5)))
    assert not query.matches({}, happened(("a", 0), ("a", 5), ("b", 7)))


def test_count_is_at_least_and_ends_where_the_label_needs_it() -> None:
    query = pql.compile(
        'chain(xEvent, timestamp, [A: WHAT(kind = "a") COUNT(2), B: WHAT(kind = "b") WHEN(<= 1 hour after A)])'
    )
    assert query.matches({}, happened(("a", 0), ("a", 1), ("a", 9), ("b", 9.5)))
    assert not query.matches({}, happened(("a", 9), ("b", 9.5)))


def test_picks_of_one_step_may_share_a_time_but_steps_may_not() -> None:
    same = happened(("a", 1), ("a", 1), ("b", 1))
    assert pql.compile('chain(xEvent, timestamp, [A: WHAT(kind = "a") COUNT(2)])').matches({}, same)
    assert not pql.compile('chain(xEvent, timestamp, [A: WHAT(kind = "a"), B: WHAT(kind = "b")])').matches({}, same)


@pytest.mark.parametrize("n", [1, 2])
def test_any_pick_at_the_last_time_of_a_step_may_be_its_last(n: int) -> None:
    query = pql.compile('chain(xEvent, timestamp, [A: WHAT(kind = "a") COUNT(2), B: WHAT(kind = "b") WHERE(n = A.n)])')
    picks = [{"kind": "a", "timestamp": 0, "n": 1}, {"kind": "a", "timestamp": 0, "n": 2}]
    assert query.matches({}, [*picks, {"kind": "b", "timestamp": 1, "n": n}])


def test_what_sees_the_element_and_when_the_profile() -> None:
    query = pql.compile("chain(xEvent, timestamp, [A: WHAT(kind = ^.favourite) WHEN(before deadline)])")
    profile = {"favourite": "a", "deadline": 2 * HOUR, "kind": "z"}
    assert query.matches(profile, happened(("a", 1)))
    assert not query.matches(profile, happened(("a", 3), ("b", 1)))


@pytest.mark.parametrize("missing", [None, "soon", True, {}])
def test_elements_without_a_readable_time_are_skipped(missing: Any) -> None:
    assert not pql.compile("chain(xEvent, timestamp, [A: WHAT(true)])").matches({}, [{"timestamp": missing}])


def test_any_list_and_any_path_to_a_time() -> None:
    query = pql.compile("chain(visits, at.start, [A: WHAT(shop = 1), B: WHAT(shop = 2)])")
    visits = [{"shop": 2, "at": {"start": "2024-01-02"}}, {"shop": 1, "at": {"start": "2024-01-01"}}]
    assert query.matches({"visits": visits})
    assert not query.matches({"visits": visits[:1]})


def test_failed_choices_are_remembered() -> None:
    """Without the memory this would try some 300 ** 6 choices."""
    steps = ", ".join(f'S{n}: WHAT(kind = "a") WHERE(n = S{n - 1}.n)' for n in range(1, 7))
    query = pql.compile(f'chain(xEvent, timestamp, [S0: WHAT(kind = "a"), {steps}, Z: WHAT(kind = "z")])')
    assert not query.matches({}, [{"kind": "a", "n": 1, "timestamp": n} for n in range(60)])
