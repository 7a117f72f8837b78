"""Adobe's Identity Management System: access tokens, in every form that clients ask for them.

Parameters come in a form, a multipart form or the query string, also mixed. Any client id and secret is accepted.
"""

from __future__ import annotations

from io import BytesIO

from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from emulator.web import tokens
from emulator.web.exchange import Call, Reply
from emulator.web.problems import TokenRefusal

CLIENT_CREDENTIALS, AUTHORIZATION_CODE = "client_credentials", "authorization_code"


def token(call: Call) -> Reply:
    """Issue a token for ``client_credentials`` with a scope (OAuth server-to-server), or an ``authorization_code``.

    ``expires_in`` is in seconds. Raises ``TokenRefusal``.
    """
    form = _form(call)
    client_id = _client(call, form)
    grant_type = _parameter(call, form, "grant_type")
    scope = _parameter(call, form, "scope")
    code = _parameter(call, form, "code")
    if grant_type not in (CLIENT_CREDENTIALS, AUTHORIZATION_CODE):
        raise TokenRefusal("unsupported_grant_type")
    if grant_type == CLIENT_CREDENTIALS and not scope:
        raise TokenRefusal("invalid_scope")
    if grant_type == AUTHORIZATION_CODE and not code:
        raise TokenRefusal("invalid_grant", "invalid code parameter")
    return _issued(call, client_id, scope, tokens.LIFETIME)


def exchange_jwt(call: Call) -> Reply:
    """Issue a token for any JWT: the retired way, with ``expires_in`` in ms. Raises ``TokenRefusal``."""
    form = _form(call)
    client_id = _client(call, form)
    if not _parameter(call, form, "jwt_token"):
        raise TokenRefusal("invalid_token", "invalid jwt_token parameter")
    return _issued(call, client_id, "", tokens.LIFETIME * 1000)


def _issued(call: Call, client_id: str, scope: str, expires_in: int) -> Reply:
    access_token = tokens.issue(client_id, scope, call.now)
    return Reply(200, {"access_token": access_token, "token_type": "bearer", "expires_in": expires_in})


def _client(call: Call, form: dict[str, str]) -> str:
    client_id = _parameter(call, form, "client_id")
    for name, value in (("client_id", client_id), ("client_secret", _parameter(call, form, "client_secret"))):
        if not value:
            raise TokenRefusal("invalid_client", f"invalid {name} parameter")
    return client_id


def _parameter(call: Call, form: dict[str, str], name: str) -> str:
    return form.get(name) or call.query.text(name) or ""


def _form(call: Call) -> dict[str, str]:
    """Answer the parameters of the body; what is not a form holds none."""
    options = parse_options_header(call.headers.get("Content-Type", ""))[1]
    _, form, _ = FormDataParser().parse(BytesIO(call.raw), call.content_type, len(call.raw), options)
    return form.to_dict()
