"""The journal: what was asked of an organisation and what was answered, newest kept."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from threading import Condition
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict

from emulator.settings import Settings
from emulator.simulation.instants import format_instant

#: Headers whose secrets never enter the journal.
_SECRET_HEADERS = frozenset(("authorization", "cookie", "proxy-authorization", "set-cookie", "x-emulator-token"))

#: What stands in the place of a secret.
MASK = "***"

_SECRETS = "client_secret|jwt_token|code|refresh_token|access_token|password|assertion"

#: The values of such parameters in a form or a query string, in a multipart form, and in JSON.
_SECRET_VALUE = re.compile(
    rf"""(\b(?:{_SECRETS})(?:=|"\r?\n(?:[^\r\n]+\r?\n)*\r?\n))[^&\r\n]+|("(?:{_SECRETS})"\s*:\s*)"(?:[^"\\]|\\.)*\"?"""
)


#: What of a secret header's value is none: the scheme, and the blanks after it.
_SCHEME = re.compile(r"(?:bearer|basic)(?![^ ]) *", re.IGNORECASE)


def masked_header(name: str, value: str) -> str:
    """Answer a header's value without its secret; the scheme stays, and that there is no secret where there is none."""
    if name.lower() not in _SECRET_HEADERS:
        return value
    scheme = match[0] if (match := _SCHEME.match(value)) else ""
    return f"{scheme}{MASK}" if value[len(scheme) :].strip() else value


def masked(path: str, text: str) -> str:
    """Answer a text of a request or an answer without the secrets of IMS, whose operations alone have any."""
    return _SECRET_VALUE.sub(_mask, text) if path.startswith("/ims") else text


def _mask(match: re.Match[str]) -> str:
    return f'{match[2]}"{MASK}"' if match[1] is None else f"{match[1]}{MASK}"


class Sent(Struct, frozen=True):
    """One side of an exchange as it was sent, secrets left out; made readable when somebody reads it.

    ``fields`` are names and values of headers in turn: journals are long, and one tuple is lighter than many.
    """

    fields: tuple[str, ...]
    content: bytes

    @classmethod
    def of(cls, headers: Iterable[tuple[str, str]], content: bytes) -> Sent:
        """Keep what was sent; secrets in headers are masked here, those in ``content`` are out already."""
        return cls(tuple([each for name, value in headers for each in (name, masked_header(name, value))]), content)

    @property
    def headers(self) -> dict[str, str]:
        """The headers by name."""
        return dict(zip(self.fields[::2], self.fields[1::2], strict=True))

    @property
    def body(self) -> str:
        """The body as text, cut to what the journal keeps."""
        return self.content.decode("utf-8", "replace")


class Exchange(Struct, frozen=True):
    """A request and its answer. ``at`` is epoch ms on the organisation's clock; ``operation`` Adobe's operationId."""

    ordinal: int
    at: int
    method: str
    path: str
    query: str
    operation: str | None
    status: int
    org: str | None
    sandbox: str | None
    request: Sent
    response: Sent
    warnings: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def body_bytes(self) -> int:
        """How long both bodies are, as far as they are kept."""
        return len(self.request.content) + len(self.response.content)

    def to_wire(self) -> dict[str, Any]:
        """Answer the form in which the control plane shows it."""
        return {
            **asdict(self),
            "at": format_instant(self.at),
            "request": {"headers": self.request.headers, "body": self.request.body},
            "response": {"headers": self.response.headers, "body": self.response.body},
            "warnings": list(self.warnings),
            "faults": list(self.faults),
        }


class Arrivals:
    """Numbers the exchanges of all journals, of which there have been ``count``, and wakes whoever waits for one.

    One for all of them, since journals come and go with organisations and resets while somebody waits. It holds no lock
    while the waiting one looks into them.
    """

    def __init__(self) -> None:
        self._condition = Condition()
        self.count = 0

    def keep(self, exchange: Exchange, kept: deque[tuple[int, Exchange]]) -> None:
        """Number an exchange, put it where it is kept, and wake all that wait."""
        with self._condition:
            self.count += 1
            kept.append((self.count, exchange))
            self._condition.notify_all()

    def wait(self, count: int, timeout: float) -> bool:
        """Wait for ``timeout`` s until there are more than ``count``; answers whether there are."""
        with self._condition:
            return self._condition.wait_for(lambda: self.count > count, timeout)


#: Told of every exchange that a journal keeps.
ARRIVALS = Arrivals()


class Journal(Struct):
    """The last exchanges of one organisation, oldest first: ``size`` at most, and bodies of ``most_bytes`` at most.

    ``count`` is how many have been counted: numbers go on after it.
    """

    size: int
    most_bytes: int
    count: int = 0
    _kept: deque[tuple[int, Exchange]] = field(default_factory=deque)
    _bytes: int = 0

    @classmethod
    def of(cls, settings: Settings) -> Journal:
        """Answer an empty journal of the size that ``settings`` want."""
        return cls(settings.journal_size, settings.journal_bytes)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Exchange]:
        return iter([exchange for _, exchange in self.numbered()])

    def numbered(self) -> tuple[tuple[int, Exchange], ...]:
        """Answer what is kept with numbers that put the exchanges of all journals in their order of arrival."""
        return tuple(self._kept)

    @property
    def last_number(self) -> int:
        """The number of the newest exchange that is kept, among those of all journals; 0 when none is."""
        return self._kept[-1][0] if self._kept else 0

    def next_ordinal(self) -> int:
        """Count one more exchange and answer its number, from 1."""
        self.count += 1
        return self.count

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange; the oldest goes when the journal is full."""
        ARRIVALS.keep(exchange, self._kept)
        self._bytes += exchange.body_bytes
        while len(self._kept) > self.size or self._bytes > self.most_bytes:
            _, oldest = self._kept.popleft()
            self._bytes -= oldest.body_bytes

    def clear(self) -> None:
        """Forget all exchanges; numbers go on."""
        self._kept.clear()
        self._bytes = 0
