"""Masks: which rows of a table are meant, a byte for each row, 1 or 0.

They are combined as whole numbers, a million rows in a millisecond or two.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress

Mask = bytes

_FLIPPED = bytes([1, *[0] * 255])


def every_row(size: int) -> Mask:
    """The mask of all rows."""
    return b"\1" * size


def both(first: Mask, second: Mask) -> Mask:
    """The rows that are in one and the other."""
    if 0 not in first:
        return second
    if 0 not in second:
        return first
    return (int.from_bytes(first, "big") & int.from_bytes(second, "big")).to_bytes(len(first), "big")


def either(first: Mask, second: Mask) -> Mask:
    """The rows that are in one or the other."""
    return (int.from_bytes(first, "big") | int.from_bytes(second, "big")).to_bytes(len(first), "big")


def others(mask: Mask) -> Mask:
    """The rows that are not in it."""
    return mask.translate(_FLIPPED)


def is_sparse(mask: Mask) -> bool:
    """Whether so few rows are in it that it is better to look at these alone."""
    return mask.count(1) * 3 < len(mask)


def rows(mask: Mask) -> Iterator[int]:
    """The numbers of its rows, ascending."""
    return _searched(mask) if mask.count(1) * 16 < len(mask) else compress(range(len(mask)), mask)


def _searched(mask: Mask) -> Iterator[int]:
    row = mask.find(1)
    while row >= 0:
        yield row
        row = mask.find(1, row + 1)


def of_codes(truths: bytes | bytearray, codes: Sequence[int]) -> Mask:
    """The truth of the code that each row has."""
    if isinstance(codes, bytes):
        return codes.translate(truths.ljust(256, b"\0"))
    return bytes(map(truths.__getitem__, codes))


def asked(holds: Callable[[int], bool], within: Mask) -> Mask:
    """The rows of some for whose number something holds."""
    return of_rows(filter(holds, rows(within)), len(within))


def of_rows(numbers: Iterable[int], size: int) -> Mask:
    """The mask of the rows with some numbers."""
    found = bytearray(size)
    for row in numbers:
        found[row] = 1
    return bytes(found)
