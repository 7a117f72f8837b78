"""Snapshots on the control plane: named ones in memory, and the whole state as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from msgspec import Struct
from werkzeug.exceptions import RequestEntityTooLarge

from emulator.simulation.instants import format_instant
from emulator.snapshots import Snapshot
from emulator.snapshots.held import hold
from emulator.web.control_calls import ControlError, Route, clock, org, worlds
from emulator.web.json_body import read_body

if TYPE_CHECKING:
    from emulator.universes import Universes

#: The largest document that is put back, in bytes: 64 MiB.
MAX_DOCUMENT = 64 * 1024 * 1024


def routes(emulator: Universes) -> list[Route]:
    """Answer path, method and view of each call."""
    plane = _Snapshots(emulator)
    return [
        ("/snapshot", "GET", plane.document),
        ("/snapshot", "PUT", plane.put_document),
        ("/snapshots", "GET", plane.names),
        ("/snapshots/<name>", "POST", plane.take),
        ("/snapshots/<name>", "DELETE", plane.forget),
        ("/snapshots/<name>/restore", "POST", plane.restore),
        ("/snapshots/<name>/diff", "GET", plane.diff),
    ]


class _Snapshots(Struct):
    emulator: Universes

    def document(self) -> str:
        name = org()
        state = self.emulator.snapshot() if name is None else Snapshot(None, {name: hold(worlds(self.emulator)[0])})
        return state.to_json()

    def put_document(self) -> dict[str, Any]:
        try:
            raw = read_body(request, MAX_DOCUMENT)
        except RequestEntityTooLarge:
            raise ControlError(413, f"the document is larger than {MAX_DOCUMENT} bytes") from None
        self.emulator.restore(Snapshot.from_json(raw), org())
        return clock(self.emulator)

    def names(self) -> dict[str, Any]:
        held = self.emulator.named_snapshots.of(org())
        return {"snapshots": [_to_wire(name, snapshot) for name, snapshot in held.items()]}

    def take(self, name: str) -> dict[str, Any]:
        snapshot = self.emulator.snapshot(org())
        self.emulator.named_snapshots.keep(org(), name, snapshot)
        return _to_wire(name, snapshot)

    def forget(self, name: str) -> dict[str, Any]:
        self.emulator.named_snapshots.remove(org(), name)
        return self.names()

    def restore(self, name: str) -> dict[str, Any]:
        self.emulator.restore(self._find(name), org())
        return clock(self.emulator)

    def diff(self, name: str) -> dict[str, Any]:
        return {**self.emulator.changes_since(self._find(name), org())}

    def _find(self, name: str) -> Snapshot:
        return self.emulator.named_snapshots.find(org(), name)


def _to_wire(name: str, snapshot: Snapshot) -> dict[str, Any]:
    """Answer a name with the reading and rate of the clock: the template's, or that of the one organisation."""
    held = snapshot.template or next(iter(snapshot.orgs.values()))
    return {"name": name, "now": format_instant(held.clock.now), "rate": held.clock.rate}
