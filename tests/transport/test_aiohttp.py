"""aiohttp keeps its ways: sessions, response methods, redirects, traces, timers, streams, its pool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from emulator.faults.effects import Connection
from emulator.transport.delivery import EndlessWait
from emulator.transport.interception import Interception
from tests.transport.conftest import BASE, BODY, Application, json_application

pytestmark = pytest.mark.anyio


async def test_a_session_made_before_is_intercepted(app: Application, no_socket: None) -> None:
    async with aiohttp.ClientSession(BASE) as session:
        with Interception(app):
            async with session.get("/x") as answer:
                assert await answer.read() == BODY


async def test_methods_of_the_response(no_socket: None) -> None:
    app = json_application({"a": 1}, headers=[("Content-Type", "application/json; charset=utf-8"), ("X-B", "2")])
    async with Interception(app), aiohttp.ClientSession(raise_for_status=True) as session:
        answer = await session.get(BASE)
        assert (await answer.json(), await answer.text(), answer.headers["X-B"]) == ({"a": 1}, '{"a": 1}', "2")
        assert (answer.ok, answer.reason, answer.version) == (True, "OK", aiohttp.HttpVersion11)
        app.status = "404 Not Found"
        with pytest.raises(aiohttp.ClientResponseError, match="Not Found"):
            await session.get(BASE)


async def test_redirects_and_cookies(intercepted: Application) -> None:
    intercepted.answers = [
        Application("302 Found", [("Location", "https://ims-na1.adobelogin.com/x"), ("Set-Cookie", "a=1")], b""),
        Application("302 Found", [("Location", BASE)], b""),
    ]
    async with aiohttp.ClientSession() as session, session.get(BASE) as answer:
        assert [each.status for each in answer.history] == [302, 302]
    assert [each["HTTP_HOST"] for each in intercepted.environs] == [
        "platform.adobe.io",
        "ims-na1.adobelogin.com",
        "platform.adobe.io",
    ]
    assert intercepted.environ["HTTP_COOKIE"] == "a=1"


async def test_bodies_of_every_kind(intercepted: Application) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        await asyncio.sleep(0)
        yield b"two"

    async with aiohttp.ClientSession() as session:
        bodies: list[dict[str, Any]] = [
            {"json": {"a": 1}},
            {"data": pieces()},
            {"data": {"field": "value"}},
            {"data": b"expected", "expect100": True},
            {"data": b"y" * 70_000, "compress": "deflate"},
            {"data": b"", "chunked": True},
        ]
        for body in bodies:
            async with session.post(BASE, **body) as answer:
                assert answer.status == 200
    given = intercepted.bodies
    assert given[:4] == [b'{"a": 1}', b"one two", b"field=value", b"expected"]
    assert intercepted.environs[3]["HTTP_EXPECT"] == "100-continue"
    assert len(given[4]) < 70_000
    assert given[5] == b""


async def test_streaming_in_pieces(intercepted: Application) -> None:
    intercepted.body = bytes(range(256)) * 8192
    async with aiohttp.ClientSession() as session, session.get(BASE) as answer:
        await asyncio.sleep(0)
        assert b"".join([each async for each in answer.content.iter_chunked(1000)]) == intercepted.body


async def test_many_at_once_and_nothing_is_pooled(intercepted: Application) -> None:
    async def ask(session: aiohttp.ClientSession, number: int) -> str:
        async with session.get(f"{BASE}/{number}") as answer:
            await answer.read()
            return answer.url.path

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=4)) as session:
        assert await asyncio.gather(*(ask(session, number) for number in range(20))) == [f"/{n}" for n in range(20)]
        assert session.connector is not None
        assert not session.connector._conns
        assert not session.connector._acquired


async def test_traces_are_told(intercepted: Application) -> None:
    told: list[str] = []

    def tell(name: str) -> Any:
        async def callback(*_: object) -> None:
            told.append(name)

        return callback

    config = aiohttp.TraceConfig()
    config.on_connection_create_start.append(tell("create"))
    config.on_connection_create_end.append(tell("created"))
    config.on_request_end.append(tell("end"))
    async with aiohttp.ClientSession(trace_configs=[config]) as session, session.get(BASE):
        assert told == ["create", "created", "end"]


async def test_a_limit_for_the_whole_counts_the_delay(intercepted: Application) -> None:
    intercepted.effect = Connection(delay_ms=5000)
    async with aiohttp.ClientSession() as session:
        async with session.get(BASE, timeout=aiohttp.ClientTimeout(total=6)) as answer:
            assert answer.status == 200
        with pytest.raises(TimeoutError):
            await session.get(BASE, timeout=aiohttp.ClientTimeout(total=5))


async def test_a_limit_for_the_whole_counts_a_slow_body(intercepted: Application) -> None:
    intercepted.effect = Connection(slow_ms=1000, slow_bytes=10)
    async with aiohttp.ClientSession() as session:
        async with session.get(BASE, timeout=aiohttp.ClientTimeout(total=11)) as answer:
            assert await answer.read() == BODY
        async with session.get(BASE, timeout=aiohttp.ClientTimeout(total=10)) as answer:
            assert await answer.content.readexactly(100) == BODY[:100]
            with pytest.raises(TimeoutError):
                await answer.read()


async def test_the_default_limit_ends_a_stall(intercepted: Application) -> None:
    intercepted.effect = Connection(stall=True)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(TimeoutError):
            await session.get(BASE)
        with pytest.raises(EndlessWait):
            await session.get(BASE, timeout=aiohttp.ClientTimeout(total=None))


async def test_a_request_given_up_leaves_nothing_behind(intercepted: Application) -> None:
    async with aiohttp.ClientSession() as session:
        asking = asyncio.ensure_future(session.get(BASE))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with session.get(BASE) as answer:
            assert await answer.read() == BODY


async def test_proxies_do_not_matter(intercepted: Application) -> None:
    async with aiohttp.ClientSession() as session:
        for scheme in ("http", "https"):
            async with session.get(f"{scheme}://platform.adobe.io/x", proxy="http://proxy.invalid") as answer:
                assert await answer.read() == BODY
            assert intercepted.environ["RAW_URI"] == "/x"


async def test_a_websocket_is_refused_by_its_status(intercepted: Application) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect("wss://platform.adobe.io/x")
