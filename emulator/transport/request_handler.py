"""One connection of the server: its requests, their answers, and the faults that a connection may suffer for real."""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
from email.errors import FirstHeaderLineIsContinuationDefect, InvalidHeaderDefect, MissingHeaderBodySeparatorDefect
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BufferedReader
from typing import TYPE_CHECKING, cast

from emulator.faults.effects import Connection
from emulator.transport.request_body import RequestBody
from emulator.transport.wsgi import Answer, Sent, call, environ_of

if TYPE_CHECKING:
    from emulator.transport.server import Server

#: The longest request line, in bytes.
_REQUEST_LINE = 65536

#: How long a client that is being refused may pause while it is still sending, in s.
_LINGER = 1.0

#: SO_LINGER with no time at all: closing then resets the connection. Windows has two shorts there.
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)

#: What a header Host holds (RFC 9112 section 3.2): a name, an IPv4 or a bracketed IPv6 address, and a port if any.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+;=%-]*)(:[0-9]{0,5})?", re.ASCII)

#: What is wrong with a header line. The parser finds fault with more: with a multipart type it misses the parts, which
#: it is not given.
_HEADER_DEFECTS = (FirstHeaderLineIsContinuationDefect, InvalidHeaderDefect, MissingHeaderBodySeparatorDefect)


