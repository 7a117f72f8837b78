"""The door of the control plane: by which hosts, from which origins, with what and by whom it may be called."""

from __future__ import annotations

from typing import Any, cast

import pytest

from emulator import Emulator, create_app
from emulator.web.access import COOKIE, accepting
from tests.for_each import for_each
from tests.services.conftest import HEADERS, JOBS, Answer
from tests.transport.raw import Raw

CLOCK = "/_emulator/clock"
TOKEN = "a-token-of-its-own"


class Caller:
    """Somebody with a connection from ``peer`` to the address ``server``."""

    def __init__(self, peer: str = "127.0.0.1", server: str = "127.0.0.1", **access: Any) -> None:
        self.emulator = Emulator()
        self._client = create_app(self.emulator, **access).test_client(use_cookies=False)
        self._environ = {"REMOTE_ADDR": peer, "SERVER_NAME": server}

    def call(self, method: str = "GET", path: str = CLOCK, host: str = "127.0.0.1:8080", **options: Any) -> Answer:
        headers = {"Host": host, **options.pop("headers", {})}
        return cast(
            Answer, self._client.open(path, method=method, headers=headers, environ_overrides=self._environ, **options)
        )

    def advance(self, **options: Any) -> int:
        """Try to change something, and answer the status; what was refused has changed nothing."""
        before = self.emulator.clock.now
        status = self.call("POST", json={"advance": 60}, **options).status_code
        assert (self.emulator.clock.now != before) == (status == 200)
        return status


@for_each(
    "host",
    ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.8.9.1", "[::1]:8080", "[::1]", "aep.localhost:80"],
)
def test_loopback_is_called_by_any_of_its_names(host: str) -> None:
    assert Caller().advance(host=host) == 200


@for_each(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "[::2]",
        "10.0.0.1",
        "0.0.0.0",
        "",
        "127.0.0.1, evil.example",
        "[evil",
        "localhost@evil.example",
    ],
)
def test_any_other_host_is_refused(host: str) -> None:
    caller = Caller()
    assert caller.advance(host=host) == 403
    assert caller.call(host=host).status_code == 403
    assert "--allowed-host" in caller.call(host=host).json["error"]["message"]
    assert caller.call("POST", "/_emulator/reset", host=host).status_code == 403
    assert caller.call(path="/_emulator/", host=host).status_code == 403
    assert caller.call(path="/_emulator/health", host=host).status_code == 403


def test_hosts_that_are_named_are_allowed() -> None:
    caller = Caller(allowed_hosts=["aep", "Aep.Example.com", "fd00::5"])
    assert caller.advance(host="aep:8080") == 200
    assert caller.advance(host="[fd00::5]:8080") == 200
    assert caller.advance(host="[fd00::6]:8080") == 403
    assert caller.advance(host="aep.example.com") == 200
    assert caller.advance(host="other:8080") == 403


def test_the_address_that_is_listened_on_is_allowed() -> None:
    caller = Caller(peer="10.0.0.9", server="10.0.0.1", control_token=TOKEN)
    shown = {"x-emulator-token": TOKEN}
    assert caller.advance(host="10.0.0.1:8080", headers=shown) == 200
    assert caller.advance(host="10.0.0.2:8080", headers=shown) == 403


def test_adobes_operations_have_no_such_door() -> None:
    caller = Caller(peer="10.0.0.9", control_token=TOKEN)
    asked = {**HEADERS, "Origin": "https://evil.example"}
    assert caller.call(path=JOBS, host="platform.example", headers=asked).status_code == 200
    assert caller.call(path="/openapi.json", host="platform.example").status_code == 200


@pytest.mark.parametrize("path", [f"/{CLOCK}", "/./_emulator/clock", "/x/../_emulator/clock", "/%2f_emulator/clock"])
def test_there_is_no_way_around_the_door(path: str) -> None:
    assert Caller().call(path=path, host="evil.example").status_code == 404


@for_each(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:3000",
        "http://127.0.0.1",
        "http://localhost.evil.example:8080",
        "file://",
        "ftp://127.0.0.1:8080",
        "http://[",
        "",
    ],
)
def test_a_foreign_origin_is_refused_and_hears_nothing(origin: str) -> None:
    caller = Caller()
    assert caller.advance(headers={"Origin": origin}) == 403
    answer = caller.call("POST", "/_emulator/reset", headers={"Origin": origin})
    assert answer.status_code == 403
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


