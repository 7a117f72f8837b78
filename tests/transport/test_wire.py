"""Requests are read back from bytes, however these are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.transport.wire import RequestReader
from emulator.transport.wsgi import Sent

COUNTED = b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n9;x=y\r\nlo\r\n worl\r\n2\r\nd!\r\n0\r\n\r\n"
)
BARE = b"GET / HTTP/1.1\r\nX-Empty:\r\nX-Colons: a:b\r\n\r\n"

EXPECTED = [
    Sent("POST", "/a?b=c", [("Host", "h"), ("Content-Length", "5")], b"hello"),
    Sent("PUT", "/", [("Host", "h"), ("Transfer-Encoding", "chunked")], b"hello\r\n world!"),
    Sent("GET", "/", [("X-Empty", ""), ("X-Colons", "a:b")], b""),
]


@given(st.lists(st.integers(0, len(COUNTED + CHUNKED + BARE)), max_size=12).map(sorted))
def test_any_cut_reads_the_same(cuts: list[int]) -> None:
    stream, reader, taken = COUNTED + CHUNKED + BARE, RequestReader(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        reader.feed(stream[start:end])
        while (sent := reader.take()) is not None:
            taken.append(sent)
    assert taken == EXPECTED


def test_a_client_that_waits_for_its_invitation() -> None:
    reader = RequestReader()
    reader.feed(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert reader.take() is None
    assert reader.wants_continue
    reader.feed(b"ok")
    assert reader.take() == Sent("POST", "/", [("Expect", "100-continue"), ("Content-Length", "2")], b"ok")
    assert not reader.wants_continue
