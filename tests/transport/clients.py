"""The client libraries behind one face, so that one test can hold for all of them."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import httpx
import requests
import urllib3
import urllib3.exceptions

#: Reading the certificate authorities takes the clients longer than all else.
_CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client received; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Errors = type[BaseException] | tuple[type[BaseException], ...]


@dataclass(frozen=True, slots=True)
class Client:
    """A client: how it asks, and its own errors for a timeout, a closed connection, a cut body, a refused host."""

    name: str
    send: Callable[[str, str, dict[str, str], bytes | None, float | None], Reply]
    timed_out: Errors
    dropped: Errors
    incomplete: Errors
    refused: Errors
    stops_waiting_for_body: Errors

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Send one request and read its answer to the end."""
        return self.send(method, url, dict(headers or {}), body, timeout)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _requests(method: str, url: str, headers: dict[str, str], body: bytes | None, timeout: float | None) -> Reply:
    with requests.Session() as session:
        got = session.request(method, url, headers=headers, data=body, timeout=timeout)
        return Reply(got.status_code, _lower(got.headers), got.content)


def _urllib3(method: str, url: str, headers: dict[str, str], body: bytes | None, timeout: float | None) -> Reply:
    with urllib3.PoolManager() as pool:
        got = pool.request(method, url, headers=headers, body=body, timeout=timeout, retries=False)
        return Reply(got.status, _lower(got.headers), got.data)


def _httpx(method: str, url: str, headers: dict[str, str], body: bytes | None, timeout: float | None) -> Reply:
    with httpx.Client(timeout=timeout, verify=_CONTEXT) as client:
        got = client.request(method, url, headers=headers, content=body)
        return Reply(got.status_code, _lower(got.headers), got.content)


def _httpx_async(method: str, url: str, headers: dict[str, str], body: bytes | None, timeout: float | None) -> Reply:
    async def ask() -> Reply:
        async with httpx.AsyncClient(timeout=timeout, verify=_CONTEXT) as client:
            got = await client.request(method, url, headers=headers, content=body)
            return Reply(got.status_code, _lower(got.headers), got.content)

    return asyncio.run(ask())


def _aiohttp(method: str, url: str, headers: dict[str, str], body: bytes | None, timeout: float | None) -> Reply:
    async def ask() -> Reply:
        limits = aiohttp.ClientTimeout(total=None, sock_read=timeout)
        async with (
            aiohttp.ClientSession(timeout=limits) as session,
            session.request(method, url, headers=headers, data=body) as got,
        ):
            return Reply(got.status, _lower(got.headers), await got.read())

    return asyncio.run(ask())


def _http_client(method: str, url: str, headers: dict[str, str], body: bytes | None, timeout: float | None) -> Reply:
    parts = urlsplit(url)
    connection = (
        http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=_CONTEXT)
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.netloc, timeout=timeout)
    )
    try:
        connection.request(method, url.partition(parts.netloc)[2] or "/", body, headers)
        got = connection.getresponse()
        return Reply(got.status, _lower(dict(got.getheaders())), got.read())
    finally:
        connection.close()


def _urllib(method: str, url: str, headers: dict[str, str], body: bytes | None, timeout: float | None) -> Reply:
    request = urllib.request.Request(url, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=timeout, context=_CONTEXT) as got:
        return Reply(got.status, _lower(dict(got.headers)), got.read())


CLIENTS = (
    Client(
        "requests",
        _requests,
        timed_out=requests.ReadTimeout,
        dropped=requests.ConnectionError,
        incomplete=requests.exceptions.ChunkedEncodingError,
        refused=requests.ConnectionError,
        stops_waiting_for_body=requests.ConnectionError,
    ),
    Client(
        "urllib3",
        _urllib3,
        timed_out=urllib3.exceptions.ReadTimeoutError,
        dropped=urllib3.exceptions.ProtocolError,
        incomplete=urllib3.exceptions.ProtocolError,
        refused=urllib3.exceptions.NewConnectionError,
        stops_waiting_for_body=urllib3.exceptions.ReadTimeoutError,
    ),
    Client(
        "httpx",
        _httpx,
        timed_out=httpx.ReadTimeout,
        dropped=(httpx.RemoteProtocolError, httpx.ReadError),
        incomplete=httpx.RemoteProtocolError,
        refused=httpx.ConnectError,
        stops_waiting_for_body=httpx.ReadTimeout,
    ),
    Client(
        "httpx async",
        _httpx_async,
        timed_out=httpx.ReadTimeout,
        dropped=(httpx.RemoteProtocolError, httpx.ReadError),
        incomplete=httpx.RemoteProtocolError,
        refused=httpx.ConnectError,
        stops_waiting_for_body=httpx.ReadTimeout,
    ),
    Client(
        "aiohttp",
        _aiohttp,
        timed_out=aiohttp.SocketTimeoutError,
        dropped=(aiohttp.ServerDisconnectedError, aiohttp.ClientOSError),
        incomplete=aiohttp.ClientPayloadError,
        refused=aiohttp.ClientConnectorError,
        stops_waiting_for_body=aiohttp.SocketTimeoutError,
    ),
    Client(
        "http.client",
        _http_client,
        timed_out=TimeoutError,
        dropped=ConnectionResetError,
        incomplete=http.client.IncompleteRead,
        refused=ConnectionRefusedError,
        stops_waiting_for_body=TimeoutError,
    ),
    Client(
        "urllib",
        _urllib,
        timed_out=TimeoutError,
        dropped=ConnectionResetError,
        incomplete=http.client.IncompleteRead,
        refused=urllib.error.URLError,
        stops_waiting_for_body=TimeoutError,
    ),
)
