"""requests: what its own adapter sends is answered at once; all else where urllib3 is, on which it rests."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from os.path import exists
from typing import Any, cast
from urllib.parse import urlsplit

import requests.sessions
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.util import SKIP_HEADER

from emulator.transport.clients.http_client import ahead
from emulator.transport.delivery import spared
from emulator.transport.patches import Replacing
from emulator.transport.routing import HostRefused, app_for
from emulator.transport.wsgi import Answer, Sent, call, environ_of


def install(replace: Callable[[Any, str, Replacing], None]) -> None:
    """Patch the adapter, and the clock that ``Response.elapsed`` is taken from."""
    replace(requests.sessions, "preferred_clock", _reading)
    replace(HTTPAdapter, "send", _sending)


def _reading(original: Callable[[], float]) -> Callable[[], float]:
    def preferred_clock() -> float:
        return original() + spared.seconds

    return preferred_clock


def _sending(original: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    """Answer without urllib3's pools, which have no part in it; what they alone can do is left to them.

    Theirs are streams and hooks, which may read ``raw``, retries, proxies, certificates, every host that is not the
    platform's, bodies that are read or iterated, cookies, and every fault of a connection: an answer that has one is in
    hand by then, and is handed down.
    """

    def send(
        self: HTTPAdapter,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        is_read_at_once = not (stream or request.hooks.get("response"))
        is_plain = is_read_at_once and _is_plain(self, request, timeout, verify, cert, proxies)
        answer = _answer(request) if is_plain else None
        if answer is not None and answer.effect is None and _has_plain_headers(answer):
            response: Any = self.build_response(request, cast(Any, answer))
            response.raw = _Read(answer, request)
            response._content, response._content_consumed = answer.body, True
            return cast(requests.Response, response)
        ahead.answer = answer
        try:
            return original(self, request, stream, timeout, verify, cert, proxies)
        finally:
            ahead.answer = None

    return send


def _is_plain(
    adapter: HTTPAdapter, request: requests.PreparedRequest, timeout: Any, verify: Any, cert: Any, proxies: Any
) -> bool:
    retries = adapter.max_retries
    return (
        type(adapter) is HTTPAdapter
        and retries.total == 0
        and not retries.status_forcelist
        and (isinstance(verify, bool) or exists(verify))
        and cert is None
        and _is_patience(timeout)
        and not (proxies and select_proxy(str(request.url), proxies))
    )


def _is_patience(timeout: Any) -> bool:
    """Answer whether a timeout is one that needs no further look: in s, or (connect, read), or None for none."""
    limits = timeout if isinstance(timeout, tuple) and len(timeout) == 2 else (timeout,)
    return all(limit is None or (type(limit) in (int, float) and limit > 0) for limit in limits)


def _answer(request: requests.PreparedRequest) -> Answer | None:
    """Answer what the emulator says to a request; None when it is for somebody else."""
    scheme, host = _scheme_and_host(str(request.url))
    try:
        app = app_for(host)
    except HostRefused:
        return None
    if app is None or (sent := _as_it_is(request)) is None:
        return None
    return call(app, environ_of(sent, scheme, host))


def _as_it_is(request: requests.PreparedRequest) -> Sent | None:
    """Answer a request that urllib3 would write as it is, with no header added or changed; None for others."""
    headers, body = dict(request.headers.lower_items()), request.body or b""
    is_framed = "content-length" in headers or (not body and request.method in ("GET", "HEAD"))
    is_whole = is_framed and "accept-encoding" in headers and "user-agent" in headers
    if not is_whole or not isinstance(body, str | bytes):
        return None
    if any(type(value) is not str or value == SKIP_HEADER for value in headers.values()):
        return None
    content = body.encode() if isinstance(body, str) else body
    return Sent(str(request.method), request.path_url, list(headers.items()), content)


@lru_cache(maxsize=1024)
def _scheme_and_host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or ""


def _has_plain_headers(answer: Answer) -> bool:
    """Answer whether no header is there twice, which urllib3 would join, and none is a cookie."""
    names = {name.lower() for name, _ in answer.headers}
    return len(names) == len(answer.headers) and "set-cookie" not in names


class _Read(urllib3.HTTPResponse):
    """urllib3's response after its body was read, made when somebody looks into it.

    Few do: requests has no more use for it, and making it would cost more than all else that is done here.
    """

    #: Where sessions look for cookies.
    _original_response = None

    def __init__(self, answer: Answer, request: requests.PreparedRequest) -> None:
        self._unmade = answer, request

    @property
    def closed(self) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        try:
            answer, request = vars(self).pop("_unmade")
        except KeyError:
            raise AttributeError(name) from None
        super().__init__(
            body=BytesIO(answer.body),
            headers=urllib3.HTTPHeaderDict(answer.headers),
            status=answer.status,
            version=11,
            reason=answer.reason,
            preload_content=False,
            decode_content=False,
            request_method=request.method,
            request_url=request.path_url,
        )
        self.drain_conn()
        return getattr(self, name)
