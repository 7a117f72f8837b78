"""The journal as its users see it: requests filtered, counted and waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from datetime import datetime
from fnmatch import fnmatchcase
from operator import itemgetter
from typing import TypedDict, Unpack, overload

from msgspec import Struct
from msgspec.structs import force_setattr

from emulator.faults.rules import refuse_unknown_operation
from emulator.journal import ARRIVALS, Exchange, Journal
from emulator.simulation.clock import Clock
from emulator.simulation.instants import to_instant


class Wanted(TypedDict, total=False):
    """What a request is asked to be; the words are those of ``Filter``."""

    operation: str
    method: str
    path: str
    status: int
    org: str
    sandbox: str
    since: str | int | datetime


class Filter(Struct, frozen=True, kw_only=True):
    """Which requests are meant; None asks for nothing.

    ``operation`` is Adobe's operationId, ``path`` a pattern in which ``*`` stands for anything, ``since`` the earliest
    instant on the organisation's clock: RFC 3339 text, an aware datetime or epoch ms. Raises ``ValueError`` for an
    operation or an instant that is none: of what does not exist it would be found that it never came.
    """

    operation: str | None = None
    method: str | None = None
    path: str | None = None
    status: int | None = None
    org: str | None = None
    sandbox: str | None = None
    since: str | int | datetime | None = None

    def __post_init__(self) -> None:
        if self.operation is not None:
            refuse_unknown_operation(self.operation)
        if self.since is not None:
            force_setattr(self, "since", to_instant(self.since))
        if self.method is not None:
            force_setattr(self, "method", self.method.upper())

    def admits(self, exchange: Exchange) -> bool:
        """Answer whether a request is meant."""
        return (
            self.operation in (None, exchange.operation)
            and self.method in (None, exchange.method)
            and (self.path is None or fnmatchcase(exchange.path, self.path))
            and self.status in (None, exchange.status)
            and self.org in (None, exchange.org)
            and self.sandbox in (None, exchange.sandbox)
            and (self.since is None or exchange.at >= to_instant(self.since))
        )

    def __str__(self) -> str:
        asked = {name: getattr(self, name) for name in self.__struct_fields__}
        return ", ".join(f"{name}={value!r}" for name, value in asked.items() if value is not None)


class Requests:
    """The requests of some journals at the moment of asking, as they came: a sequence, equal to a list of the same.

    It does not grow: ask again, or wait. ``filters`` all have to admit a request.
    """

    __slots__ = ("_exchanges", "_filters", "_journals")

    def __init__(self, journals: Callable[[], Iterable[Journal]], filters: tuple[Filter, ...] = ()) -> None:
        self._journals = journals
        self._filters = filters
        kept = sorted((pair for journal in journals() for pair in journal.numbered()), key=itemgetter(0))
        self._exchanges = _admitted((exchange for _, exchange in kept), filters)

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    @overload
    def __getitem__(self, index: int) -> Exchange: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Exchange]: ...

    def __getitem__(self, index: int | slice) -> Exchange | Sequence[Exchange]:
        return self._exchanges[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Requests):
            return self._exchanges == other._exchanges
        return self._exchanges == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it equals lists, which have no hash

    def __repr__(self) -> str:
        return f"<{len(self)} requests: {_summary(self._exchanges)}>"

    def matching(self, **wanted: Unpack[Wanted]) -> Requests:
        """Answer those of these requests that match: ``matching(operation="createSegmentJob", status=429)``.

        The words are those of ``Filter``. Raises ``TypeError`` for any other, ``ValueError`` for a wrong value.
        """
        asked = Filter(**wanted)
        found = copy(self)
        found._filters = (*self._filters, asked)
        found._exchanges = _admitted(self._exchanges, (asked,))
        return found

    def count(self, **wanted: Unpack[Wanted]) -> int:
        """Answer how many of these requests match."""
        return len(self.matching(**wanted))

    def wait_for(self, *, nth: int = 1, timeout: float = 5, **wanted: Unpack[Wanted]) -> Exchange:
        """Wait until ``nth`` requests match and answer the last of these; those that are here already count.

        ``timeout`` is in real seconds: what is waited for is another thread or process. Raises ``TimeoutError`` that
        says what came instead.
        """
        filters = (*self._filters, Filter(**wanted))
        waited = Clock(0, rate=1)
        while True:
            seen = ARRIVALS.count
            found = Requests(self._journals, filters)
            if len(found) >= nth:
                return found[nth - 1]
            left = timeout - waited.now() / 1000
            if left <= 0 or not ARRIVALS.wait(seen, left):
                asked = " and ".join(text for each in filters if (text := str(each))) or "any"
                came = _summary(Requests(self._journals)[:])
                raise TimeoutError(
                    f"waited {timeout:g} s for {nth} requests with {asked}: {len(found)} came; the journal has {came}"
                )


def _admitted(exchanges: Iterable[Exchange], filters: Sequence[Filter]) -> list[Exchange]:
    return [each for each in exchanges if all(filter.admits(each) for filter in filters)]


def _summary(exchanges: Sequence[Exchange]) -> str:
    """Answer the last few requests in one line."""
    shown = [f"{each.method} {each.path} ({each.status})" for each in exchanges[-5:]]
    earlier = len(exchanges) - len(shown)
    return ", ".join(([f"{earlier} earlier"] if earlier else []) + shown) or "none"
