"""The body of a request as it comes over a connection (RFC 9112 section 6): counted or chunked, never past its end."""

from __future__ import annotations

import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from emulator.transport.request_head import Refused, Stream

#: The longest line that frames a chunk, in bytes.
_LINE = 4096


class RequestBody(io.RawIOBase):
    """Reads one body off a connection. ``length`` None is a chunked one.

    ``invite`` is called before the first byte is read: a client may be waiting for its 100 (RFC 9110 section 10.1.1).
    A framing fault raises ``Refused`` once, stays in ``fault``, and ends the body; so does a connection on which
    nothing more comes in time.
    """

    def __init__(self, connection: Stream, length: int | None, invite: Callable[[], object] | None = None) -> None:
        self._connection = connection
        self._is_chunked = length is None
        self._remaining = length or 0
        self._invite = invite
        self.is_complete = length == 0
        self.fault: Refused | None = None

    def readable(self) -> bool:
        """Answer yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as the body goes. Raises ``Refused``."""
        if self.is_complete or self.fault is not None or not len(buffer):
            return 0
        if self._invite is not None:
            self._invite()
            self._invite = None
        try:
            return self._read_chunked(buffer) if self._is_chunked else self._read_counted(buffer)
        except Refused as refused:
            self.fault = refused
            raise
        except TimeoutError:
            self.fault = Refused(HTTPStatus.REQUEST_TIMEOUT, "the rest of the body did not come in time")
            raise self.fault from None

    def _read_counted(self, buffer: Any) -> int:
        piece = self._connection.read(min(len(buffer), self._remaining))
        if not piece:
            raise _misframed(f"the body ended {self._remaining} bytes before its length")
        buffer[: len(piece)] = piece
        self._remaining -= len(piece)
        self.is_complete = not self._remaining and not self._is_chunked
        return len(piece)

    def _read_chunked(self, buffer: Any) -> int:
        if not self._remaining:
            self._remaining = self._chunk_size()
            if not self._remaining:
                while self._line():
                    # trailers say nothing here
                    continue
                self.is_complete = True
                return 0
        count = self._read_counted(buffer)
        if not self._remaining and self._line():
            raise _misframed("a chunk is longer than its size")
        return count

    def _chunk_size(self) -> int:
        size = self._line().partition(b";")[0].strip()
        if not size or size.strip(b"0123456789abcdefABCDEF"):
            raise _misframed(f"the size of a chunk is a hexadecimal number, not {size.decode('latin-1')!r}")
        return int(size, 16)

    def _line(self) -> bytes:
        line = self._connection.readline(_LINE)
        if not line.endswith(b"\n"):
            raise _misframed("the body ended inside a chunk" if len(line) < _LINE else "a chunk's line is too long")
        return line.rstrip(b"\r\n")


def _misframed(text: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, text)
