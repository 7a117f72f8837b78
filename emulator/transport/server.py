"""A WSGI server in threads of its own, on any free port, stopped cleanly.

One thread leads: it waits for all connections, and answers what arrives by itself, one request after the other. Handing
each request to another thread costs more than most answers do, and sixteen threads in each other's way still more. A
second thread stands by. When the leader has been at one request for some milliseconds (it evaluates, it waits for a
client or for a fault), the one that stands by leads in its place, and a new one stands by.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from threading import Condition, Event, Thread, current_thread
from typing import TYPE_CHECKING

from msgspec import Struct

from emulator.simulation.clock import Clock
from emulator.transport.request_handler import RequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: How often the thread that stands by looks whether the leader is still at the same request, in s.
_TICK = 0.005

#: There are as many open files as there may be.
_FULL = (errno.EMFILE, errno.ENFILE)

#: After so many looks at a leader that waits, it looks no more until the next request.
_QUIET = 20


class Patience(Struct, frozen=True):
    """How long a server waits for its clients, in s.

    ``idle`` is for the next request on a kept connection, ``pause`` for the next byte of a request that has begun and
    for a client that does not read its answer, ``stop`` for the answers in flight when the server stops.
    """

    idle: float = 75.0
    pause: float = 30.0
    stop: float = 5.0


class ServerThread:
    """Serves ``app`` between ``start`` and ``stop``, or for the length of a ``with``. Port 0 is any free one.

    A stop answers the requests whose head has been read, and waits for that as long as ``patience`` says. Raises
    ``OSError`` when the address cannot be had.
    """

    def __init__(
        self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0, *, patience: Patience | None = None
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=128)
        self.app = app  # who answers the next request; it may be exchanged
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self.patience = patience or Patience()
        self.stopping = Event()
        self._clock = Clock(0, rate=1)
        self._changed = Condition()
        self._open: set[RequestHandler] = set()
        self._in_flight: set[RequestHandler] = set()
        # the leader's alone
        self._selector = DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._waiting: dict[RequestHandler, int] = {}  # since when, longest first
        self._ready: deque[RequestHandler] = deque()
        self._begun: dict[RequestHandler, None] = {}  # whose next request has been received in part, or whole
        self._given_back: deque[RequestHandler] = deque()
        # who leads, and at what
        self._watch = Condition()
        self._leader: Thread | None = None
        self._deputy: Thread | None = None
        self._current: RequestHandler | None = None
        self._turn = 0
        self._is_watched = False

    @property
    def url(self) -> str:
        """The base URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def __enter__(self) -> ServerThread:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to answer."""
        for each in (self._listener, self._woken):
            each.setblocking(False)
            self._selector.register(each, EVENT_READ, None)
        self._leader = Thread(target=self._run, daemon=True)
        self._deputy = Thread(target=self._stand_by, daemon=True)
        self._leader.start()
        self._deputy.start()

    def stop(self) -> None:
        """Accept no more connections, end those that wait, answer what is in flight, and give the port back."""
        with self._changed:
            self.stopping.set()
        with suppress(OSError):
            self._waker.send(b".")
        with self._watch:
            self._watch.notify_all()
            threads = [each for each in (self._leader, self._deputy) if each is not None]
        self._listener.close()
        with self._changed:
            for handler in self._open - self._in_flight:
                _end(handler.connection)
            self._changed.wait_for(lambda: not self._in_flight, self.patience.stop)
            for handler in self._open:
                _end(handler.connection)
        for each in threads:
            each.join(_TICK * _QUIET)
        with self._changed:
            for handler in self._open:
                handler.connection.close()
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def arrived(self, handler: RequestHandler) -> bool:
        """Hold that a request is being answered on a connection: a stop waits for it; no when it has begun already.

        A stop ends what is not in flight, so what arrives after it must have no effect: its answer would be lost.
        """
        with self._changed:
            if self.stopping.is_set():
                return False
            self._in_flight.add(handler)
            return True

    def answered(self, handler: RequestHandler) -> None:
        """Hold that nothing is being answered on a connection any more."""
        with self._changed:
            self._in_flight.discard(handler)
            if self.stopping.is_set():
                self._changed.notify_all()

    # -- leading

    def _run(self) -> None:
        """Answer requests, until the server stops or another thread leads."""
        this = current_thread()
        while not self.stopping.is_set():
            handler = self._ready.popleft() if self._ready else self._wait()
            if handler is None:
                continue
            self._turn += 1
            self._current = handler
            if not self._is_watched:
                with self._watch:
                    self._watch.notify()
            is_kept = handler.answer_next()
            if self.stopping.is_set():
                self._end(handler)
                return
            with self._watch:
                is_leading = self._leader is this
                if is_leading:
                    self._current = None
            if not is_leading:
                self._give_back(handler, is_kept)
                return
            self._keep(handler, is_kept)

    def _wait(self) -> RequestHandler | None:
        """Wait until something arrives, and take the first connection on which a request did."""
        try:
            found = self._selector.select(0 if self._begun else self._until_next_goes())
        except OSError:  # the listener was closed meanwhile, where that is an error: the server stops
            return None
        for key, _ in found:
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._woken:
                self._take_back()
            else:
                self._begun[key.data] = None
        self._ready.extend(self._begun)
        self._begun.clear()
        return self._ready.popleft() if self._ready else None

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError as error:  # the client has gone again, or the server stops
            if error.errno in _FULL:  # who wants to come in waits, and is told of again at once
                self.stopping.wait(_TICK)
            return
        try:
            handler = RequestHandler(self, connection)
        except OSError:  # it has gone since
            connection.close()
            return
        with self._changed:
            self._open.add(handler)
        self._take(handler)

    def _take(self, handler: RequestHandler) -> None:
        self._selector.register(handler.connection, EVENT_READ, handler)
        self._await(handler)

    def _await(self, handler: RequestHandler) -> None:
        """Wait for the next request on a connection, of which some may have been received."""
        self._waiting[handler] = self._clock.now()
        if handler.stream.has_more:
            self._begun[handler] = None

    def _keep(self, handler: RequestHandler, is_kept: bool) -> None:
        """Go on with a connection after an answer."""
        del self._waiting[handler]
        if is_kept:
            self._await(handler)
        else:
            self._selector.unregister(handler.connection)
            self._end(handler)

    def _end(self, handler: RequestHandler) -> None:
        with self._changed:
            self._open.discard(handler)
        handler.connection.close()

    def _until_next_goes(self) -> float | None:
        """End what has waited for too long; answers after how long the next one has, in s."""
        for handler, since in list(self._waiting.items()):
            left = since / 1000 + self.patience.idle - self._clock.now() / 1000
            if left > 0:
                return left
            self._keep(handler, is_kept=False)
        return None

    # -- standing by

    def _stand_by(self) -> None:
        """Watch the leader, and lead in its place when it stays at one request."""
        while not self.stopping.is_set():
            with self._watch:
                self._is_watched = False
                if self._current is None and not self.stopping.is_set():
                    self._watch.wait()
                self._is_watched = True
                held = self._current if self._is_needed() else None
                if held is None:
                    continue
                deputy = Thread(target=self._stand_by, daemon=True)
                try:
                    deputy.start()
                except RuntimeError:  # there are as many threads as there may be: later, perhaps
                    continue
                self._current = None
                self._leader, self._deputy = self._deputy, deputy
            self._selector.unregister(held.connection)
            del self._waiting[held]
            self._run()
            return

    def _is_needed(self) -> bool:
        """Answer whether the leader has been at one request from one look to the next; no when it waits for long."""
        quiet = 0
        while quiet < _QUIET and not self.stopping.is_set():
            turn = self._turn
            self._watch.wait(_TICK)
            if self._turn == turn:
                if self._current is not None:
                    return not self.stopping.is_set()
                quiet += 1
            else:
                quiet = 0
        return False

    def _give_back(self, handler: RequestHandler, is_kept: bool) -> None:
        """Leave a connection to the new leader."""
        if not is_kept:
            self._end(handler)
            return
        self._given_back.append(handler)
        with suppress(OSError):
            self._waker.send(b".")

    def _take_back(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(4096)
        while self._given_back:
            self._take(self._given_back.popleft())


def _end(connection: socket.socket) -> None:
    with suppress(OSError):  # the client has gone already
        connection.shutdown(socket.SHUT_RDWR)