def test_its_own_origin_is_not_foreign() -> None:
    assert Caller().advance(headers={"Origin": "http://127.0.0.1:8080"}) == 200
    assert Caller().advance(host="localhost", headers={"Origin": "http://localhost"}) == 200
    assert Caller().advance(host="localhost", headers={"Origin": "http://localhost:80"}) == 200
    proxied = Caller(allowed_hosts=["aep.example.com"])
    assert proxied.advance(host="localhost:8080", headers={"Origin": "https://aep.example.com"}) == 200


@for_each("path", [JOBS, CLOCK, "/_emulator/nothing", "/nothing", "/_emulator/", "/openapi.json"])
@for_each("method", ["OPTIONS", "GET", "POST"])
def test_there_are_no_cors_headers(path: str, method: str) -> None:
    asked = {"Origin": "http://127.0.0.1:8080", "Access-Control-Request-Method": "POST"}
    answer = Caller().call(method, path, headers={**HEADERS, **asked})
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]
    assert method != "OPTIONS" or answer.status_code in (404, 405)


@for_each("type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonx"])
@for_each("path", [CLOCK, "/_emulator/reset", "/_emulator/snapshots/x", "/_emulator/faults"])
def test_a_body_that_a_form_could_send_is_refused(type: str, path: str) -> None:
    answer = Caller().call("POST", path, data=b'{"advance": 60}', content_type=type)
    assert (answer.status_code, "application/json" in answer.json["error"]["message"]) == (415, True)


def test_a_body_is_not_decoded() -> None:
    sent = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert Caller().call("POST", data=b"\x1f\x8b", headers=sent).status_code == 415
    answer = Caller().call("POST", "/data/core/ups/segment/jobs", data=b"\x1f\x8b", headers={**HEADERS, **sent})
    assert answer.status_code == 415


def test_without_a_body_there_is_no_type_to_name() -> None:
    assert Caller().call("POST", "/_emulator/reset").status_code == 200
    assert Caller().call("DELETE", "/_emulator/requests").status_code == 200


# -- the token


def test_without_a_token_only_this_machine_is_answered() -> None:
    caller = Caller(peer="10.0.0.9", server="10.0.0.1")
    assert caller.advance(host="10.0.0.1") == 403
    assert caller.call(path="/_emulator/health", host="10.0.0.1").status_code == 200
    assert Caller(peer="::ffff:127.0.0.1").advance() == 200


@for_each(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}"},
        {"Authorization": f"bearer  {TOKEN}"},
        {"x-emulator-token": TOKEN},
        {"Authorization": "Bearer of the client under test", "x-emulator-token": TOKEN},
        {"Cookie": f"other=1; {COOKIE}={TOKEN}"},
    ],
)
@for_each("peer", ["127.0.0.1", "10.0.0.9"])
def test_the_token_opens_the_control_plane(headers: dict[str, str], peer: str) -> None:
    assert Caller(peer=peer, control_token=TOKEN).advance(headers=headers) == 200


@for_each(
    "headers",
    [
        {},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer"},
        {"x-emulator-token": TOKEN[:-1]},
        {"x-emulator-token": ""},
        {"x-emulator-token": "\u00e9"},
        {"Cookie": f"{COOKIE}=no"},
        {"Cookie": "=;;\x01="},
    ],
)
def test_without_it_a_call_is_401(headers: dict[str, str]) -> None:
    caller = Caller(control_token=TOKEN)
    assert caller.advance(headers=headers) == 401
    answer = caller.call(headers=headers)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["error"]["message"].startswith("the control plane wants its token")
    assert TOKEN not in answer.text


def test_every_control_call_but_two_wants_the_token() -> None:
    caller = Caller(control_token=TOKEN)
    rules = [rule for rule in caller._client.application.url_map.iter_rules() if rule.rule.startswith("/_emulator")]
    open_to_all = {
        rule.rule
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD"}
        if caller.call(method, rule.rule.replace("<", "").replace(">", "")).status_code != 401
    }
    assert open_to_all == {"/_emulator/health", "/_emulator/static/<name>"}


