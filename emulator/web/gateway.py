"""What is checked before any service is asked: the headers that every call carries, and tokens under ``strict_auth``.

Source: Adobe's platform troubleshooting page (bodies); the statuses are the first three digits of the codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.web import tokens
from emulator.web.problems import GatewayRefusal

if TYPE_CHECKING:
    from emulator.web.exchange import Call

DEFAULT_SANDBOX = "prod"


def check(call: Call) -> None:
    """Raise ``GatewayRefusal`` for the first fault: api key, token, then organisation."""
    headers, settings = call.headers, call.world.settings
    api_key = headers.get("x-api-key")
    if not api_key:
        raise GatewayRefusal("403000", "Api Key is required")
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise GatewayRefusal("403010", "Oauth token is missing.", status=settings.missing_token_status)
    if settings.strict_auth:
        tokens.check(token.strip(), api_key, headers.get("x-gw-ims-org-id", ""), call.now)
    if not headers.get("x-gw-ims-org-id"):
        raise _missing("x-gw-ims-org-id")


def sandbox_name(call: Call) -> str:
    """Answer the sandbox that is meant. Raises ``GatewayRefusal`` when the header is required and absent."""
    name = call.headers.get("x-sandbox-name")
    if name:
        return name
    if call.world.settings.sandbox_header == "required":
        raise _missing("x-sandbox-name")
    return DEFAULT_SANDBOX


def _missing(header: str) -> GatewayRefusal:
    return GatewayRefusal("400003", "Missing header", hint=f"no header {header}")
