"""The names in scope at a place of a query, while it is read or printed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Names(list[str]):
    """The names bound around a place, outermost first."""

    @contextmanager
    def bound(self, names: Iterable[str] = ()) -> Iterator[None]:
        """Names that are in scope within the block; so are those that are appended inside it."""
        mark = len(self)
        self.extend(names)
        yield
        del self[mark:]
