"""The sample of the profile store: how much of it previews and estimates read, and in which order.

Source: Adobe's guide to previews and estimates, "How estimates are generated".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import gcd
from typing import TypeVar

_MILLION = 1_000_000

_GOLDEN_RATIO = 0.618_033_988_749_895


R = TypeVar("R")


def sample_of(rows: Sequence[R]) -> list[R]:
    """Answer those of ``rows`` that are sampled, in the order in which they are read."""
    total = len(rows)
    return [rows[position] for position in islice(reading_order(total), sample_size(total))]


def sample_size(total: int) -> int:
    """Answer how many of ``total`` profiles are sampled: all below a million, a million to 20 million, then 5 %."""
    if total < _MILLION:
        return total
    return max(_MILLION, total // 20)


def reading_order(total: int) -> Iterator[int]:
    """Answer the positions of all ``total`` profiles in the order in which a sample reads them.

    It goes round in steps of the golden ratio, so that any first part of it is spread evenly over the store: an
    estimate made of that part is no more about one dataset than about another.
    """
    step = round(total * _GOLDEN_RATIO) or 1
    while gcd(step, total) > 1:
        step += 1
    position = 0
    for _ in range(total):
        yield position
        position = (position + step) % total
