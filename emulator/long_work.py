"""What has served: let go of a piece at a time, and not looked for while what is made is made to stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

#: So many new objects are left alone ever after. They go when nothing refers to them, being in no cycles; looking
#: through them, now and again and again later, would take seconds in which nothing is answered.
_MANY = 100_000

_lock = Lock()
_pauses = 0
_was_enabled = False


def let_go(values: list[Any]) -> None:
    """Empty a list of many a piece at a time: to free all together would hold up every other thread."""
    while values:
        del values[-1000:]


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
                if gc.get_count()[0] > _MANY:
                    gc.freeze()
                gc.enable()
