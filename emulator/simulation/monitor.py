"""A lock that its holder may let go of for a while, so that others can look on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, RLock


class Monitor:
    """A re-entrant lock with a condition (Hoare's monitor): a context manager, held by one thread at a time."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._depth = 0  # of whoever holds it

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        self._lock.release()

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Let others in for the length of a ``with``, however deep this thread holds it."""
        depth, self._depth = self._depth, 0
        for _ in range(depth):
            self._lock.release()
        try:
            yield
        finally:
            for _ in range(depth):
                self._lock.acquire()
            self._depth = depth

    def wait(self, timeout: float | None = None) -> None:
        """Let others in until one of them says that something has changed, or for ``timeout`` s."""
        depth, self._depth = self._depth, 0
        try:
            self._changed.wait(timeout)
        finally:
            self._depth = depth

    def tell(self) -> None:
        """Wake all that wait."""
        self._changed.notify_all()
