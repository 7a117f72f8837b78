"""Tokens: every form in which real clients ask for one, and the words in which one is refused."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from emulator.settings import Settings
from tests.services.conftest import Client

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


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("parameters", [GOOD, CODE])
@pytest.mark.parametrize("form", ["form", "multipart", "query", "mixed"])
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


@pytest.mark.parametrize(
    ("parameters", "refused"),
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
@pytest.mark.parametrize("as_query", [True, False])
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


@pytest.mark.parametrize(
    ("data", "content_type"),
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
