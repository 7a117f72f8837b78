"""The agenda: events by instant, first come first served within one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.simulation.agenda import Agenda


def drained(agenda: Agenda[int], now: int) -> list[tuple[int, int]]:
    taken = []
    while (due := agenda.take_due(now)) is not None:
        taken.append(due)
    return taken


@given(st.lists(st.integers(0, 20)), st.integers(0, 20))
def test_what_is_due_comes_in_order_and_the_rest_stays(instants: list[int], now: int) -> None:
    agenda: Agenda[int] = Agenda()
    for number, at in enumerate(instants):
        agenda.add(at, number)
    in_order = sorted((at, number) for number, at in enumerate(instants))
    assert agenda.planned() == list(agenda.soonest()) == in_order
    assert all(agenda.has(*entry) for entry in in_order)
    assert drained(agenda, now) == [entry for entry in in_order if entry[0] <= now]
    assert not any(agenda.has(*entry) for entry in in_order if entry[0] <= now)
    assert agenda.planned() == [entry for entry in in_order if entry[0] > now]


def test_a_fork_shares_nothing_that_changes() -> None:
    agenda: Agenda[int] = Agenda()
    agenda.add(5, 1)
    other = agenda.fork()
    other.add(3, 2)
    assert drained(agenda, 10) == [(5, 1)]
    assert drained(other, 10) == [(3, 2), (5, 1)]
