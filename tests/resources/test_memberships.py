"""The status machine of memberships: realized, existing, exited."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.resources.identities import Identity
from emulator.resources.memberships import EXISTING, EXITED, EXITED_KEPT, REALIZED, Membership, transition

PEOPLE = [Identity("Email", f"{name}@example.com") for name in "abcde"]
ANNA, BO, CLEO, DAN, EVE = PEOPLE


def test_entering_staying_and_leaving() -> None:
    first, counts = transition({}, [ANNA, BO], at=100, two=False)
    assert first == {ANNA: Membership(REALIZED, 100), BO: Membership(REALIZED, 100)}
    assert counts == {REALIZED: 2, EXISTING: 0, EXITED: 0}

    second, counts = transition(first, [BO, CLEO], at=200, two=False)
    assert second == {
        BO: Membership(EXISTING, 100),
        CLEO: Membership(REALIZED, 200),
        ANNA: Membership(EXITED, 200),
    }
    assert counts == {REALIZED: 1, EXISTING: 1, EXITED: 1}

    third, _ = transition(second, [BO, ANNA], at=300, two=False)
    assert third[ANNA] == Membership(REALIZED, 300)
    assert third[BO] == Membership(EXISTING, 100)
    assert third[CLEO] == Membership(EXITED, 300)


def test_an_exited_one_is_forgotten_after_thirty_days() -> None:
    left = {ANNA: Membership(EXITED, 0)}
    assert ANNA in transition(left, [], at=EXITED_KEPT, two=False)[0]
    assert ANNA not in transition(left, [], at=EXITED_KEPT + 1, two=False)[0]


def test_the_newer_service_knows_two_statuses() -> None:
    entries, counts = transition({ANNA: Membership(REALIZED, 100)}, [ANNA, BO], at=200, two=True)
    assert entries == {ANNA: Membership(REALIZED, 100), BO: Membership(REALIZED, 200)}
    assert counts == {REALIZED: 2, EXITED: 0}


@given(st.lists(st.frozensets(st.sampled_from(PEOPLE)), max_size=8))
def test_counts_and_statuses_agree_over_any_history(history: list[frozenset[Identity]]) -> None:
    entries: dict[Identity, Membership] = {}
    before: frozenset[Identity] = frozenset()
    for at, members in enumerate(history):
        entries, counts = transition(entries, members, at=at, two=False)
        assert counts[REALIZED] == len(members - before)
        assert counts[EXISTING] == len(members & before)
        assert counts[EXITED] == len(before - members)
        assert {who for who, entry in entries.items() if entry.is_member} == members
        before = members
