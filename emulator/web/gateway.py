"""What is checked before any service is asked: the headers that every call carries, and tokens under ``strict_auth``.

Source: Adobe's platform troubleshooting page (bodies); the statuses are the first three digits of the codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.web import tokens
from emulator.web.problems import GatewayRefusal

if TYPE_CHECKING:
    from emulator.web.exchange import Headers
    from emulator.world import World

DEFAULT_SANDBOX = "prod"


def check(headers: Headers, world: World, now: int) -> None:
    """Raise ``GatewayRefusal`` for the first fault: api key, token, then organisation."""
    settings = world.settings
    api_key = headers.get("x-api-key")
    if not api_key:
        raise GatewayRefusal("403000", "Api Key is required")
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise GatewayRefusal("403010", "Oauth token is missing.", status=settings.missing_token_status)
    if settings.strict_auth:
        tokens.check(token.strip(), api_key, headers.get("x-gw-ims-org-id", ""), now)
    if not headers.get("x-gw-ims-org-id"):
        raise _missing("x-gw-ims-org-id")


def sandbox_name(headers: Headers, world: World) -> str:
    """Answer the sandbox that is meant. Raises ``GatewayRefusal`` when the header is required and absent."""
    name = headers.get("x-sandbox-name")
    if name:
        return name
    if world.settings.sandbox_header == "required":
        raise _missing("x-sandbox-name")
    return DEFAULT_SANDBOX


def _missing(header: str) -> GatewayRefusal:
    return GatewayRefusal("400003", "Missing header", hint=f"no header {header}")
