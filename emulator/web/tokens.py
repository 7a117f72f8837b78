"""Access tokens: issued by IMS, opaque to clients. A token says whose it is and until when; nothing is kept.

They are drawn like all else here, so whoever has read this can make one: they test clients and guard nothing.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from emulator.simulation import randomness
from emulator.web.problems import GatewayRefusal

#: How long a token lives, in s of the organisation's clock.
LIFETIME = 86_399


def _encode(part: Mapping[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")


_HEADER = _encode({"alg": "none", "typ": "JWT", "x5u": "emulator"})


def _signature(claims: str) -> str:
    return randomness.alphanumeric(43, "access token", claims)


def issue(client_id: str, scope: str, now: int, org: str = "") -> str:
    """Make the token of a client at ``now`` (epoch ms), for one organisation or, where none was named, for any."""
    told = {"client_id": client_id, "scope": scope, "created_at": now, "expires_in": LIFETIME * 1000}
    claims = _encode({**told, "org": org} if org else told)
    return f"{_HEADER}.{claims}.{_signature(claims)}"


def check(token: str, api_key: str, org: str, now: int) -> None:
    """Raise ``GatewayRefusal`` unless ``token`` was issued here, lives at ``now`` (epoch ms) and is that client's.

    It has to be for that organisation, too, which has to look like one: ``...@AdobeOrg``.
    """
    invalid = GatewayRefusal("401013", "Oauth token is not valid")
    parts = token.split(".")
    if len(parts) != 3 or parts[2] != _signature(parts[1]):
        raise invalid
    claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if not claims["created_at"] <= now < claims["created_at"] + claims["expires_in"]:
        raise invalid
    if claims["client_id"] != api_key:
        raise GatewayRefusal("403003", "Api Key is invalid")
    if org and not org.endswith("@AdobeOrg"):
        raise GatewayRefusal("403027", "User region is missing")
    if org and claims.get("org", org) != org:
        raise GatewayRefusal("403025", "Profile is not valid")
