"""A table: a population of profiles, or all the elements of one of their lists, with the columns asked for so far.

A table is read only, but for the columns it gathers. It may be asked from any number of threads; two that want the same
column at once gather it twice.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import inf, nan
from typing import Any

from emulator.pql.columns.column import Column
from emulator.pql.columns.masks import Mask, counts, either, every_row, of_codes, of_rows, rows
from emulator.pql.compiler.times import Stretch
from emulator.pql.instants import parse_instants
from emulator.pql.values import as_list, field, instant_of

Path = tuple[str, ...]

#: A path that is looked for in fewer rows than one in so many is not looked for in the others.
_FEW = 4


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
        if within.count(1) * _FEW < len(within):
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
            known = self._elements[names] = Elements(
                [
                    value if value.__class__ is list else () if value is None else as_list(value)
                    for value in at(names, self.subjects)
                ]
            )
        return known


def at(names: Path, values: Sequence[Any]) -> Sequence[Any]:
    """What is found at a path, in each of some values."""
    for name in names:
        plain = None if name.startswith("xdm:") else dict
        values = [
            value.get(name) if value.__class__ is plain else None if value is None else field(value, name)
            for value in values
        ]
    return values


class Instants:
    """``of_rows``: an instant for each row, in epoch ms, or nan, which lies nowhere."""

    def __init__(self, of_rows: Sequence[float]) -> None:
        self.of_rows = of_rows

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Instants":
        """The instants that values are read as."""
        if all(value.__class__ is str for value in values):
            return cls(parse_instants(values))
        return cls([nan if (at := instant_of(value)) is None else at for value in values])

    @cached_property
    def known(self) -> Mask:
        """The rows that have one."""
        return self.lying_in([(None, None)])

    def lying_in(self, stretches: Iterable[Stretch]) -> Mask:
        """The rows whose instant lies in one of some stretches of time."""
        found = bytes(len(self.of_rows))
        for first, last in stretches:
            earliest, latest = -inf if first is None else first, inf if last is None else last
            found = either(found, bytes([earliest <= at <= latest for at in self.of_rows]))
        return found


class Elements(Table):
    """The elements of a list of each row of another table, its owners, one owner's after the other's.

    ``owners``: the row of the owner of each. ``bounds``: where those of each owner begin, and where the last's end.
    """

    def __init__(self, lists: Sequence[Sequence[Any]]) -> None:
        super().__init__([element for each in lists for element in each])
        self.owners = [owner for owner, each in enumerate(lists) for _ in each]
        end = 0
        self.bounds = [0, *[end := end + len(each) for each in lists]]

    def of_owners(self, mask: Mask) -> Mask:
        """The elements that belong to some owners."""
        if 0 not in mask:
            return self.every_row
        if mask.count(1) * _FEW > len(mask):
            return of_codes(mask, self.owners)
        found = bytearray(len(self.subjects))
        for owner in rows(mask):
            first, end = self.bounds[owner], self.bounds[owner + 1]
            found[first:end] = every_row(end - first)
        return bytes(found)

    def counted(self, mask: Mask) -> list[int]:
        """How many of some elements each owner has."""
        return counts(mask, self.bounds)

    def owning(self, mask: Mask, least: int = 1) -> Mask:
        """The owners that have at least so many of some elements."""
        if least > 1 or mask.count(1) > len(self.bounds):
            return bytes([found >= least for found in self.counted(mask)])
        return of_rows((self.owners[row] for row in rows(mask)), len(self.bounds) - 1)

    def owned(self, mask: Mask, values: Iterable[Any] | None = None) -> Iterator[tuple[int, Any]]:
        """Some elements, or ``values`` for each of them in their order, each with its owner."""
        owners = map(self.owners.__getitem__, rows(mask)) if 0 in mask else self.owners
        return zip(owners, map(self.subjects.__getitem__, rows(mask)) if values is None else values, strict=True)

    def grouped(self, owned: Iterable[tuple[int, Any]]) -> Column:
        """For each owner the list of what it has, from those with owners."""
        entries: list[Any] = [[]]
        codes = array("I", bytes(4 * (len(self.bounds) - 1)))
        last = -1
        for owner, value in owned:
            if owner == last:
                entries[-1].append(value)
            else:
                last = owner
                codes[owner] = len(entries)
                entries.append([value])
        return Column(entries, codes)

    def firsts(self, mask: Mask) -> list[Any]:
        """For each owner the first of some elements, or None."""
        found: list[Any] = [None] * (len(self.bounds) - 1)
        last = -1
        for owner, value in self.owned(mask):
            if owner != last:
                last = owner
                found[owner] = value
        return found


class Profiles(Table):
    """Profiles, and the events of each in the order of ``pql.sorted_events``.

    ``timestamps`` (epoch ms) are those of all the events, one profile's after the other's, if somebody knows them who
    has read them already.
    """

    def __init__(
        self,
        records: Sequence[Mapping[str, Any]],
        events: Sequence[Sequence[Mapping[str, Any]]],
        timestamps: Sequence[int] | None = None,
    ) -> None:
        super().__init__(records)
        self.lists = events
        self._timestamps = timestamps

    @cached_property
    def events(self) -> Elements:
        """The events of all of them."""
        events = Elements(self.lists)
        if self._timestamps is not None:
            events.known_instants[("timestamp",)] = Instants(self._timestamps)
        return events
