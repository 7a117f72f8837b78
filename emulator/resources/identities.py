"""Identities: who a record is about, and the ids that the profile store derives from them."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

#: Registered namespaces: numeric id, display name and type by code. Standard ones of Identity Service.
NAMESPACES: Mapping[str, tuple[int, str, str]] = {
    "CORE": (0, "CORE", "COOKIE"),
    "AdCloud": (411, "Adobe Advertising Cloud", "COOKIE"),
    "ECID": (4, "ECID", "COOKIE"),
    "Email": (6, "Email", "EMAIL"),
    "Phone": (7, "Phone", "PHONE"),
    "AAID": (10, "Adobe Analytics", "COOKIE"),
    "Email_LC_SHA256": (11, "Emails (SHA256, lowercased)", "EMAIL"),
    "Phone_SHA256": (15, "Phone (SHA256)", "PHONE"),
    "IDFA": (20915, "Apple IDFA", "DEVICE"),
    "GAID": (20914, "Google Ad ID", "DEVICE"),
}

_BY_FOLDED = {code.casefold(): code for code in NAMESPACES}


class Identity(NamedTuple):
    """An id within a namespace, whose code is in the registered spelling."""

    namespace: str
    id: str

    @property
    def xid(self) -> str:
        """The opaque id under which the profile store knows it: URL-safe Base64 of binary."""
        digest = blake2b(f"{self.namespace.casefold()}\x1f{self.id}".encode("utf-8", "surrogatepass"), digest_size=24)
        return urlsafe_b64encode(digest.digest()).decode()


def registered_code(code: str) -> str:
    """Answer the registered spelling of a namespace code; one that is not registered stays as it is."""
    return _BY_FOLDED.get(code.casefold(), code)


def primary_first(entries: Iterable[tuple[str, str, bool]]) -> list[Identity]:
    """Answer the identities of an XDM identityMap by code, id, and whether it is the primary one, which comes first."""
    return [Identity(registered_code(code), id) for code, id, _ in sorted(entries, key=lambda entry: not entry[2])]


def to_identity_map(identities: tuple[Identity, ...]) -> dict[str, list[dict[str, Any]]]:
    """Answer the XDM identityMap of ``identities``, of which the first is the primary one."""
    result: dict[str, list[dict[str, Any]]] = {}
    for position, identity in enumerate(identities):
        result.setdefault(identity.namespace, []).append({"id": identity.id, "primary": position == 0})
    return result
