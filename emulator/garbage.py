"""The cyclic garbage collector, held off while what is made is made to stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_MANY = 100_000

_lock = Lock()
_pauses = 0
_was_enabled = False


@contextmanager
def collection_paused() -> Iterator[None]:
    """Let nothing look for garbage cycles for the length of a ``with``.

    Each few hundred new objects make Python look through the young ones, and in the end through all, for cycles that
    nothing refers to. A population is millions of objects that stay: looking takes longer than making them. The
    collector is one for all threads: the first pause stops it, and the end of the last sets it as it was before.
    """
    global _pauses, _was_enabled
    with _lock:
        if _pauses == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _pauses += 1
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if _pauses == 0 and _was_enabled:
                _age()
                gc.enable()


def _age() -> None:
    """Put many young objects among the old ones, rather than let the collector look through them three times more."""
    if gc.get_count()[0] > _MANY and gc.get_freeze_count() == 0:
        gc.freeze()
        gc.unfreeze()
