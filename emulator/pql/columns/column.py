"""A column: the values of an expression in all rows of a table, each different one held once.

So a condition is asked once for each different value, however many rows have it.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from emulator.pql.columns.masks import Mask, both, of_codes, rows

_SHARED = {str, int, type(None)}
_UNKNOWN = object()
_UNASKED = 2
_KNOWN_TRUE = bytes([0, 1, *[0] * 254])


class Column:
    """``entries``: the different values. ``codes``: for each row, which of them it has.

    Only values that no condition can tell apart share an entry: nulls, and where there is nothing else, equal texts and
    equal integers. Any other value has an entry to itself.
    """

    def __init__(self, entries: list[Any], codes: Iterable[int]) -> None:
        self.entries = entries
        self.codes = bytes(list(codes)) if len(entries) <= 256 else array("I", codes)

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Column":
        """The column of the values of all rows."""
        if {value.__class__ for value in values} <= _SHARED:
            known: dict[Any, int] = defaultdict(count().__next__)
            codes = [known[value] for value in values]
            return cls(list(known), codes)
        fresh = count(1).__next__
        own = [value for value in values if value is not None]
        return cls([None, *own], [0 if value is None else fresh() for value in values])

    @classmethod
    def within(cls, values: Sequence[Any], mask: Mask) -> "Column":
        """The column of the values of some rows; the others have any of those values."""
        some = cls.of(values)
        codes = array("I", bytes(4 * len(mask)))
        for row, code in zip(rows(mask), some.codes, strict=True):
            codes[row] = code
        return cls(some.entries or [None], codes)

    def values(self, within: Mask) -> list[Any]:
        """The values of the rows ``within``, in their order."""
        codes, entries = self.codes, self.entries
        return [entries[code] for code in (map(codes.__getitem__, rows(within)) if 0 in within else codes)]

    def mapped(self, function: Callable[[Any], Any], within: Mask) -> Iterator[Any]:
        """What a function makes of the values of the rows ``within``, in their order."""
        entries = self.entries
        known: list[Any] = [_UNKNOWN] * len(entries)
        for row in rows(within):
            value = known[code := self.codes[row]]
            if value is _UNKNOWN:
                value = known[code] = function(entries[code])
            yield value

    def holding(self, holds: Callable[[Any], bool], within: Mask) -> Mask:
        """The rows among those ``within`` of whose value something holds."""
        codes, entries = self.codes, self.entries
        if isinstance(codes, bytes):
            return both(of_codes(bytes([holds(entry) for entry in entries]), codes), within)
        truths = bytearray([_UNASKED]) * len(entries)
        for row in rows(within):
            code = codes[row]
            if truths[code] == _UNASKED:
                truths[code] = holds(entries[code])
        return both(of_codes(truths.translate(_KNOWN_TRUE), codes), within)
