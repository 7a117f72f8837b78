"""A table: a population of profiles, or all the elements of one of their lists, with the columns asked for so far.

A table is read only, but for the columns it gathers. It may be asked from any number of threads; two that want the same
column at once gather it twice.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, compress, count, repeat
from math import nan
from operator import eq
from typing import Any

from emulator.pql.columns.column import Column
from emulator.pql.columns.masks import Mask, both, either, every_row, is_sparse, of_codes, of_rows, rows
from emulator.pql.compiler.times import Stretch
from emulator.pql.values import as_list, field, instant_of

Path = tuple[str, ...]

#: Profiles that are asked about together: what one call does for all of them, and for all their events, takes about a
#: millisecond, so that no other thread waits long for the interpreter.
_BLOCK = 2_000


class Table:
    """``subjects``: what each row is about, a profile or an element of a list."""

    def __init__(self, subjects: Sequence[Any]) -> None:
        self.subjects = subjects
        self._columns: dict[Path, Column] = {}
        self.known_instants: dict[Path, Instants | None] = {}
        self._elements: dict[Path, Elements] = {}

    @property
    def every_row(self) -> Mask:
        """The mask of all rows."""
        return every_row(len(self.subjects))

    def column(self, names: Path, within: Mask) -> Column:
        """What is found at a path, in some rows at least."""
        known = self._columns.get(names)
        if known is not None:
            return known
        if is_sparse(within):
            return Column.within(at(names, [self.subjects[row] for row in rows(within)]), within)
        known = self._columns[names] = Column.of(at(names, self.subjects))
        return known

    def instants(self, names: Path) -> "Instants | None":
        """The instants at a path; None where something at it is a list of several."""
        if names not in self.known_instants:
            values = at(names, self.subjects)
            several = any(issubclass(each, list | tuple) for each in {value.__class__ for value in values})
            self.known_instants[names] = None if several else Instants.of(values)
        return self.known_instants[names]

    def elements(self, names: Path) -> "Elements":
        """The elements of the lists at a path, of all rows."""
        known = self._elements.get(names)
        if known is None:
            values = at(names, self.subjects)
            lists = [value if value.__class__ is list else as_list(value) for value in values]
            known = self._elements[names] = Elements(lists)
        return known


def at(names: Path, values: Sequence[Any]) -> Sequence[Any]:
    """What is found at a path, in each of some values."""
    for name in names:
        values = _members(name, values)
    return values


def _members(name: str, values: Sequence[Any]) -> Sequence[Any]:
    if name.startswith("xdm:"):
        return [field(value, name) for value in values]
    try:
        return list(map(dict.get, values, repeat(name)))
    except TypeError:  # not all of them are objects
        return [
            value.get(name) if value.__class__ is dict else None if value is None else field(value, name)
            for value in values
        ]


class Instants:
    """``of_rows``: an instant for each row, in epoch ms, or nan, which lies nowhere."""

    def __init__(self, of_rows: Sequence[float]) -> None:
        self.of_rows = of_rows

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Instants":
        """The instants that values are read as."""
        return cls([nan if (at := instant_of(value)) is None else at for value in values])

    @cached_property
    def known(self) -> Mask:
        """The rows that have one: nan alone is not what it is."""
        return bytes(map(eq, self.of_rows, self.of_rows))

    def lying_in(self, stretches: Iterable[Stretch], within: Mask) -> Mask:
        """The rows, of some, whose instant lies in one of some stretches of time."""
        found = bytes(len(within))
        chosen = list(rows(within)) if is_sparse(within) else None
        for first, last in stretches:
            if chosen is None:
                lying = bytes([first <= at <= last for at in self.of_rows])
            else:
                lying = of_rows((row for row in chosen if first <= self.of_rows[row] <= last), len(within))
            found = either(found, lying)
        return both(found, within)


class Elements(Table):
    """The elements of a list of each row of another table, its owners, one owner's after the other's."""

    def __init__(self, lists: Sequence[Sequence[Any]]) -> None:
        super().__init__(list(chain.from_iterable(lists)))
        self._lists = lists

    @cached_property
    def owners(self) -> Sequence[int]:
        """The row of the owner of each."""
        return [owner for owner, each in enumerate(self._lists) for _ in each]

    @cached_property
    def _bounds(self) -> Sequence[int]:
        """Where those of each owner begin, and where the last's end."""
        return list(accumulate(map(len, self._lists), initial=0))

    def of_owners(self, mask: Mask) -> Mask:
        """The elements that belong to some owners."""
        if 0 not in mask:
            return self.every_row
        if not is_sparse(mask):
            return of_codes(mask, self.owners)
        found = bytearray(len(self.subjects))
        for owner in rows(mask):
            first, end = self._bounds[owner], self._bounds[owner + 1]
            found[first:end] = every_row(end - first)
        return bytes(found)

    def counted(self, mask: Mask) -> list[int]:
        """How many of some elements each owner has."""
        found = [0] * len(self._lists)
        for owner, size in self._sizes(mask):
            found[owner] = size
        return found

    def owning(self, mask: Mask, least: int = 1) -> Mask:
        """The owners that have at least so many of some elements."""
        if least > 1:
            return bytes([found >= least for found in self.counted(mask)])
        return of_rows(compress(self.owners, mask), len(self._lists))

    def chosen(self, mask: Mask) -> Sequence[Any]:
        """Some elements."""
        return list(compress(self.subjects, mask)) if 0 in mask else self.subjects

    def firsts(self, mask: Mask) -> list[Any]:
        """The first that each owner has of some elements, or None."""
        values, found, first = self.chosen(mask), [None] * len(self._lists), 0
        for owner, size in self._sizes(mask):
            found[owner] = values[first]
            first += size
        return found

    def owned(self, mask: Mask, values: Sequence[Any]) -> list[Sequence[Any]]:
        """What each owner has of the ``values`` of some elements, in their order."""
        found: list[Sequence[Any]] = [()] * len(self._lists)
        end = 0
        for owner, size in self._sizes(mask):
            first, end = end, end + size
            found[owner] = values[first:end]
        return found

    def grouped(self, mask: Mask, values: Sequence[Any]) -> Column:
        """The column of what each owner has of the ``values`` of some elements, in their order."""
        lists = self.owned(mask, values)
        fresh = count(1).__next__
        return Column.of_lists(lists) or Column([(), *filter(None, lists)], [fresh() if each else 0 for each in lists])

    def _sizes(self, mask: Mask) -> Iterable[tuple[int, int]]:
        """Each owner that has any of some elements, and how many."""
        return Counter(compress(self.owners, mask)).items()


