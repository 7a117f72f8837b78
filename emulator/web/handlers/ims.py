"""Adobe's Identity Management System: access tokens, in every form that clients ask for them.

Parameters come in a form, a multipart form or the query string, also mixed. Any client id and secret is accepted.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from io import BytesIO

from werkzeug.formparser import FormDataParser

from emulator.resources.refusals import Refusal
from emulator.web import tokens
from emulator.web.exchange import Call, Reply

CLIENT_CREDENTIALS, AUTHORIZATION_CODE = "client_credentials", "authorization_code"


def token(call: Call) -> Reply:
    """Issue a token for ``client_credentials`` with a scope (OAuth server-to-server), or an ``authorization_code``.

    ``expires_in`` is in seconds. Raises ``Refusal`` (400).
    """
    asked = _parameters(call)
    client_id = _client(asked)
    grant_type, scope, code = asked("grant_type"), asked("scope"), asked("code")
    if grant_type not in (CLIENT_CREDENTIALS, AUTHORIZATION_CODE):
        raise _refusal("unsupported_grant_type")
    if grant_type == CLIENT_CREDENTIALS and not scope:
        raise _refusal("invalid_scope")
    if grant_type == AUTHORIZATION_CODE and not code:
        raise _refusal("invalid_grant", "invalid code parameter")
    return _issued(call, client_id, scope, tokens.LIFETIME, _org(call))


def exchange_jwt(call: Call) -> Reply:
    """Issue a token for any JWT: the retired way, with ``expires_in`` in ms.

    Raises ``Refusal`` (400).
    """
    asked = _parameters(call)
    client_id = _client(asked)
    jwt = asked("jwt_token")
    if not jwt:
        raise _refusal("invalid_token", "invalid jwt_token parameter")
    return _issued(call, client_id, "", tokens.LIFETIME * 1000, _org(call) or _issuer(jwt))


def _issued(call: Call, client_id: str, scope: str, expires_in: int, org: str) -> Reply:
    access_token = tokens.issue(client_id, scope, call.now, org)
    return Reply(200, {"access_token": access_token, "token_type": "bearer", "expires_in": expires_in})


def _org(call: Call) -> str:
    """Answer the organisation that asks; most clients name none, and their token is for any."""
    return call.headers.get("x-gw-ims-org-id", "")


def _issuer(jwt: str) -> str:
    """Answer the organisation that a JWT says it is of (claim ``iss``); empty where it says nothing of the kind."""
    try:
        payload = jwt.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        return ""
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) and issuer.endswith("@AdobeOrg") else ""


def _client(asked: Callable[[str], str]) -> str:
    for name in ("client_id", "client_secret"):
        if not asked(name):
            raise _refusal("invalid_client", f"invalid {name} parameter")
    return asked("client_id")


def _refusal(error: str, description: str = "") -> Refusal:
    return Refusal(400, description, code=error)


def _parameters(call: Call) -> Callable[[str], str]:
    """Answer what gives a parameter by its name, empty where it is absent; a body that is no form holds none."""
    request, length = call.request, len(call.raw)
    _, form, _ = FormDataParser().parse(BytesIO(call.raw), request.mimetype, length, request.mimetype_params)
    return lambda name: form.get(name) or call.query.text(name) or ""
