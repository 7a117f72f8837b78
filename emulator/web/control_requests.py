"""The journal on the control plane: read, counted and forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import request

from emulator.exchanges import Requests, Wanted
from emulator.web.control_errors import ControlError, instant_member
from emulator.web.near_misses import near_miss

if TYPE_CHECKING:
    from emulator.universes import Universes

Route = tuple[str, str, Callable[..., Any]]


def routes(emulator: Universes, org: Callable[[], str | None]) -> list[Route]:
    """Answer path, method and view of each call; ``org`` answers whom a call is about."""
    plane = _Requests(emulator, org)
    return [
        ("/requests", "GET", plane.listed),
        ("/requests", "DELETE", plane.clear),
        ("/requests/count", "GET", plane.counted),
    ]


class _Requests:
    def __init__(self, emulator: Universes, org: Callable[[], str | None]) -> None:
        self.emulator = emulator
        self.org = org

    def listed(self) -> dict[str, Any]:
        before, limit = _number("before"), _number("limit")
        kept = [each for each in self._found() if before is None or each.ordinal < before]
        newest = kept if limit is None else kept[max(0, len(kept) - limit) :]
        found = [(each, each.to_wire()) for each in newest]
        if request.args.get("near_misses") == "true":
            for exchange, wire in found:
                wire["near_miss"] = near_miss(self.emulator, exchange)
        return {"requests": [wire for _, wire in found]}

    def counted(self) -> dict[str, Any]:
        return {"count": len(self._found())}

    def clear(self) -> dict[str, Any]:
        for journal in self.emulator.journals(self.org()):
            journal.clear()
        return {"requests": []}

    def _found(self) -> Requests:
        kept = Requests(lambda: self.emulator.journals(self.org()))
        return kept.matching(**_wanted())


def _number(name: str) -> int | None:
    text = request.args.get(name)
    if not text:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise ControlError(400, f"`{name}` is a number such as 100, not {text[:40]!r}")
    return int(text)


def _wanted() -> Wanted:
    """Answer what the query string asks for. Raises ``ControlError`` (400)."""
    asked = {name: value for name, value in request.args.items() if value}
    wanted: Wanted = {}
    for name in ("operation", "method", "path", "org", "sandbox"):
        if name in asked:
            wanted[name] = asked[name]
    status = _number("status")
    if status is not None:
        wanted["status"] = status
    if "since" in asked:
        wanted["since"] = instant_member(asked, "since")
    return wanted
