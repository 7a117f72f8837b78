"""Conditional requests: entity tags, ``If-Match`` and ``If-None-Match`` (RFC 9110, section 13)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from emulator.resources.refusals import Refusal
from emulator.web.exchange import Call


def etag_of(wire: Mapping[str, Any]) -> str:
    """Answer the strong entity tag of a representation: it changes whenever what a client sees does."""
    return f'"{blake2b(json.dumps(wire).encode(), digest_size=12).hexdigest()}"'


def is_named(header: str, etag: str) -> bool:
    """Answer whether ``etag`` is among the tags of a conditional header; ``*`` names them all."""
    return any(tag.strip().removeprefix("W/") in (etag, etag.strip('"'), "*") for tag in header.split(","))


def check_unchanged(call: Call, wire: Mapping[str, Any]) -> None:
    """Raise ``Refusal`` (412) when the object is not what ``If-Match`` names, or is what ``If-None-Match`` names."""
    etag = etag_of(wire)
    expected, refused = call.headers.get("If-Match"), call.headers.get("If-None-Match")
    if (expected and not is_named(expected, etag)) or (refused and is_named(refused, etag)):
        raise Refusal(412, f"The object is not the one that the request expects: its ETag is {etag}.")


def is_known(call: Call, etag: str) -> bool:
    """Answer whether the client has this representation already: 304."""
    header = call.headers.get("If-None-Match")
    return header is not None and is_named(header, etag)