def test_the_token_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import hmac

    compared: list[tuple[bytes, bytes]] = []
    true = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return true(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert Caller(control_token=TOKEN).advance(headers={"x-emulator-token": "guess"}) == 401
    assert compared == [(b"guess", TOKEN.encode())]


# -- the page


def browser(peer: str = "10.0.0.9") -> Any:
    app = create_app(Emulator(), control_token=TOKEN)
    client = app.test_client()
    client.environ_base = {"REMOTE_ADDR": peer, "HTTP_ACCEPT": "text/html"}
    return client


def test_the_page_asks_for_the_token_once() -> None:
    client = browser()
    asked = client.get("/_emulator/ui/jobs?sandbox=dev")
    assert (asked.status_code, asked.mimetype) == (401, "text/html")
    assert 'name="token"' in asked.text
    assert '<input type="hidden" name="sandbox" value="dev">' in asked.text
    assert "frame-ancestors 'none'" in asked.headers["Content-Security-Policy"]
    assert "That is not the token" in client.get("/_emulator/ui/jobs?token=guess").text
    let_in = client.get(f"/_emulator/ui/jobs?sandbox=dev&token={TOKEN}")
    assert (let_in.status_code, let_in.headers["Location"]) == (303, "/_emulator/ui/jobs?sandbox=dev")
    cookie = let_in.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/_emulator"} <= set(cookie.split("; "))
    assert client.get("/_emulator/ui/jobs?sandbox=dev").status_code == 200
    assert client.get("/_emulator/").status_code == 200
    assert client.get(CLOCK).status_code == 200


def test_the_form_of_the_page_is_no_place_for_foreign_html() -> None:
    asked = browser().get("/_emulator/ui/%3Cscript%3E?%22%3E%3Cb%3E=1")
    assert asked.status_code == 401
    assert "<script>" not in asked.text
    assert "<b>" not in asked.text


def test_programs_are_not_asked_in_html() -> None:
    client = browser()
    assert client.get("/_emulator/", headers={"Accept": "*/*"}).mimetype == "application/json"
    assert client.get(CLOCK).mimetype == "application/json"
    assert client.get(f"{CLOCK}?token={TOKEN}").status_code == 401


# -- over sockets, and within the process


def test_a_rebound_name_is_refused_over_a_socket() -> None:
    from emulator.transport.server import ServerThread

    with ServerThread(create_app(Emulator())) as server:
        for host, status in (("evil.example", 403), (f"127.0.0.1:{server.port}", 200), ("localhost", 200)):
            with Raw(server) as raw:
                assert raw.send(f"GET {CLOCK} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).receive().status == status
        with Raw(server) as raw:  # what stands in the target goes before the header, RFC 9112 section 3.2.2
            sent = f"GET http://evil.example{CLOCK} HTTP/1.1\r\nHost: localhost\r\n\r\n"
            assert raw.send(sent.encode()).receive().status == 403


def test_a_server_with_a_token_wants_it_of_everybody() -> None:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    with Emulator().serve(control_token=TOKEN) as base:
        with pytest.raises(HTTPError) as refused:
            urlopen(base + CLOCK)
        assert refused.value.code == 401
        refused.value.close()
        with urlopen(Request(base + CLOCK, headers={"x-emulator-token": TOKEN})) as answer:
            assert answer.status == 200


def test_the_intercepted_hosts_reach_the_control_plane() -> None:
    import requests

    with Emulator().intercept():
        assert requests.get(f"https://platform.adobe.io{CLOCK}", timeout=5).status_code == 200
        asked = {"Host": "evil.example"}
        assert requests.get(f"https://platform.adobe.io{CLOCK}", headers=asked, timeout=5).status_code == 403


# -- what may be allowed


@pytest.mark.parametrize("host", ["", " ", "http://aep", "aep/"])
def test_an_allowed_host_is_a_name(host: str) -> None:
    with pytest.raises(ValueError, match="an allowed host is a name"):
        accepting(None, [host])


@pytest.mark.parametrize("token", ["", "two words", "caf\u00e9", "line\n"])
def test_a_token_can_be_sent_in_a_header(token: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        accepting(token, ())


def test_the_access_shows_no_token() -> None:
    assert TOKEN not in repr(accepting(TOKEN, ()))
