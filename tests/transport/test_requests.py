"""requests keeps its ways: sessions, hooks, redirects, streams, retries, proxies, and its stopwatch."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import SKIP_HEADER, Retry

from emulator.faults.effects import Connection
from tests.transport.conftest import BASE, BODY, Application


def test_the_response_is_complete(intercepted: Application) -> None:
    answer = requests.get(BASE, params={"q": "ä"})
    assert (answer.reason, answer.url, answer.encoding) == ("OK", f"{BASE}/?q=%C3%A4", "utf-8")
    assert answer.raw.version == 11
    assert answer.json() == {"answer": "x" * 88}
    assert answer.request.headers["User-Agent"] == intercepted.environ["HTTP_USER_AGENT"]
    assert timedelta(0) < answer.elapsed < timedelta(seconds=60)


def test_what_was_read_can_still_be_looked_into(intercepted: Application) -> None:
    answer = requests.get(BASE)
    raw = answer.raw
    assert isinstance(raw, urllib3.HTTPResponse)
    assert raw.closed
    assert not hasattr(raw, "nothing")
    assert (raw.status, raw.reason, raw.tell(), raw.length_remaining) == (200, "OK", len(BODY), 0)
    assert raw.headers == dict(answer.headers)
    assert (raw.read(), raw.data, list(raw.stream())) == (b"", b"", [])
    assert not hasattr(raw, "nothing")
    with answer:
        assert b"".join(answer.iter_content(7)) == pickle.loads(pickle.dumps(answer)).content == BODY


def test_a_hook_may_read_what_is_not_read_yet(intercepted: Application) -> None:
    seen: list[bytes] = []
    answer = requests.get(BASE, hooks={"response": lambda got, **_: seen.append(got.raw.read(5))})
    assert [*seen, answer.content] == [BODY[:5], BODY[5:]]


def test_repeated_headers_are_joined(intercepted: Application) -> None:
    intercepted.headers += [("Vary", "a"), ("vary", "b")]
    answer = requests.get(BASE)
    assert (answer.headers["Vary"], answer.raw.headers.getlist("vary")) == ("a, b", ["a", "b"])


def test_cookies_travel(intercepted: Application) -> None:
    intercepted.headers += [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")]
    with requests.Session() as session:
        session.get(BASE)
        assert session.cookies.get_dict() == {"a": "1", "b": "2"}
        session.get(BASE)
    assert sorted(intercepted.environ["HTTP_COOKIE"].split("; ")) == ["a=1", "b=2"]


def test_hooks_and_redirects(intercepted: Application) -> None:
    intercepted.answers = [Application("302 Found", [("Location", "/next")], b"")]
    seen: list[int] = []
    answer = requests.post(
        BASE, data={"a": "b"}, hooks={"response": lambda got, **_: seen.append(got.status_code)}, timeout=5
    )
    assert (answer.status_code, [each.status_code for each in answer.history], seen) == (200, [302], [302, 200])
    assert [each["REQUEST_METHOD"] for each in intercepted.environs] == ["POST", "GET"]


def test_streaming(intercepted: Application) -> None:
    with requests.get(BASE, stream=True) as answer:
        assert b"".join(answer.iter_content(7)) == BODY
    with requests.get(BASE, stream=True) as answer:
        assert answer.raw.read(5) == BODY[:5]
        assert answer.raw.read() == BODY[5:]


def test_bodies_of_every_kind(intercepted: Application) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one "
        yield b""
        yield b"two"

    requests.post(BASE, data=pieces())
    assert intercepted.environ["HTTP_TRANSFER_ENCODING"] == "chunked"
    requests.post(BASE, data=io.BytesIO(b"a file"))
    assert intercepted.environ["CONTENT_LENGTH"] == "6"
    requests.post(BASE, json={"a": "é"})
    requests.post(BASE, files={"upload": ("name.txt", b"content")})
    assert intercepted.environ["CONTENT_TYPE"].startswith("multipart/form-data; boundary=")
    requests.post(BASE, data="é".encode())
    one, two, three, four, five = intercepted.bodies
    assert (one, two, three, five) == (b"one two", b"a file", b'{"a": "\\u00e9"}', "é".encode())
    assert b"name.txt" in four
    assert b"content" in four


def test_headers_that_urllib3_writes_in_another_way(intercepted: Application) -> None:
    requests.get(BASE, headers={"User-Agent": SKIP_HEADER, "X-A": b"bytes"})
    assert intercepted.environ["HTTP_X_A"] == "bytes"
    assert "HTTP_USER_AGENT" not in intercepted.environ


def test_retries_of_an_adapter(intercepted: Application) -> None:
    busy = Application("429 Too Many Requests", [("Retry-After", "0")])
    intercepted.answers = [busy, Application(effect=Connection(drop=True)), busy]
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=Retry(total=5, status_forcelist=[429], backoff_factor=0)))
        answer = session.get(BASE)
    assert answer.status_code == 200
    assert len(intercepted.environs) == 4
    assert answer.raw.retries is not None
    assert [each.status for each in answer.raw.retries.history] == [429, None, 429]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxies_of_the_environment_do_not_matter(
    scheme: str, intercepted: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", "http://proxy.invalid:3128")
    with requests.Session() as session:
        for _ in range(2):
            assert session.get(f"{scheme}://platform.adobe.io/x?y=1").content == BODY
    assert (intercepted.environ["RAW_URI"], intercepted.environ["HTTP_HOST"]) == ("/x?y=1", "platform.adobe.io")
    assert intercepted.environ["wsgi.url_scheme"] == scheme


def test_elapsed_shows_a_delay_that_was_not_waited_for(intercepted: Application) -> None:
    intercepted.effect = Connection(delay_ms=5000)
    seen: list[timedelta] = []
    answer = requests.get(BASE, timeout=10, hooks={"response": lambda got, **_: seen.append(got.elapsed)})
    assert timedelta(seconds=5) <= answer.elapsed < timedelta(seconds=10)
    assert seen == [answer.elapsed]
    intercepted.effect = None
    assert requests.get(BASE).elapsed < timedelta(seconds=5)


def test_the_read_timeout_counts_and_the_one_for_connecting_does_not(intercepted: Application) -> None:
    intercepted.effect = Connection(delay_ms=5000)
    assert requests.get(BASE, timeout=(1, 6)).status_code == 200
    with pytest.raises(requests.ReadTimeout, match=r"Read timed out\. \(read timeout=4\)"):
        requests.get(BASE, timeout=(6, 4))


def test_a_cut_stream_ends_in_its_own_error(intercepted: Application) -> None:
    intercepted.effect = Connection(truncate=10)
    with requests.get(BASE, stream=True) as answer:
        pieces = answer.iter_content(4)
        assert (next(pieces), next(pieces)) == (BODY[:4], BODY[4:8])
        with pytest.raises(requests.exceptions.ChunkedEncodingError, match="10 bytes read, 92 more expected"):
            list(pieces)
