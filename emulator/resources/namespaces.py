"""Identity namespaces: those that every organisation has, and its own, which its data brought along."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from emulator.resources.identities import NAMESPACES
from emulator.resources.space import Space
from emulator.simulation import randomness

#: When Adobe made its first namespaces (the sample of Identity Service for CORE), epoch ms.
_STANDARD_SINCE = 1_441_122_419_000

#: Own namespaces have eight digits, as in Adobe's sample (10093197).
_FIRST_OWN_ID, _OWN_IDS = 10_000_000, 90_000_000


class Namespace(Struct, frozen=True):
    """A namespace. ``type`` is Identity Service's ``idType``; ``since`` epoch ms."""

    id: int
    code: str
    name: str
    type: str
    is_custom: bool
    since: int


def known(space: Space) -> list[Namespace]:
    """Answer the standard namespaces, then those that the identities of the sandbox are in besides, by code."""
    standard = [
        Namespace(id, code, name, type, False, _STANDARD_SINCE) for code, (id, name, type) in NAMESPACES.items()
    ]
    own = {identity.namespace for identity in space.population.graph} - NAMESPACES.keys()
    return standard + [
        Namespace(_own_id(code), code, code, "CROSS_DEVICE", True, space.sandbox.created) for code in sorted(own)
    ]


def namespace_id(code: str) -> str:
    """Answer the numeric id of a namespace, as the text that counts by namespace carry."""
    return str(NAMESPACES[code][0] if code in NAMESPACES else _own_id(code))


def _own_id(code: str) -> int:
    return _FIRST_OWN_ID + randomness.integer(_OWN_IDS, "identity namespace", code.casefold())


def to_wire(namespace: Namespace) -> dict[str, Any]:
    """Answer the wire form of Identity Service."""
    return {
        "id": namespace.id,
        "code": namespace.code,
        "name": namespace.name,
        "description": namespace.name if namespace.is_custom else f"{namespace.name} Namespace",
        "idType": namespace.type,
        "status": "ACTIVE",
        "custom": namespace.is_custom,
        "createTime": namespace.since,
        "updateTime": namespace.since,
    }