class Block(Table):
    """Some profiles, and the events of each in the order of ``pql.sorted_events``."""

    def __init__(
        self,
        records: Sequence[Mapping[str, Any]],
        lists: Sequence[Sequence[Mapping[str, Any]]],
        timestamps: Sequence[int] | None,
    ) -> None:
        super().__init__(records)
        self.lists = lists
        self._timestamps = timestamps

    @cached_property
    def events(self) -> Elements:
        """The events of all of them."""
        events = Elements(self.lists)
        if self._timestamps is not None:
            events.known_instants[("timestamp",)] = events.known_instants[()] = Instants(self._timestamps)
        return events


class Profiles:
    """Profiles, and the events of each in the order of ``pql.sorted_events``; ``blocks`` of them, one after the other.

    ``timestamps`` (epoch ms) are those of all the events, one profile's after the other's, if somebody knows them who
    has read them already.
    """

    def __init__(
        self,
        records: Sequence[Mapping[str, Any]],
        events: Sequence[Sequence[Mapping[str, Any]]],
        timestamps: Sequence[int] | None = None,
    ) -> None:
        self.blocks: list[Block] = []
        first = 0
        for start in range(0, len(records), _BLOCK):
            lists = events[start : start + _BLOCK]
            end = first + sum(map(len, lists))
            self.blocks.append(
                Block(records[start : start + _BLOCK], lists, None if timestamps is None else timestamps[first:end])
            )
            first = end