class RequestHandler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1, keeps connections open and writes no log lines: the journal is the log.

    Whatever it refuses itself it refuses with a JSON object, like the gateway.
    """

    server: Server
    protocol_version = "HTTP/1.1"
    # an error on the request line is answered with a status line too
    default_request_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Open the streams of a connection that the server knows from now on."""
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        """Close the streams."""
        self.server.closed(self.connection)
        super().finish()

    def handle(self) -> None:
        """Answer requests until one of the two sides ends the connection."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            # the client has gone, or reads nothing: nobody is left to be told
            self.close_connection = True

    def handle_one_request(self) -> None:
        """Read a request and answer it."""
        self.connection.settimeout(self.server.patience.idle)
        if not cast(BufferedReader, self.rfile).peek(1):
            self.close_connection = True
            return
        self.connection.settimeout(self.server.patience.pause)
        try:
            self._handle_one_request()
        except TimeoutError:
            self.send_error(
                HTTPStatus.REQUEST_TIMEOUT, f"no more of the request came for {self.server.patience.pause:g} s"
            )

    def _handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(_REQUEST_LINE + 1)
        if len(self.raw_requestline) > _REQUEST_LINE:
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG, f"the request line is longer than {_REQUEST_LINE} bytes")
        elif not self.raw_requestline.strip():
            # an empty line before a request is let through, RFC 9112 section 2.2
            self.close_connection = False
        elif len(self.raw_requestline.split()) != 3:
            self.send_error(HTTPStatus.BAD_REQUEST, "a request line is a method, a target and a version")
        elif self.parse_request():
            self.server.arrived(self.connection)
            try:
                self._answer_request()
            finally:
                self.server.answered(self.connection)

    def handle_expect_100(self) -> bool:
        """Say nothing yet: the client is invited to send its body when somebody wants to read it."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request that the application never sees, and end the connection."""
        status = HTTPStatus(code)
        text = f"{message or status.phrase}: {explain}" if explain else message or status.phrase
        body = json.dumps({"error_code": f"{code}000", "message": text}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        self.close_connection = True
        self._write(Answer(code, status.phrase, headers, body, None), body)
        self._linger()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    # -- a request

    def _answer_request(self) -> None:
        if any(isinstance(defect, _HEADER_DEFECTS) for defect in self.headers.defects):
            self.send_error(HTTPStatus.BAD_REQUEST, "a header is a name, a colon and a value")
            return
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 and (hosts or self.request_version != "HTTP/1.0") or not all(map(_HOST.fullmatch, hosts)):
            self.send_error(HTTPStatus.BAD_REQUEST, "one header Host names the host: a name or an address, and a port")
            return
        body = self._body()
        if body is None:
            return
        # as it came: the parser makes one slash of two at its beginning
        target = self.raw_requestline.split()[1].decode("latin-1")
        sent = Sent(self.command, target, list(self.headers.items()), b"")
        host, port = self.connection.getsockname()[:2]
        try:
            environ = environ_of(sent, "http", host)
        except ValueError as error:
            self.send_error(HTTPStatus.BAD_REQUEST, f"the request target is no URL: {error}")
            return
        environ.update({"SERVER_PORT": str(port), "REMOTE_ADDR": self.client_address[0], "wsgi.input": body})
        try:
            answer = call(self.server.app, environ)
        except Exception as error:
            if body.fault is None:
                self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}: {error}")
                return
        if body.fault is not None:
            self.send_error(HTTPStatus.REQUEST_TIMEOUT if body.is_late else HTTPStatus.BAD_REQUEST, body.fault)
            return
        self.close_connection = self.close_connection or not body.is_complete or self.server.stopping.is_set()
        self._deliver(answer)
        if not body.is_complete:
            self._linger()

    def _body(self) -> RequestBody | None:
        """Answer the request's body; None when its framing was refused."""
        is_waiting = self.headers.get("Expect", "").lower() == "100-continue"
        invite = partial(self.wfile.write, b"HTTP/1.1 100 Continue\r\n\r\n") if is_waiting else None
        encodings, lengths = self.headers.get_all("Transfer-Encoding"), self.headers.get_all("Content-Length")
        if encodings is not None:
            if ",".join(encodings).strip().lower() != "chunked":
                self.send_error(HTTPStatus.NOT_IMPLEMENTED, "the only transfer encoding is chunked")
                return None
            # with a length too it may be an attempt to smuggle a request, RFC 9112 section 6.1
            self.close_connection = self.close_connection or lengths is not None
            return RequestBody(self.rfile, None, invite)
        length = (lengths or ["0"])[0].strip()
        if len(set(lengths or ())) > 1 or not (length.isascii() and length.isdecimal()):
            self.send_error(HTTPStatus.BAD_REQUEST, "Content-Length is one number of bytes")
            return None
        return RequestBody(self.rfile, int(length), invite)

    # -- an answer

    def _deliver(self, answer: Answer) -> None:
        effect = answer.effect
        if effect is None:
            self._write(answer, answer.body)
        elif self.server.stopping.wait(effect.delay_ms / 1000):
            self.close_connection = True
        elif effect.stall:
            self._outlast_the_client()
        elif effect.drop:
            self._reset()
        else:
            self._write_faulty(answer, effect)

    def _write(self, answer: Answer, body: bytes) -> None:
        more = [("Server", "aep-emulator")]
        if self.close_connection:
            more.append(("Connection", "close"))
        elif self.request_version < "HTTP/1.1":
            more.append(("Connection", "keep-alive"))
        self.wfile.write(answer.head(more) + body)

    def _write_faulty(self, answer: Answer, effect: Connection) -> None:
        arriving = answer.body if effect.truncate is None else answer.body[: effect.truncate]
        size = effect.slow_bytes if effect.slow_ms else max(len(arriving), 1)
        self._write(answer, arriving[:size])
        for start in range(size, len(arriving), size):
            if self.server.stopping.wait(effect.slow_ms / 1000):
                self.close_connection = True
                return
            self.wfile.write(arriving[start : start + size])
        self.close_connection = self.close_connection or len(arriving) < len(answer.body)

    def _outlast_the_client(self) -> None:
        """Wait until the client gives up; a stop of the server ends the connection and so the wait."""
        self.close_connection = True
        self.server.answered(self.connection)
        self.connection.settimeout(None)
        while self.connection.recv(_REQUEST_LINE):
            continue

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # the streams hold the socket open
        self.rfile.close()
        self.wfile.close()
        self.connection.close()

    def _linger(self) -> None:
        """Take what a client still sends after its answer: closing on it would reset what it has not read yet."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER)
            while self.connection.recv(_REQUEST_LINE):
                continue
        except OSError:
            # it went on for too long, or has gone
            return
