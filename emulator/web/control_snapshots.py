"""Snapshots on the control plane: named ones in memory, and the whole state as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from emulator.simulation.instants import format_instant
from emulator.snapshots import Snapshot
from emulator.snapshots.held import hold
from emulator.web.control_calls import ControlError, clock, org, worlds
from emulator.web.json_body import read_body

if TYPE_CHECKING:
    from emulator.universes import Universes

#: The largest document that is put back, in bytes: 64 MiB.
MAX_DOCUMENT = 64 * 1024 * 1024


def document(emulator: Universes) -> str:
    """Answer the whole state as one document, of format 1."""
    name = org()
    state = emulator.snapshot() if name is None else Snapshot(None, {name: hold(worlds(emulator)[0])})
    return state.to_json()


def put_document(emulator: Universes) -> dict[str, Any]:
    """Put a state back, from its document."""
    try:
        raw = read_body(request, MAX_DOCUMENT)
    except RequestEntityTooLarge:
        raise ControlError(413, f"the document is larger than {MAX_DOCUMENT} bytes") from None
    emulator.restore(Snapshot.from_json(raw), org())
    return clock(emulator)


def names(emulator: Universes) -> dict[str, Any]:
    """Answer the snapshots kept in memory, oldest first."""
    held = emulator.named_snapshots.of(org())
    return {"snapshots": [_to_wire(name, snapshot) for name, snapshot in held.items()]}


def take(emulator: Universes, name: str) -> dict[str, Any]:
    """Keep the state as it is now under a name."""
    snapshot = emulator.snapshot(org())
    emulator.named_snapshots.keep(org(), name, snapshot)
    return _to_wire(name, snapshot)


def forget(emulator: Universes, name: str) -> dict[str, Any]:
    """Forget a snapshot."""
    emulator.named_snapshots.remove(org(), name)
    return names(emulator)


def restore(emulator: Universes, name: str) -> dict[str, Any]:
    """Put a state back."""
    emulator.restore(_find(emulator, name), org())
    return clock(emulator)


def diff(emulator: Universes, name: str) -> dict[str, Any]:
    """Answer what was created, changed and deleted since."""
    return {**emulator.changes_since(_find(emulator, name), org())}


def _find(emulator: Universes, name: str) -> Snapshot:
    return emulator.named_snapshots.find(org(), name)


def _to_wire(name: str, snapshot: Snapshot) -> dict[str, Any]:
    """Answer a name with the reading and rate of the clock: the template's, or that of the one organisation."""
    held = snapshot.template or next(iter(snapshot.orgs.values()))
    return {"name": name, "now": format_instant(held.clock.now), "rate": held.clock.rate}
