"""The journal on the control plane: read, counted and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from emulator.exchanges import Requests, Wanted
from emulator.settings import BY_NAME
from emulator.simulation.instants import format_instant
from emulator.web.control_calls import ControlError, instant, org, whole_number
from emulator.web.near_misses import near_miss

if TYPE_CHECKING:
    from emulator.universes import Universes

#: The parameters by which requests are counted, and those by which they are listed.
FILTERS = tuple(name for name in Wanted.__annotations__ if name != "org")
LISTED = ("limit", "before", "near_misses", *FILTERS)


def listed(emulator: Universes) -> dict[str, Any]:
    """Answer the journal, oldest first, as far as it passes every filter."""
    before, limit = whole_number("before"), whole_number("limit")
    kept = [each for each in _found(emulator) if before is None or each.ordinal < before]
    newest = kept if limit is None else kept[max(0, len(kept) - limit) :]
    found = [(each, each.to_wire()) for each in newest]
    if request.args.get("near_misses") == "true":
        for exchange, wire in found:
            wire["near_miss"] = near_miss(emulator, exchange)
    return {**_recording(emulator), "requests": [wire for _, wire in found]}


def _recording(emulator: Universes) -> dict[str, Any]:
    """Answer what a replay has to start with; of the settings those that differ from their defaults."""
    settings = {name: getattr(emulator.settings, name) for name in BY_NAME}
    return {
        "start": format_instant(emulator.template.clock.start),
        "seed": emulator.seed,
        "settings": {name: value for name, value in settings.items() if value != BY_NAME[name].default},
    }


def counted(emulator: Universes) -> dict[str, Any]:
    """Answer how many requests pass every filter."""
    return {"count": len(_found(emulator))}


def clear(emulator: Universes) -> dict[str, Any]:
    """Forget the journal."""
    for journal in emulator.journals(org()):
        journal.clear()
    return {"requests": []}


def _found(emulator: Universes) -> Requests:
    """Answer the requests that the query string asks for. Raises ``ControlError`` (400)."""
    name = org()
    wanted: dict[str, Any] = {each: request.args.get(each) or None for each in FILTERS}
    wanted |= {"org": name, "status": whole_number("status"), "since": instant("since")}
    known = name if name in emulator.known_orgs() else None
    try:
        return Requests(lambda: emulator.journals(known)).matching(**wanted)
    except ValueError as error:
        raise ControlError(400, str(error)) from None
