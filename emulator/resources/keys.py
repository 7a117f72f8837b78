"""Keys of a table in an order: how they are kept, and how they are answered."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar, overload

K = TypeVar("K")

#: So many keys stand together at most.
_MOST = 2048


class Keys(Sequence[K]):
    """Stretches of lists, one after the other, each with the places that it takes of its list.

    Nothing is copied, not by slicing or reversing either, so it is good until the next write to the table.
    """

    __slots__ = ("_stretches",)

    def __init__(self, *stretches: tuple[Sequence[K], range]) -> None:
        self._stretches = stretches

    def __add__(self, other: Keys[K]) -> Keys[K]:
        return Keys(*self._stretches, *other._stretches)

    def __len__(self) -> int:
        return sum(len(places) for _, places in self._stretches)

    def __iter__(self) -> Iterator[K]:
        for keys, places in self._stretches:
            yield from map(keys.__getitem__, places)

    @overload
    def __getitem__(self, index: int) -> K: ...
    @overload
    def __getitem__(self, index: slice) -> Keys[K]: ...
    def __getitem__(self, index: int | slice) -> K | Keys[K]:
        wanted = range(len(self))[index]
        if isinstance(wanted, int):
            return next(iter(self[wanted : wanted + 1]))
        forward = wanted if wanted.step > 0 else wanted[::-1]
        first, end, step = forward.start, forward.stop, forward.step
        found = []
        for keys, places in self._stretches:
            taken = places[first if first >= 0 else first % step : max(end, 0) : step]
            if taken:
                found.append((keys, taken if wanted.step > 0 else taken[::-1]))
            first, end = first - len(places), end - len(places)
        return Keys(*(found if wanted.step > 0 else reversed(found)))


class SortedKeys(Generic[K]):
    """Keys in the order of what a function, the same in all calls, says of each; no two may stand at one place.

    They are kept in blocks, which copies share: who writes copies the one that he writes to.
    """

    __slots__ = ("_blocks", "_owns_last")

    def __init__(self, keys: Sequence[K] = ()) -> None:
        self._blocks = [list(keys[first : first + _MOST]) for first in range(0, len(keys), _MOST)]
        self._owns_last = True

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def __iter__(self) -> Iterator[K]:
        return chain.from_iterable(self._blocks)

    def copy(self) -> SortedKeys[K]:
        """Answer the same keys, to be changed apart from these."""
        other: SortedKeys[K] = SortedKeys()
        other._blocks = self._blocks.copy()
        self._owns_last = other._owns_last = False
        return other

    def add(self, key: K, at: Any, place: Callable[[K], Any]) -> None:
        """Put a key where it belongs: at ``at``."""
        blocks = self._blocks
        if blocks and at < place(blocks[-1][-1]):
            number = self._block_of(at, place)
            block = self._own(number)
            block.insert(bisect_left(block, at, key=place), key)
            if len(block) > _MOST:
                blocks[number : number + 1] = [block[: _MOST // 2], block[_MOST // 2 :]]
        elif blocks and len(blocks[-1]) < _MOST:
            (blocks[-1] if self._owns_last else self._own(len(blocks) - 1)).append(key)
        else:
            blocks.append([key])
            self._owns_last = True

    def remove(self, at: Any, place: Callable[[K], Any]) -> None:
        """Take the key at ``at`` out, which is there."""
        number = self._block_of(at, place)
        block = self._own(number)
        del block[bisect_left(block, at, key=place)]
        if not block:
            del self._blocks[number]
            self._owns_last = False

    def newest_first(self) -> Keys[K]:
        """Answer all keys, from the end."""
        return Keys(*((block, range(len(block))[::-1]) for block in reversed(self._blocks)))

    def before(self, end: Any, place: Callable[[K], Any]) -> Keys[K]:
        """Answer the keys whose place is before ``end``, from the end."""
        number = self._block_of(end, place)
        whole = [(block, range(len(block))[::-1]) for block in reversed(self._blocks[:number])]
        if number == len(self._blocks):
            return Keys(*whole)
        block = self._blocks[number]
        return Keys((block, range(bisect_left(block, end, key=place))[::-1]), *whole)

    def since(self, first: Any, place: Callable[[K], Any]) -> list[K]:
        """Answer the keys whose place is ``first`` or after it, in order."""
        number = self._block_of(first, place)
        keys = [*chain.from_iterable(self._blocks[number:])]
        return keys[bisect_left(keys, first, key=place) :]

    def between(self, first: Any, end: Any, place: Callable[[K], Any]) -> Keys[K]:
        """Answer the keys of ``since`` that are also those of ``before``, from the end."""
        keys = self.before(end, place)
        return keys[: max(0, len(keys) - len(self.before(first, place)))]

    def _block_of(self, at: Any, place: Callable[[K], Any]) -> int:
        """Answer the number of the first block that goes as far as ``at``."""
        return bisect_left(self._blocks, at, key=lambda block: place(block[-1]))

    def _own(self, number: int) -> list[K]:
        """Answer a block to be changed, no part of a copy any more."""
        is_last = number == len(self._blocks) - 1
        if not (is_last and self._owns_last):
            self._blocks[number] = self._blocks[number].copy()
            self._owns_last |= is_last
        return self._blocks[number]
