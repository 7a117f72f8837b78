"""A server stops promptly: what is in flight is answered, and what comes after has no effect."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Semaphore
from time import perf_counter

from emulator.transport.server import Patience, ServerThread
from tests.transport.conftest import BODY, Application, Slow
from tests.transport.raw import GET, Raw


def test_a_stop_is_prompt_and_ends_open_connections(app: Application) -> None:
    server = ServerThread(app)
    server.start()
    with Raw(server) as kept, Raw(server) as fresh:
        kept.send(GET).receive()
        fresh.send(b"GET / HT")
        begun = perf_counter()
        server.stop()
        assert perf_counter() - begun < 1
        assert kept.is_closed()
        assert fresh.is_closed()
        assert refuses(server)


def refuses(server: ServerThread) -> bool:
    """Whether a server takes no more connections."""
    try:
        with Raw(server):
            return False
    except ConnectionError:  # refused, or reset in between
        return True


def test_a_stop_answers_what_is_in_flight_and_ends_the_connection() -> None:
    slow = Slow()
    server = ServerThread(slow)
    server.start()
    with Raw(server) as raw, ThreadPoolExecutor(1) as pool:
        raw.send(GET)
        assert slow.asked.wait(10)
        stopped = pool.submit(server.stop)
        while not refuses(server):
            continue
        slow.goes_on.set()
        received = raw.receive()
        assert (received.status, received.body, received.headers["connection"]) == (200, BODY, "close")
        assert raw.is_closed()
        stopped.result()


def test_a_stop_does_not_wait_for_ever() -> None:
    slow = Slow()
    server = ServerThread(slow, patience=Patience(stop=0.05))
    server.start()
    with Raw(server) as raw:
        raw.send(GET)
        assert slow.asked.wait(10)
        server.stop()
        assert raw.is_closed()
        slow.goes_on.set()


def test_what_has_an_effect_is_answered_however_a_stop_falls() -> None:
    """A request read just as the server stops is either answered or never seen by the application."""
    for _ in range(30):
        app, answered = Application(), Semaphore(0)
        server = ServerThread(app)

        def ask(port: int = server.port, answered: Semaphore = answered) -> int:
            connection, count = http.client.HTTPConnection("127.0.0.1", port, timeout=10), 0
            with suppress(OSError, http.client.HTTPException):  # it has stopped
                while True:
                    connection.request("GET", "/")
                    count += len(connection.getresponse().read()) // len(BODY)
                    answered.release()
            connection.close()
            return count

        with ThreadPoolExecutor(4) as pool:
            with server:
                clients = [pool.submit(ask) for _ in range(4)]
                for _ in range(8):
                    assert answered.acquire(timeout=10)
            assert sum(each.result() for each in clients) == len(app.environs)


def test_a_server_that_never_started_stops_too(app: Application) -> None:
    server = ServerThread(app)
    server.stop()
    with ServerThread(app, port=server.port) as again, Raw(again) as raw:
        assert raw.send(GET).receive().status == 200
