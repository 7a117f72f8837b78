"""Secrets stay where they are sent: not in the journal, not in curl lines, not in snapshots, not in reports."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Emulator
from emulator.curl import curl
from emulator.journal import MASK, masked, masked_header
from emulator.testing.replay import replay
from tests.for_each import for_each
from tests.services.conftest import Client

SECRET = "s3cr3t-of-the-client"
PARAMETERS = {"grant_type": "client_credentials", "client_id": "key", "client_secret": SECRET, "scope": "openid"}
WAYS: dict[str, dict[str, Any]] = {
    "form": {"data": PARAMETERS},
    "multipart": {"data": PARAMETERS, "content_type": "multipart/form-data"},
    "query": {"query_string": PARAMETERS},
    "json": {"json": PARAMETERS},
    "spaced json": {"data": json.dumps(PARAMETERS, indent=2), "content_type": "application/json"},
    "cut json": {"data": f'{{"client_secret": "{SECRET}', "content_type": "application/json"},
    "code": {"data": {**PARAMETERS, "grant_type": "authorization_code", "code": SECRET}},
    "refresh token": {"data": {**PARAMETERS, "refresh_token": SECRET}},
    "jwt": {"data": {**PARAMETERS, "jwt_token": SECRET}, "path": "/ims/exchange/jwt"},
    "unknown path": {"data": PARAMETERS, "path": "/ims/token/v9"},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_secret_of_a_token_request_is_kept(way: dict[str, Any]) -> None:
    emulator = Emulator()
    options = dict(way)
    answer = Client(emulator).post(options.pop("path", "/ims/token/v3"), **options)
    issued = (answer.json or {}).get("access_token", SECRET)
    (exchange,) = emulator.requests
    everything = [
        repr(exchange),
        json.dumps(exchange.to_wire()),
        curl(exchange),
        emulator.snapshot().to_json(),
        Client(emulator).get("/_emulator/requests").text,
    ]
    for kept in everything:
        assert SECRET not in kept
        assert issued not in kept
    assert MASK in json.dumps(exchange.to_wire())
    if answer.status_code == 200:
        assert json.loads(exchange.response.body)["access_token"] == MASK


@pytest.mark.parametrize("header", ["Authorization", "Proxy-Authorization", "x-emulator-token"])
def test_no_credentials_of_a_call_are_kept(header: str) -> None:
    emulator = Emulator()
    client = Client(emulator)
    client.get("/data/core/ups/segment/jobs", headers={header: f"Bearer {SECRET}"})
    (exchange,) = emulator.requests
    assert SECRET not in repr(exchange) + curl(exchange) + client.get("/_emulator/requests").text
    assert {name.lower(): value for name, value in exchange.request.headers.items()}[header.lower()] == "Bearer ***"


@for_each(
    "sent, kept",
    [
        ("Bearer abc", "Bearer ***"),
        ("bearer  a b", "bearer  ***"),
        ("Basic abc", "Basic ***"),
        ("any", "***"),
        ("Bearerabc", "***"),
        ("Bearer\tabc", "***"),
        ("Secret abc", "***"),
        ("Bearer", "Bearer"),
        ("Bearer ", "Bearer "),
        ("", ""),
    ],
)
def test_what_hides_a_secret_does_not_hide_that_there_is_none(sent: str, kept: str) -> None:
    assert masked_header("AUTHORIZATION", sent) == kept
    assert masked_header("x-emulator-token", sent) == kept
    assert masked_header("x-api-key", sent) == sent


@given(st.text(st.characters(exclude_characters=" *\t")).filter(lambda text: text.strip()))
def test_of_a_secret_nothing_is_left(secret: str) -> None:
    for value in (secret, f"Bearer {secret}"):
        kept = masked_header("Authorization", value)
        assert kept in (MASK, f"Bearer {MASK}") or secret.casefold() in ("bearer", "basic")


@pytest.mark.parametrize("authorization", ["any", "Bearer ", "Bearer", "", "Bearer any"])
def test_a_replay_is_refused_as_the_client_was(authorization: str) -> None:
    emulator = Emulator()
    Client(emulator).get("/data/core/ups/segment/jobs", headers={"Authorization": authorization})
    exchange = json.loads(json.dumps(emulator.requests[0].to_wire()))
    assert exchange["status"] == (200 if authorization.endswith("any") and "Bearer" in authorization else 403)
    (replayed,) = replay(Emulator(), [exchange])
    assert replayed.is_same


def test_what_is_no_secret_stays() -> None:
    text = '{"client_id": "key", "decode": "a", "zip_code": 1, "error_code": "x"}&scope=code'
    assert masked("/ims/token", text) == text
    assert masked("/data/core/ups/x", "client_secret=a") == "client_secret=a"
    assert masked("/ims/token", "client_secret=a&b=c&code=d") == "client_secret=***&b=c&code=***"
    assert masked("/ims/token", '{"client_secret": "a\\"b", "c": "d"}') == '{"client_secret": "***", "c": "d"}'
