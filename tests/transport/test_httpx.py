"""httpx keeps its ways: clients made before, streams, hooks, redirects, cookies, elapsed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest

from emulator.faults.effects import Connection
from emulator.transport.interception import Interception
from tests.transport.conftest import BASE, BODY, Application


def test_a_client_made_before_is_intercepted(app: Application, no_socket: None) -> None:
    with httpx.Client(base_url=BASE) as client, Interception(app):
        assert client.get("/x").content == BODY


def test_the_response_is_complete(intercepted: Application) -> None:
    answer = httpx.get(BASE, params={"q": "ä"})
    assert (answer.http_version, answer.reason_phrase, str(answer.url)) == ("HTTP/1.1", "OK", f"{BASE}?q=%C3%A4")
    assert timedelta(0) < answer.elapsed < timedelta(seconds=60)
    assert intercepted.environ["QUERY_STRING"] == "q=%C3%A4"


def test_streams_both_ways(intercepted: Application) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    with httpx.stream("POST", BASE, content=pieces()) as answer:
        assert list(answer.iter_bytes(50)) == [BODY[:50], BODY[50:100], BODY[100:]]
    assert (intercepted.bodies, intercepted.environ["HTTP_TRANSFER_ENCODING"]) == ([b"one two"], "chunked")


@pytest.mark.anyio
async def test_streams_both_ways_asynchronously(intercepted: Application) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async with httpx.AsyncClient() as client, client.stream("POST", BASE, content=pieces()) as answer:
        assert b"".join([each async for each in answer.aiter_bytes(7)]) == BODY
    assert intercepted.bodies == [b"one two"]


def test_hooks_redirects_and_cookies(intercepted: Application) -> None:
    intercepted.answers = [Application("302 Found", [("Location", "/next"), ("Set-Cookie", "a=1")], b"")]
    seen: list[int] = []
    with httpx.Client(
        follow_redirects=True, event_hooks={"response": [lambda got: seen.append(got.status_code)]}
    ) as client:
        answer = client.get(BASE)
    assert (answer.status_code, [each.status_code for each in answer.history], seen) == (200, [302], [302, 200])
    assert intercepted.environ["HTTP_COOKIE"] == "a=1"


def test_elapsed_shows_a_delay_that_was_not_waited_for(intercepted: Application) -> None:
    intercepted.effect = Connection(delay_ms=4000, slow_ms=100, slow_bytes=10)
    answer = httpx.get(BASE, timeout=5)
    assert timedelta(seconds=5) <= answer.elapsed < timedelta(seconds=10)


def test_a_transport_without_a_client(intercepted: Application) -> None:
    with httpx.HTTPTransport(verify=False) as transport:
        answer = transport.handle_request(httpx.Request("GET", BASE))
        assert answer.read() == BODY
        answer.close()


def test_proxies_and_retries_of_a_transport_do_not_matter(intercepted: Application) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(proxy="http://proxy.invalid", retries=3)) as client:
        assert client.get(BASE).content == BODY


def test_the_read_timeout_counts(intercepted: Application) -> None:
    intercepted.effect = Connection(delay_ms=5000)
    assert httpx.get(BASE, timeout=httpx.Timeout(1, read=6)).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(BASE, timeout=httpx.Timeout(9, read=5))


def test_a_cut_stream_ends_in_its_own_error(intercepted: Application) -> None:
    intercepted.effect = Connection(truncate=10)
    with httpx.stream("GET", BASE) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError, match="received 10 bytes, expected 102"):
            answer.read()


def test_clients_without_a_network_are_left_alone(intercepted: Application) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, text="mock"))) as client:
        assert client.get(BASE).text == "mock"
