"""Tokens: every form in which real clients ask for one, and the words in which one is refused."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest

from emulator import Emulator
from emulator.settings import Settings
from tests.for_each import for_each
from tests.services.conftest import SCHEDULES, Client

PATHS = ("/ims/token/v3", "/ims/token/v2", "/ims/token/v1", "/ims/token", "/ims/token/v3/")
GOOD = {"grant_type": "client_credentials", "client_id": "key", "client_secret": "secret", "scope": "openid,AdobeID"}
CODE = {"grant_type": "authorization_code", "client_id": "key", "client_secret": "secret", "code": "abc"}
JWT = {"client_id": "key", "client_secret": "secret", "jwt_token": "a.b.c"}


@pytest.fixture
def ims(emulator: Emulator) -> Client:
    """A client that sends no headers of its own."""
    client = Client(emulator)
    client.headers.clear()
    return client


def without(parameters: dict[str, str], name: str) -> dict[str, str]:
    return {each: value for each, value in parameters.items() if each != name}


@for_each("path", PATHS)
@for_each("parameters", [GOOD, CODE])
@for_each("form", ["form", "multipart", "query", "mixed"])
def test_every_form_gets_a_token(ims: Client, path: str, parameters: dict[str, str], form: str) -> None:
    ways: dict[str, dict[str, Any]] = {
        "form": {"data": parameters},
        "multipart": {"data": parameters, "content_type": "multipart/form-data"},
        "query": {"query_string": parameters},
        "mixed": {"query_string": {"client_id": "key"}, "data": without(parameters, "client_id")},
    }
    answer = ims.post(path, **ways[form])
    assert answer.status_code == 200, answer.json
    assert set(answer.json) == {"access_token", "token_type", "expires_in"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("bearer", 86399)
    assert answer.json["access_token"].count(".") == 2


@pytest.mark.parametrize("path", ["/ims/exchange/jwt", "/ims/exchange/jwt/"])
@pytest.mark.parametrize("content_type", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_jwt_is_exchanged_with_a_life_in_milliseconds(ims: Client, path: str, content_type: str) -> None:
    answer = ims.post(path, data=JWT, content_type=content_type)
    assert (answer.status_code, answer.json["expires_in"]) == (200, 86_399_000)


@for_each(
    "parameters, refused",
    [
        (
            without(GOOD, "client_id"),
            {"error": "invalid_client", "error_description": "invalid client_id parameter"},
        ),
        (
            without(GOOD, "client_secret"),
            {"error": "invalid_client", "error_description": "invalid client_secret parameter"},
        ),
        ({**GOOD, "client_id": ""}, {"error": "invalid_client", "error_description": "invalid client_id parameter"}),
        (without(GOOD, "grant_type"), {"error": "unsupported_grant_type"}),
        ({**GOOD, "grant_type": "password"}, {"error": "unsupported_grant_type"}),
        (without(GOOD, "scope"), {"error": "invalid_scope"}),
        (without(CODE, "code"), {"error": "invalid_grant", "error_description": "invalid code parameter"}),
        ({}, {"error": "invalid_client", "error_description": "invalid client_id parameter"}),
    ],
)
@for_each("as_query", [True, False])
def test_refusals_say_which_parameter(
    ims: Client, parameters: dict[str, str], refused: dict[str, str], as_query: bool
) -> None:
    answer = ims.post("/ims/token/v3", **{"query_string" if as_query else "data": parameters})
    assert (answer.status_code, answer.json) == (400, refused)


@pytest.mark.parametrize("missing", list(JWT))
def test_an_exchange_wants_all_three(ims: Client, missing: str) -> None:
    answer = ims.post("/ims/exchange/jwt", data=without(JWT, missing), content_type="multipart/form-data")
    assert answer.status_code == 400
    assert answer.json["error_description"] == f"invalid {missing} parameter"


@for_each(
    "data, content_type",
    [
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"--x\r\nnot multipart", "multipart/form-data; boundary=x"),
        (b"no boundary", "multipart/form-data"),
        (b'{"client_id": "key"}', "application/json"),
        (b"client_id=key", "text/plain"),
        (b"anything", ""),
    ],
)
def test_a_body_that_is_no_form_holds_no_parameters(ims: Client, data: bytes, content_type: str) -> None:
    answer = ims.post("/ims/token/v3", data=data, content_type=content_type)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client")


def test_under_strict_auth_the_token_opens_the_services_for_its_client_and_its_life() -> None:
    emulator = Emulator(settings=Settings().with_values({"strict_auth": True}))
    client = Client(emulator)
    token = client.post("/ims/token/v3", data=GOOD, headers={"x-gw-ims-org-id": None}).json["access_token"]
    schedules = "/data/core/ups/config/schedules"
    assert client.get(schedules).json["error_code"] == "401013"
    client.headers["Authorization"] = f"bearer {token}"
    assert client.get(schedules).status_code == 200
    assert client.get(schedules, headers={"x-api-key": "other"}).json["error_code"] == "403003"
    emulator.clock.advance(hours=25)
    assert client.get(schedules).json["error_code"] == "401013"


@pytest.fixture
def strict() -> Client:
    return Client(Emulator(strict_auth=True))


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error_code"]


def test_under_strict_auth_a_token_is_for_the_organisation_that_asked_for_it(strict: Client) -> None:
    strict.headers["Authorization"] = f"Bearer {strict.post('/ims/token/v3', data=GOOD).json['access_token']}"
    assert strict.get(SCHEDULES).status_code == 200
    assert refused(strict.get(SCHEDULES, headers={"x-gw-ims-org-id": "OTHER@AdobeOrg"})) == (403, "403025")
    assert refused(strict.get(SCHEDULES, headers={"x-gw-ims-org-id": "no organisation"})) == (403, "403027")
    assert refused(strict.get(SCHEDULES, headers={"x-gw-ims-org-id": None})) == (400, "400003")


def test_under_strict_auth_a_jwt_says_for_which_organisation_it_is(strict: Client) -> None:
    payload = urlsafe_b64encode(json.dumps({"iss": "OTHER@AdobeOrg", "aud": "x"}).encode()).decode().rstrip("=")
    sent = {**JWT, "jwt_token": f"e30.{payload}.signature"}
    token = strict.post("/ims/exchange/jwt", data=sent, headers={"x-gw-ims-org-id": None}).json["access_token"]
    strict.headers["Authorization"] = f"Bearer {token}"
    assert strict.get(SCHEDULES, headers={"x-gw-ims-org-id": "OTHER@AdobeOrg"}).status_code == 200
    assert refused(strict.get(SCHEDULES)) == (403, "403025")


@pytest.mark.parametrize("payload", ["", "%", "e30", "W10", "bnVsbA", "eyJpc3MiOiA3fQ", "W1tb" * 3000])
def test_a_jwt_that_says_nothing_gets_a_token_for_any_organisation(strict: Client, payload: str) -> None:
    sent = {**JWT, "jwt_token": f"e30.{payload}.signature"}
    token = strict.post("/ims/exchange/jwt", data=sent, headers={"x-gw-ims-org-id": None}).json["access_token"]
    assert strict.get(SCHEDULES, headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize("token", ["a", "a.b.c", "..", "e30.e30.e30", "a.b.c.d", "\u00e9.b.c"])
def test_under_strict_auth_a_token_that_was_not_issued_here_is_not_valid(strict: Client, token: str) -> None:
    assert refused(strict.get(SCHEDULES, headers={"Authorization": f"Bearer {token}"})) == (401, "401013")


def test_a_token_that_was_tampered_with_is_not_valid(strict: Client) -> None:
    head, claims, signature = strict.post("/ims/token/v3", data=GOOD).json["access_token"].split(".")
    forged = urlsafe_b64encode(urlsafe_b64decode(claims + "==").replace(b"86399000", b"99999999")).decode().rstrip("=")
    for token in (f"{head}.{forged}.{signature}", f"{head}.{claims}.{signature[::-1]}"):
        assert refused(strict.get(SCHEDULES, headers={"Authorization": f"Bearer {token}"})) == (401, "401013")


def test_a_token_expires_on_the_clock_of_the_organisation_it_is_for() -> None:
    emulator = Emulator(strict_auth=True)
    client = Client(emulator)
    emulator.org("TEST@AdobeOrg").clock.advance(days=3)
    client.headers["Authorization"] = f"Bearer {client.post('/ims/token/v3', data=GOOD).json['access_token']}"
    assert client.get(SCHEDULES).status_code == 200
    emulator.org("TEST@AdobeOrg").clock.advance(seconds=86_398)
    assert client.get(SCHEDULES).status_code == 200
    emulator.org("TEST@AdobeOrg").clock.advance(seconds=1)
    assert refused(client.get(SCHEDULES)) == (401, "401013")


def test_a_token_of_the_future_is_not_valid_in_a_state_that_was_put_back(strict: Client) -> None:
    strict.post("/_emulator/snapshots/before")
    strict.post("/_emulator/clock", json={"advance": 60})
    strict.headers["Authorization"] = f"Bearer {strict.post('/ims/token/v3', data=GOOD).json['access_token']}"
    assert strict.get(SCHEDULES).status_code == 200
    strict.post("/_emulator/snapshots/before/restore")
    assert refused(strict.get(SCHEDULES)) == (401, "401013")
