"""Long work, which makes much that stays: how the process is set for its length."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

#: So many new objects are left alone ever after. They go when nothing refers to them, being in no cycles; looking
#: through them, now and again and again later, would take a time in which nothing is answered.
_MANY = 10_000

#: How long a thread that waits for the interpreter lets another have it, in s. Python's 5 ms are felt by whoever asks
#: meanwhile: an answer has to come by the interpreter a few times.
_PATIENCE = 0.001

_lock = Lock()
_under_way = 0
_is_of_many = False
_is_ours = False
_before = (False, 0.0)


def own_process() -> None:
    """Say that the process serves the emulator alone, so that nobody else's garbage is left alone with what stays."""
    global _is_ours
    _is_ours = True


@contextmanager
def long_work(*, of_many: bool = False) -> Iterator[None]:
    """For the length of a ``with``, let nothing look for garbage cycles, and let waiting threads in sooner.

    Each few hundred new objects make Python look through the young ones, and in the end through all, for cycles that
    nothing refers to. A population is millions of objects that stay: looking takes longer than making them. What is
    made ``of_many`` may be few objects, but with as much to look through: memberships, say. They are left alone only in
    a process of our own: of what is alive then, what is in a cycle never goes, such as an emulator that a test made.

    The process has one such setting for all threads: the first work changes it, and the end of the last sets it as it
    was before.
    """
    global _under_way, _is_of_many, _before
    with _lock:
        if _under_way == 0:
            _before = gc.isenabled(), sys.getswitchinterval()
            gc.disable()
            sys.setswitchinterval(_PATIENCE)
        _under_way += 1
        _is_of_many |= of_many
    try:
        yield
    finally:
        with _lock:
            _under_way -= 1
            if _under_way == 0:
                was_enabled, patience = _before
                sys.setswitchinterval(patience)
                if was_enabled:
                    if (_is_of_many and _is_ours) or gc.get_count()[0] > _MANY:
                        gc.freeze()
                    gc.enable()
                _is_of_many = False
