"""Requests read back from the bytes that a client wrote (RFC 9112), for clients whose lowest seam is a byte stream."""

from __future__ import annotations

from emulator.transport.wsgi import Headers, Sent


class RequestReader:
    """Takes bytes as they come and answers each request once it is whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: tuple[str, str, Headers] | None = None
        self._body = bytearray()
        self._is_chunked = False
        self._length = 0
        self.wants_continue = False

    def feed(self, received: bytes) -> None:
        """Take what the client wrote next."""
        self._buffer += received

    def take(self) -> Sent | None:
        """Take out the next request; None while it is not whole.

        ``wants_continue`` says that the client waits for a 100 before it sends the body (RFC 9110 section 10.1.1).
        """
        if self._head is None and not self._take_head():
            return None
        if not (self._take_chunks() if self._is_chunked else self._take_counted()):
            return None
        assert self._head is not None
        method, target, headers = self._head
        sent = Sent(method, target, headers, bytes(self._body))
        self._head, self._body, self.wants_continue = None, bytearray(), False
        return sent

    def _take_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        request_line, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        method, target, _ = request_line.split(" ", 2)
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        fields = {name.lower(): value.lower() for name, value in headers}
        length = fields.get("content-length", "")
        self._head = method, target, headers
        self._is_chunked = "chunked" in fields.get("transfer-encoding", "")
        self._length = int(length) if length.isdecimal() else 0
        self.wants_continue = fields.get("expect") == "100-continue"
        return True

    def _take_counted(self) -> bool:
        if len(self._buffer) < self._length:
            return False
        self._body = self._buffer[: self._length]
        del self._buffer[: self._length]
        return True

    def _take_chunks(self) -> bool:
        while (line := self._buffer.find(b"\r\n")) >= 0:
            size = int(self._buffer[:line].partition(b";")[0], 16)
            end = line + 2 + size
            if len(self._buffer) < end + 2:
                return False
            self._body += self._buffer[line + 2 : end]
            del self._buffer[: end + 2]
            if not size:
                return True
        return False
