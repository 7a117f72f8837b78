"""A column: the values of an expression in all rows of a table, each different one held once.

So a condition is asked once for each different value, however many rows have it.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, compress, count
from typing import Any

from emulator.pql.columns.masks import Mask, asked, both, of_codes, rows

_TEXT = {str, type(None)}  # equal to nothing of another type
_SHARED = {*_TEXT, int}


class Answers(dict[Any, Any]):
    """What a function says of values; of those that columns share it is asked once."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, value: Any) -> Any:
        found = self[value] = self.function(value)
        return found

    def about(self, column: "Column") -> Callable[[Any], Any]:
        """The function of the entries of a column."""
        return self.__getitem__ if column.is_shared else self.function


class Column:
    """``entries``: the different values. ``codes``: for each row, which of them it has.

    Only values that no condition can tell apart share an entry: nulls, and where there is nothing else (``is_shared``),
    equal texts and equal integers, or lists of such, held as tuples. Any other value has an entry to itself.
    """

    def __init__(self, entries: list[Any], codes: Sequence[int], *, is_shared: bool = False) -> None:
        self.entries = entries
        self.codes = bytes(codes) if len(entries) <= 256 else array("I", codes)
        self.is_shared = is_shared

    @classmethod
    def of(cls, values: Sequence[Any]) -> "Column":
        """The column of the values of all rows."""
        try:
            shared = cls._shared(values)
        except TypeError:  # lists and objects
            of_lists = cls.of_lists(values) if set(map(type, values)) <= {list, type(None)} else None
            if of_lists is not None:
                return of_lists
        else:
            if set(map(type, shared.entries)) <= _TEXT or set(map(type, values)) <= _SHARED:
                return shared
        fresh = count(1).__next__
        own = [value for value in values if value is not None]
        return cls([None, *own], [0 if value is None else fresh() for value in values])

    @classmethod
    def of_lists(cls, lists: Sequence[Sequence[Any] | None]) -> "Column | None":
        """The column of lists, or nulls, if equal lists can share an entry."""
        if set(map(type, chain.from_iterable(filter(None, lists)))) <= _SHARED:
            return cls._shared([each if each is None else tuple(each) for each in lists])
        return None

    @classmethod
    def _shared(cls, values: Sequence[Any]) -> "Column":
        known: dict[Any, int] = defaultdict(count().__next__)
        codes = list(map(known.__getitem__, values))
        return cls(list(known), codes, is_shared=True)

    @classmethod
    def within(cls, values: Sequence[Any], mask: Mask) -> "Column":
        """The column of the values of some rows; the others have any of those values."""
        some = cls.of(values)
        codes = [0] * len(mask)
        for row, code in zip(rows(mask), some.codes, strict=True):
            codes[row] = code
        return cls(some.entries or [None], codes, is_shared=some.is_shared)

    def values(self, within: Mask) -> list[Any]:
        """The values of the rows ``within``, in their order."""
        codes = compress(self.codes, within) if 0 in within else self.codes
        return list(map(self.entries.__getitem__, codes))

    def mapped(self, function: Callable[[Any], Any], within: Mask) -> Iterator[Any]:
        """What a function makes of the values of the rows ``within``, in their order."""
        entries = self.entries
        known = Answers(lambda code: function(entries[code]))
        return map(known.__getitem__, compress(self.codes, within))

    def holding(self, answers: Answers, within: Mask) -> Mask:
        """The rows among those ``within`` of whose value a condition holds."""
        codes, entries, holds = self.codes, self.entries, answers.about(self)
        if isinstance(codes, bytes) or 0 not in within:
            return both(of_codes(bytes(map(holds, entries)), codes), within)
        return asked(lambda row: holds(entries[codes[row]]), within)
