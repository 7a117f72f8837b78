"""Requests as curl lines: what a shell makes of them is what was sent, and a live server answers the same."""

from __future__ import annotations

import shlex
import subprocess
from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from emulator import Emulator
from emulator.curl import LONGEST_BODY, curl
from emulator.journal import Exchange, Sent
from tests.for_each import for_each
from tests.services.conftest import Client

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


def exchange(
    method: str = "GET",
    path: str = "/a",
    query: str = "",
    headers: dict[str, str] | None = None,
    body: str = "",
) -> Exchange:
    asked = Sent(tuple(each for pair in (headers or {}).items() for each in pair), body.encode())
    return Exchange(1, 0, method, path, query, None, 200, "O", "prod", asked, Sent((), b""))


@given(path=TEXT, body=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), value=TEXT)
def test_a_shell_reads_back_what_was_sent(path: str, body: str, value: str) -> None:
    line = curl(exchange("PUT", f"/{path}", headers={"x-it": value.strip()}, body=body), "http://h")
    words = shlex.split(line)
    assert words[:4] == ["curl", "-sS", "-X", "PUT"]
    url = next(word for word in words if word.startswith("http://h"))
    assert unquote(urlsplit(url).path) == f"/{path}"
    assert (f"x-it: {value.strip()}" if value.strip() else "x-it;") in words
    assert ("--data-raw" in words) == bool(body)
    assert not body or words[words.index("--data-raw") + 1] == body


@for_each(
    "sent, expected",
    [
        (exchange(), "curl -sS http://h/a"),
        (exchange("HEAD"), "curl -sS --head http://h/a"),
        (exchange("POST"), "curl -sS -X POST http://h/a"),
        (exchange("DELETE"), "curl -sS -X DELETE http://h/a"),
        (exchange(query="a=b&c=d"), "curl -sS 'http://h/a?a=b&c=d'"),
        (exchange(query="a[]={b}"), "curl -sS --globoff 'http://h/a?a[]={b}'"),
        (exchange(path="/a/../b c"), "curl -sS --path-as-is http://h/a/../b%20c"),
        (
            exchange("POST", headers={"Content-Type": "application/json"}, body="{}"),
            "curl -sS http://h/a -H 'Content-Type: application/json' --data-raw '{}'",
        ),
        (exchange("POST", body="{}"), "curl -sS http://h/a -H Content-Type: --data-raw '{}'"),
        (
            exchange(headers={"Host": "h", "User-Agent": "u", "Accept": "*/*", "Connection": "close", "X-Y": ""}),
            "curl -sS http://h/a -H 'X-Y;'",
        ),
        (exchange(headers={"Authorization": "Bearer ***"}), "curl -sS http://h/a -H 'Authorization: Bearer ***'"),
        (exchange(headers={"Authorization": "***"}), "curl -sS http://h/a -H 'Authorization: ***'"),
    ],
)
def test_lines_are_as_a_person_would_write_them(sent: Exchange, expected: str) -> None:
    assert curl(sent, "http://h") == expected


def test_a_long_body_is_cut_and_that_is_said() -> None:
    line = curl(exchange("POST", headers={"Content-Type": "x"}, body="a" * 5000))
    assert line.endswith(f"{'a' * 20}  # the body is cut after {LONGEST_BODY} of 5000 characters")


def test_run_again_they_get_the_same_answers() -> None:
    emulator, again = Emulator(), Emulator()
    client = Client(emulator)
    jobs = "/data/core/ups/segment/jobs"
    client.post(jobs, json=[{"segmentId": "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"}])
    client.get(jobs, query_string={"property": "status==NEW", "limit": "1"})
    client.post(jobs, data=b'[{"segmentId": "it\'s $(me) `x` \\\\ \\u0000 \xc3\xa9"}]', headers={"x-note": "a'b\"c"})
    client.post(jobs, data=b"{}", headers={"Content-Type": "application/xml"})
    client.get("/data/core/ups/segment/definitions/%7Bid%7D%2Fa%0Ab")
    client.get("/data/core/ups/segment/../jobs")
    client.head("/data/core/ups/config/schedules/x")
    client.post("/ims/token/v3", data={"grant_type": "client_credentials", "client_id": "c", "client_secret": "s"})
    with again.serve() as base:
        script = "\n".join(curl(each, base) for each in emulator.requests)
        subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, check=True)

    def story(told: Emulator) -> list[tuple[object, ...]]:
        return [(each.method, each.path, each.query, each.status, each.response.body) for each in told.requests]

    assert story(again) == story(emulator)
