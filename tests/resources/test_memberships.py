"""The status machine of memberships: realized, existing, exited."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.resources.identities import Identity
from emulator.resources.memberships import EXISTING, EXITED, EXITED_KEPT, REALIZED, Membership, transition

PEOPLE = [Identity("Email", f"{name}@example.com") for name in "abcde"]
ANNA, BO, CLEO, DAN, EVE = PEOPLE


def test_entering_staying_and_leaving() -> None:
    first = transition({}, [ANNA, BO], at=100, two=False)
    assert first.entries == {ANNA: Membership(REALIZED, 100), BO: Membership(REALIZED, 100)}
    assert (first.realized, first.existing, first.exited) == (2, 0, 0)

    second = transition(first.entries, [BO, CLEO], at=200, two=False)
    assert second.entries == {
        BO: Membership(EXISTING, 100),
        CLEO: Membership(REALIZED, 200),
        ANNA: Membership(EXITED, 200),
    }
    assert (second.realized, second.existing, second.exited) == (1, 1, 1)

    third = transition(second.entries, [BO, ANNA], at=300, two=False)
    assert third.entries[ANNA] == Membership(REALIZED, 300)
    assert third.entries[BO] == Membership(EXISTING, 100)
    assert third.entries[CLEO] == Membership(EXITED, 300)


def test_an_exited_one_is_forgotten_after_thirty_days() -> None:
    left = {ANNA: Membership(EXITED, 0)}
    assert ANNA in transition(left, [], at=EXITED_KEPT, two=False).entries
    assert ANNA not in transition(left, [], at=EXITED_KEPT + 1, two=False).entries


def test_the_newer_service_knows_two_statuses() -> None:
    entries = transition({ANNA: Membership(REALIZED, 100)}, [ANNA, BO], at=200, two=True).entries
    assert entries == {ANNA: Membership(REALIZED, 100), BO: Membership(REALIZED, 200)}


@given(st.lists(st.frozensets(st.sampled_from(PEOPLE)), max_size=8))
def test_counts_and_statuses_agree_over_any_history(history: list[frozenset[Identity]]) -> None:
    entries: dict[Identity, Membership] = {}
    before: frozenset[Identity] = frozenset()
    for at, members in enumerate(history):
        outcome = transition(entries, members, at=at, two=False)
        entries = dict(outcome.entries)
        assert outcome.realized == len(members - before)
        assert outcome.existing == len(members & before)
        assert outcome.exited == len(before - members)
        assert outcome.size == len(members)
        assert {who for who, entry in entries.items() if entry.is_member} == members
        before = members
