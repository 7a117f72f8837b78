"""Keys in order, kept and answered: what lists that are copied and sorted again and again would be."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from emulator.resources import keys as keys_module
from emulator.resources.keys import Keys, SortedKeys

STRETCHES = st.lists(st.tuples(st.lists(st.integers(), max_size=6), st.slices(6)), max_size=4)


def stretch(keys: list[int], taken: slice) -> tuple[list[int], range]:
    return keys, range(len(keys))[taken]


@given(STRETCHES, STRETCHES, st.data())
def test_they_are_what_copies_would_be(
    ones: list[tuple[list[int], slice]], others: list[tuple[list[int], slice]], data: st.DataObject
) -> None:
    keys = Keys(*(stretch(*each) for each in ones)) + Keys(*(stretch(*each) for each in others))
    copy = [key for each, taken in [*ones, *others] for key in each[taken]]
    assert list(keys) == copy
    assert len(keys) == len(copy)
    assert [keys[place] for place in range(-len(copy), len(copy))] == copy * 2
    part = data.draw(st.slices(len(copy)))
    assert list(keys[part]) == copy[part]
    assert list(keys[part][::-1]) == copy[part][::-1]


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "add", "remove", "copy"]), st.integers(-20, 20) | st.just(1000)), max_size=60
)


def itself(number: int) -> int:
    return number


@given(st.sets(st.integers(-20, 20)), STEPS, st.integers(-20, 20), st.integers(-20, 20))
def test_what_is_kept_in_blocks_is_in_order_and_copies_are_apart(
    numbers: set[int], steps: list[tuple[str, int]], first: int, end: int
) -> None:
    with patch.object(keys_module, "_MOST", 4):
        kept = SortedKeys(sorted(numbers))
        held = sorted(numbers)
        copies = []
        for step, number in steps:
            place = max(held, default=0) + 1 if number == 1000 else number
            if step == "copy":
                copies.append((kept, held.copy()))
                kept = kept.copy()
            elif step == "add" and place not in held:
                kept.add(place, place, itself)
                held = sorted([*held, place])
            elif step == "remove" and place in held:
                kept.remove(place, itself)
                held.remove(place)
        for each, numbers_held in [*copies, (kept, held)]:
            assert list(each) == numbers_held
            assert len(each) == len(numbers_held)
            assert list(each.newest_first()) == numbers_held[::-1]
            assert list(each.before(end, itself)) == [number for number in numbers_held[::-1] if number < end]
            assert each.since(first, itself) == [number for number in numbers_held if number >= first]
            assert list(each.between(first, end, itself)) == [
                number for number in numbers_held[::-1] if first <= number < end
            ]
