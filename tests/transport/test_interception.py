"""When interception begins and ends, and which of several answers."""

from __future__ import annotations

import http.client
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import requests.sessions
import urllib3
import urllib3.connection

from emulator import Emulator
from emulator.transport.interception import Interception
from tests.transport.conftest import BASE, Application, Serve

pytestmark = pytest.mark.usefixtures("no_socket")

PLACES: list[tuple[Any, str]] = [
    (http.client.HTTPConnection, "connect"),
    (http.client.HTTPSConnection, "connect"),
    (http.client.HTTPConnection, "putrequest"),
    (urllib3.connection.HTTPConnection, "connect"),
    (urllib3.connection.HTTPSConnection, "connect"),
    (urllib3.connection.HTTPConnection, "request"),
    (urllib3.connection.HTTPConnection, "getresponse"),
    (requests.sessions, "preferred_clock"),
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (aiohttp.TCPConnector, "connect"),
]


def patched() -> list[object]:
    return [vars(owner).get(name) for owner, name in PLACES]


def answering() -> str:
    """Answer the name of the application that answers the platform's host now."""
    return requests.get(BASE).text


A, B, C = (Application(body=name) for name in (b"a", b"b", b"c"))


def test_everything_is_as_before_after_the_end() -> None:
    before, finders = patched(), list(sys.meta_path)
    with Interception(A):
        during = patched()
    assert patched() == before
    assert sys.meta_path == finders
    assert all(one is not other for one, other in zip(before, during, strict=True))


def test_an_error_inside_ends_it_too() -> None:
    before = patched()
    with pytest.raises(ZeroDivisionError), Interception(A):
        raise ZeroDivisionError
    assert patched() == before


def test_what_somebody_else_replaced_meanwhile_stays_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    def theirs(self: object, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="theirs")

    with Interception(A):
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", theirs)
    assert httpx.get(BASE).text == "theirs"


def test_the_one_started_last_answers_and_the_one_before_comes_back() -> None:
    with Interception(A):
        with Interception(B):
            with Interception(C):
                assert answering() == "c"
            assert answering() == "b"
        assert answering() == "a"


def test_overlapping_ones_may_end_in_any_order() -> None:
    before = patched()
    first, second = Interception(A), Interception(B)
    first.start()
    second.start()
    first.stop()
    assert answering() == "b"
    first.start()
    assert answering() == "a"
    second.stop()
    assert answering() == "a"
    first.stop()
    assert patched() == before


def test_the_one_that_answers_decides_about_other_hosts() -> None:
    with Interception(A, allow_other_hosts=False):
        with Interception(B), pytest.raises(AssertionError, match="a socket was asked for"):
            http.client.HTTPConnection("example.com").request("GET", "/")
        with pytest.raises(ConnectionRefusedError, match="refuses a connection to example"):
            http.client.HTTPConnection("example.com").request("GET", "/")


def test_starting_twice_and_stopping_twice_are_errors() -> None:
    interception = Interception(A)
    with pytest.raises(RuntimeError, match="not active"):
        interception.stop()
    interception.start()
    with pytest.raises(RuntimeError, match="started already"):
        interception.start()
    assert answering() == "a"
    interception.stop()
    with pytest.raises(RuntimeError, match=r"second stop\(\)"):
        interception.stop()


def test_every_thread_is_intercepted() -> None:
    with Interception(A), ThreadPoolExecutor(8) as pool:
        assert [future.result() for future in [pool.submit(answering) for _ in range(32)]] == ["a"] * 32


def test_threads_that_start_and_stop_at_once_leave_everything_as_it_was() -> None:
    before, together = patched(), Barrier(6)

    def work(name: str) -> set[str]:
        together.wait(10)
        seen = set()
        for _ in range(25):
            with Interception(Application(body=name.encode())):
                seen.add(answering())
        return seen

    with ThreadPoolExecutor(6) as pool:
        seen = set().union(*pool.map(work, "abcdef"))
    assert seen <= set("abcdef")
    assert patched() == before


@pytest.mark.anyio
async def test_as_async_context() -> None:
    async with Interception(A), httpx.AsyncClient() as client:
        assert (await client.get(BASE)).text == "a"


def test_as_decorator_of_a_function() -> None:
    @Interception(A)
    def ask(times: int, *, suffix: str) -> str:
        """Ask."""
        return answering() if times == 1 else ask(times - 1, suffix="") + suffix

    before = patched()
    assert ask(3, suffix="!") == "a!"
    assert (ask.__name__, ask.__doc__) == ("ask", "Ask.")
    assert patched() == before


@pytest.mark.anyio
async def test_as_decorator_of_a_coroutine_function() -> None:
    @Interception(A)
    async def ask() -> str:
        async with aiohttp.ClientSession() as session, session.get(BASE) as answer:
            return await answer.text()

    before = patched()
    assert await ask() == "a"
    assert patched() == before


def generator() -> Iterator[None]:
    yield


async def asynchronous_generator() -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize("wrong", [Application, generator, asynchronous_generator])
def test_what_only_seems_to_be_called_is_not_decorated(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"setUp.*tearDown"):
        Interception(A)(wrong)


def test_a_connection_outlives_its_interception_as_one_that_the_server_closed(serve: Serve) -> None:
    connection = http.client.HTTPConnection("platform.adobe.io")
    with Interception(A):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"a"
    connection.request("GET", "/")
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    with Interception(B):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"b"


def test_two_emulators_tell_their_own_stories() -> None:
    outer, inner = Emulator(), Emulator()
    with outer.intercept():
        requests.get(f"{BASE}/outer")
        with inner.intercept():
            requests.get(f"{BASE}/inner")
    assert [each.path for each in outer.requests] == ["/outer"]
    assert [each.path for each in inner.requests] == ["/inner"]
