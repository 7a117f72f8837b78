"""One connection of the server: its requests, their answers, and the faults that a connection may suffer for real."""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from emulator.faults.effects import Connection
from emulator.transport.request_body import RequestBody
from emulator.transport.request_head import Head, NothingYet, Refused, Stream, read_head
from emulator.transport.wsgi import Answer, Headers, Sent, call, environ_of

if TYPE_CHECKING:
    from emulator.transport.server import ServerThread

#: How long a client that is being refused may pause while it is still sending, in s.
_LINGER = 1.0

#: SO_LINGER with no time at all: closing then resets the connection. Windows has two shorts there.
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)

_SERVER = ("Server", "aep-emulator")

#: A Content-Length; longer ones are no length of anything, and Python reads no number of thousands of digits.
_LENGTH = re.compile("[0-9]{1,18}")


class RequestHandler:
    """Speaks HTTP/1.1, keeps connections open and writes no log lines: the journal is the log.

    Whatever it refuses itself it refuses with a JSON object, like the gateway.
    """

    def __init__(self, server: ServerThread, connection: socket.socket) -> None:
        self.connection = connection
        self._server = server
        self.stream = Stream(connection)
        self._peer = connection.getpeername()[0]
        self._own_host, self._own_port = connection.getsockname()[:2]
        self._closes = False
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def answer_next(self) -> bool:
        """Read a request and answer it; answers whether the connection is kept for another."""
        try:
            self.connection.settimeout(self._server.patience.pause)
            self._read_and_answer()
        except OSError:
            # the client has gone, or reads nothing: nobody is left to be told
            self._closes = True
        return not self._closes

    def _read_and_answer(self) -> None:
        try:
            head = read_head(self.stream)
        except NothingYet:
            return
        except Refused as refused:
            self._refuse(refused)
            return
        except TimeoutError:
            text = f"no more of the request came for {self._server.patience.pause:g} s"
            self._refuse(Refused(HTTPStatus.REQUEST_TIMEOUT, text))
            return
        if head is None or not self._server.arrived(self):
            self._closes = True
            return
        self._closes = not head.keeps_connection
        try:
            self._answer(head)
        except Refused as refused:
            self._refuse(refused)
        finally:
            self._server.answered(self)

    # -- a request

    def _answer(self, head: Head) -> None:
        """Answer a request. Raises ``Refused``."""
        body = self._body(head)
        try:
            environ = environ_of(Sent(head.method, head.target, head.headers, b""), "http", self._own_host)
        except ValueError as error:
            raise Refused(HTTPStatus.BAD_REQUEST, f"the request target is no URL: {error}") from None
        environ.update({"SERVER_PORT": str(self._own_port), "REMOTE_ADDR": self._peer, "wsgi.input": body})
        try:
            answer = call(self._server.app, environ)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            raise body.fault or Refused(HTTPStatus.INTERNAL_SERVER_ERROR, text) from None
        if body.fault is not None:
            raise body.fault
        self._closes = self._closes or not body.is_complete or self._server.stopping.is_set()
        self._deliver(answer, head)
        if not body.is_complete:
            self._linger()

    def _body(self, head: Head) -> RequestBody:
        """Answer the request's body. Raises ``Refused``."""
        # who speaks HTTP/1.0 would take a 100 for the answer, RFC 9110 section 10.1.1
        is_waiting = not head.is_1_0 and "100-continue" in [value.lower() for value in head.values("expect")]
        invite = partial(self.connection.sendall, b"HTTP/1.1 100 Continue\r\n\r\n") if is_waiting else None
        encodings, lengths = head.values("transfer-encoding"), head.values("content-length")
        if encodings:
            if ",".join(encodings).strip().lower() != "chunked":
                raise Refused(HTTPStatus.NOT_IMPLEMENTED, "the only transfer encoding is chunked")
            # with a length too, or in HTTP/1.0, it may be an attempt to smuggle a request, RFC 9112 section 6.1
            self._closes = self._closes or bool(lengths) or head.is_1_0
            return RequestBody(self.stream, None, invite)
        length = lengths[0] if lengths else "0"
        if len(set(lengths)) > 1 or not _LENGTH.fullmatch(length):
            raise Refused(HTTPStatus.BAD_REQUEST, "Content-Length is one number of bytes")
        return RequestBody(self.stream, int(length), invite)

    def _refuse(self, refused: Refused) -> None:
        """Tell a client that its request is refused, and end the connection."""
        status = refused.status
        body = json.dumps({"error_code": f"{status.value}000", "message": str(refused)}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        self._closes = True
        self._write(Answer(status, status.phrase, headers, body, None), body)
        self._linger()

    # -- an answer

    def _deliver(self, answer: Answer, head: Head) -> None:
        effect = answer.effect
        keeping = [("Connection", "keep-alive")] if head.is_1_0 else []
        if effect is None:
            self._write(answer, answer.body, keeping)
        elif self._server.stopping.wait(effect.delay_ms / 1000):
            self._closes = True
        elif effect.stall:
            self._outlast_the_client()
        elif effect.drop:
            self._reset()
        else:
            self._write_faulty(answer, effect, keeping)

    def _write(self, answer: Answer, body: bytes, keeping: Headers | None = None) -> None:
        more = [("Connection", "close")] if self._closes else keeping or []
        try:
            head = answer.head([_SERVER, *more])
        except UnicodeEncodeError as error:
            text = f"the application's headers cannot be sent: {error}"
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, text) from None
        self.connection.sendall(head + body)

    def _write_faulty(self, answer: Answer, effect: Connection, keeping: Headers) -> None:
        arriving = answer.body if effect.truncate is None else answer.body[: effect.truncate]
        size = effect.slow_bytes if effect.slow_ms else max(len(arriving), 1)
        self._write(answer, arriving[:size], keeping)
        for start in range(size, len(arriving), size):
            if self._server.stopping.wait(effect.slow_ms / 1000):
                self._closes = True
                return
            self.connection.sendall(arriving[start : start + size])
        self._closes = self._closes or len(arriving) < len(answer.body)

    def _outlast_the_client(self) -> None:
        """Wait until the client gives up; a stop of the server ends the connection and so the wait."""
        self._closes = True
        self._server.answered(self)
        self.connection.settimeout(None)
        while self.connection.recv(65_536):
            continue

    def _reset(self) -> None:
        self._closes = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.connection.close()

    def _linger(self) -> None:
        """Take what a client still sends after its answer: closing on it would reset what it has not read yet."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER)
            while self.connection.recv(65_536):
                continue
        except OSError:
            # it went on for too long, or has gone
            return
