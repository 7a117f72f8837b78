"""What is refused before any service is asked, and what is answered where there is nothing: JSON objects, always."""

from __future__ import annotations

import re

import pytest

from emulator import Emulator
from emulator.web.operations import OPERATIONS, Operation
from tests.for_each import for_each
from tests.services.conftest import Client

GUARDED = [each for each in OPERATIONS if each.is_guarded]
IN_SANDBOX = [each for each in OPERATIONS if each.needs_sandbox]


def path_of(operation: Operation) -> str:
    return re.sub(r"\{\w+\}", "x", operation.path)


def ids(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(Emulator())


@pytest.mark.parametrize(
    ("headers", "status", "code", "message"),
    [
        ({"x-api-key": None}, 403, "403000", "Api Key is required"),
        ({"Authorization": None}, 403, "403010", "Oauth token is missing."),
        ({"Authorization": "Bearer "}, 403, "403010", "Oauth token is missing."),
        ({"x-gw-ims-org-id": None}, 400, "400003", "Missing header"),
    ],
)
def test_a_missing_header_is_refused(
    client: Client, headers: dict[str, str | None], status: int, code: str, message: str
) -> None:
    for operation in GUARDED:
        answer = client.request(operation.method, path_of(operation), headers=headers)
        assert answer.status_code == status, ids(operation)
        if operation.method != "HEAD":
            assert answer.json == {"error_code": code, "message": message}, ids(operation)


def test_a_missing_or_unknown_sandbox_is_refused(client: Client) -> None:
    for operation in (each for each in IN_SANDBOX if each.handler):
        missing = client.request(operation.method, path_of(operation), headers={"x-sandbox-name": None})
        assert missing.status_code == 400, ids(operation)
        unknown = client.request(operation.method, path_of(operation), headers={"x-sandbox-name": "nowhere"})
        assert unknown.status_code == 404, ids(operation)
        if operation.method != "HEAD":
            assert missing.json == {"error_code": "400003", "message": "Missing header"}, ids(operation)
            assert isinstance(unknown.json, dict), ids(operation)
            assert "nowhere" in str(unknown.json), ids(operation)


@pytest.mark.parametrize("name", ["x-gw-ims-org-id", "x-sandbox-name"])
def test_a_hint_names_the_header_that_is_missing(name: str) -> None:
    emulator = Emulator()
    client = Client(emulator)
    answer = client.get("/data/core/ups/segment/jobs", headers={name: None})
    assert (answer.status_code, answer.headers["x-emulator-hint"]) == (400, f"no header {name}")
    (exchange,) = emulator.requests
    assert exchange.response.headers["x-emulator-hint"] == f"no header {name}"
    assert "x-emulator-hint" not in client.get("/data/core/ups/segment/jobs").headers


def test_the_scheme_is_compared_without_case(client: Client) -> None:
    assert client.get("/data/core/ups/segment/jobs", headers={"Authorization": "bearer x"}).status_code == 200


def test_a_missing_sandbox_may_mean_prod() -> None:
    client = Client(Emulator(sandbox_header="default-prod"))
    assert client.get("/data/core/ups/segment/jobs", headers={"x-sandbox-name": None}).status_code == 200


def test_a_missing_token_may_be_401() -> None:
    client = Client(Emulator(missing_token_status="401"))
    assert client.get("/data/core/ups/segment/jobs", headers={"Authorization": None}).status_code == 401


@for_each(
    "path, member",
    [
        ("/data/core/ups/nothing", "errors"),
        ("/data/core/ups/segment/jobs/a/b", "errors"),
        ("/data/core/ups//segment/jobs", "errors"),
        ("/data/core/ups/access/nothing", "statusCode"),
        ("/data/foundation/catalog/nothing", "detail"),
        ("/data/foundation/export/nothing", "detail"),
        ("/data/foundation/sandbox-management/nothing", "title"),
        ("/ims/nothing", "error"),
        ("/", "error_code"),
        ("/data", "error_code"),
        ("/%00", "error_code"),
        ("/../../etc/passwd", "error_code"),
    ],
)
def test_an_unknown_path_is_404_in_the_familys_shape(client: Client, path: str, member: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert member in answer.json
    assert answer.content_type == "application/json"


@pytest.mark.parametrize("method", ["QUERY", "FOO", "PROPFIND"])
def test_a_method_that_is_none_is_501(client: Client, method: str) -> None:
    """RFC 9110 section 9.1: 501 for one that nobody knows, 405 for one that is known and not allowed here."""
    answer = client.request(method, "/data/core/ups/segment/jobs")
    assert answer.status_code == 501
    assert method in answer.json["title"]


def test_a_trailing_slash_makes_no_difference(client: Client) -> None:
    for operation in OPERATIONS:
        path = path_of(operation).rstrip("/")
        plain, slashed = (client.request(operation.method, path + end).status_code for end in ("", "/"))
        assert plain == slashed, ids(operation)
        assert slashed // 100 != 3, ids(operation)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.handler is None], ids=ids)
def test_what_is_known_and_not_emulated_says_so(client: Client, operation: Operation) -> None:
    answer = client.request(operation.method, path_of(operation), json={})
    assert answer.status_code == 501
    assert operation.id in str(answer.json)


def test_media_types(client: Client) -> None:
    ups = client.post("/data/core/ups/segment/jobs", data="x", content_type="text/plain")
    assert (ups.status_code, ups.json["title"]) == (415, "HTTP 415 Unsupported Media Type")
    catalog = client.post("/data/foundation/catalog/dataSets", data="x", content_type="text/plain")
    assert (catalog.status_code, catalog.json["detail"]) == (400, "A valid content-type must be specified")


@pytest.mark.parametrize("told", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_clients_are_not_told_to_call_json_is_read_as_json(client: Client, told: str) -> None:
    """Postman and curl name a type of their own where Adobe's collections and samples name none."""
    path, body = "/data/core/ups/segment/definitions/bulk-get", b'{"ids": ["4afe34ae-8c98-4513-8a1d-67ccaa54bc05"]}'
    assert client.post(path, data=body, content_type=told).status_code == 207
    assert client.post(path, data=body, content_type="application/xml").status_code == 415


def test_bodies_have_limits() -> None:
    client = Client(Emulator(max_body_bytes=1000))
    large = client.post("/data/core/ups/segment/jobs", data=b"[" + b" " * 1000 + b"]")
    assert (large.status_code, large.json["status"]) == (413, 413)


def test_answers_carry_the_emulators_date_and_a_request_id(client: Client) -> None:
    answer = client.get("/data/core/ups/segment/jobs")
    assert answer.headers["Date"] == "Thu, 15 Jan 2026 09:00:00 GMT"
    assert re.fullmatch(r"[A-Za-z0-9]{32}", answer.headers["x-request-id"])


def test_the_journal_tells_what_was_asked() -> None:
    client = Client(Emulator())
    client.get("/data/core/ups/segment/jobs?status=NEW&colour=blue")
    (request,) = client.get("/_emulator/requests").json["requests"]
    assert (request["operation"], request["status"]) == ("listSegmentJobs", 200)
    assert request["warnings"] == ["the query parameter `colour` is unknown here and was ignored"]
    client.delete("/_emulator/requests")
    assert client.get("/_emulator/requests/count").json == {"count": 0}
