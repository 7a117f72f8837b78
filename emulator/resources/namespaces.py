"""Identity namespaces: those that every organisation has, and its own, which its data brought along."""

from __future__ import annotations

from typing import Any

from emulator.resources.identities import NAMESPACES
from emulator.resources.space import Space
from emulator.simulation import randomness

#: When Adobe made its first namespaces (the sample of Identity Service for CORE), epoch ms.
_STANDARD_SINCE = 1_441_122_419_000

#: Own namespaces have eight digits, as in Adobe's sample (10093197).
_FIRST_OWN_ID, _OWN_IDS = 10_000_000, 90_000_000


def known(space: Space) -> list[str]:
    """Answer the codes of the standard namespaces, then of those that identities of the sandbox are in besides."""
    own = {identity.namespace for identity in space.population.graph} - NAMESPACES.keys()
    return [*NAMESPACES, *sorted(own)]


def namespace_id(code: str) -> str:
    """Answer the numeric id of a namespace, as the text that counts by namespace carry."""
    return str(NAMESPACES[code][0] if code in NAMESPACES else _own_id(code))


def _own_id(code: str) -> int:
    return _FIRST_OWN_ID + randomness.integer(_OWN_IDS, "identity namespace", code.casefold())


def to_wire(code: str, space: Space) -> dict[str, Any]:
    """Answer the wire form of Identity Service."""
    is_custom = code not in NAMESPACES
    id, name, type = (_own_id(code), code, "CROSS_DEVICE") if is_custom else NAMESPACES[code]
    since = space.sandbox.created if is_custom else _STANDARD_SINCE
    return {
        "id": id,
        "code": code,
        "name": name,
        "description": name if is_custom else f"{name} Namespace",
        "idType": type,
        "status": "ACTIVE",
        "custom": is_custom,
        "createTime": since,
        "updateTime": since,
    }
