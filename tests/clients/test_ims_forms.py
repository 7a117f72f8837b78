"""The five forms in which clients ask for a token, over a socket; what their parameters mean is tested in services."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.clients.conftest import Served

CLIENT = {"client_id": "client", "client_secret": "secret"}
CREDENTIALS = {"grant_type": "client_credentials", **CLIENT, "scope": "openid,AdobeID"}


@pytest.mark.parametrize(
    ("path", "sent", "expires_in"),
    [
        pytest.param("/ims/token/v3", {"data": CREDENTIALS}, 86_399, id="aepp, OAuth server-to-server"),
        pytest.param(
            "/ims/token/v1",
            {"data": {"grant_type": "authorization_code", **CLIENT, "code": "code"}},
            86_399,
            id="aepp, OAuth V1",
        ),
        pytest.param("/ims/token/v2", {"params": CREDENTIALS}, 86_399, id="Postman and aezpz, no body"),
        pytest.param("/ims/token", {"data": CREDENTIALS}, 86_399, id="batch_eval_timing.py"),
        pytest.param(
            "/ims/exchange/jwt/",
            {"files": {name: (None, value) for name, value in {**CLIENT, "jwt_token": "a.b.c"}.items()}},
            86_399_000,
            id="Postman, form-data with a JWT",
        ),
    ],
)
def test_a_token_is_issued(served: Served, path: str, sent: dict[str, Any], expires_in: int) -> None:
    answer = requests.post(served.url + path, timeout=30, **sent)
    assert (answer.status_code, answer.json()["expires_in"]) == (200, expires_in)
    assert answer.json()["access_token"]
