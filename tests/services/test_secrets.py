"""Secrets stay where they are sent: not in the journal, not in curl lines, not in snapshots, not in reports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import Emulator
from emulator.curl import curl
from emulator.journal import MASK, masked
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
    assert {name.lower(): value for name, value in exchange.request.headers.items()}[header.lower()] == MASK


def test_what_is_no_secret_stays() -> None:
    text = '{"client_id": "key", "decode": "a", "zip_code": 1, "error_code": "x"}&scope=code'
    assert masked("/ims/token", text) == text
    assert masked("/data/core/ups/x", "client_secret=a") == "client_secret=a"
    assert masked("/ims/token", "client_secret=a&b=c&code=d") == "client_secret=***&b=c&code=***"
    assert masked("/ims/token", '{"client_secret": "a\\"b", "c": "d"}') == '{"client_secret": "***", "c": "d"}'
