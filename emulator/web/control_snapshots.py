"""Snapshots on the control plane: named ones in memory, and the whole state as one document."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import request
from msgspec import Struct
from werkzeug.exceptions import RequestEntityTooLarge

from emulator.simulation.instants import format_instant
from emulator.snapshots import Snapshot
from emulator.snapshots.held import hold
from emulator.web.control_errors import ControlError, Route
from emulator.web.json_body import read_body

if TYPE_CHECKING:
    from emulator.universes import Universes
    from emulator.world import World

#: The largest document that is put back, in bytes: 64 MiB.
MAX_DOCUMENT = 64 * 1024 * 1024


def routes(
    emulator: Universes,
    org: Callable[[], str | None],
    worlds: Callable[[], list[World]],
    clock: Callable[[], dict[str, Any]],
) -> list[Route]:
    """Answer path, method and view of each call.

    ``org`` answers whom a call is about, ``worlds`` what a look is at, ``clock`` that one's clock.
    """
    plane = _Snapshots(emulator, org, worlds, clock)
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
    org: Callable[[], str | None]
    worlds: Callable[[], list[World]]
    clock: Callable[[], dict[str, Any]]

    def document(self) -> str:
        org = self.org()
        state = self.emulator.snapshot() if org is None else Snapshot(None, {org: hold(self.worlds()[0])})
        return state.to_json()

    def put_document(self) -> dict[str, Any]:
        try:
            raw = read_body(request, MAX_DOCUMENT)
        except RequestEntityTooLarge:
            raise ControlError(413, f"the document is larger than {MAX_DOCUMENT} bytes") from None
        self.emulator.restore(Snapshot.from_json(raw), self.org())
        return self.clock()

    def names(self) -> dict[str, Any]:
        held = self.emulator.named_snapshots.of(self.org())
        return {"snapshots": [_to_wire(name, snapshot) for name, snapshot in held.items()]}

    def take(self, name: str) -> dict[str, Any]:
        snapshot = self.emulator.snapshot(self.org())
        self.emulator.named_snapshots.keep(self.org(), name, snapshot)
        return _to_wire(name, snapshot)

    def forget(self, name: str) -> dict[str, Any]:
        self.emulator.named_snapshots.remove(self.org(), name)
        return self.names()

    def restore(self, name: str) -> dict[str, Any]:
        self.emulator.restore(self._find(name), self.org())
        return self.clock()

    def diff(self, name: str) -> dict[str, Any]:
        return {**self.emulator.changes_since(self._find(name), self.org())}

    def _find(self, name: str) -> Snapshot:
        return self.emulator.named_snapshots.find(self.org(), name)


def _to_wire(name: str, snapshot: Snapshot) -> dict[str, Any]:
    """Answer a name with the reading and rate of the clock: the template's, or that of the one organisation."""
    held = snapshot.template or next(iter(snapshot.orgs.values()))
    return {"name": name, "now": format_instant(held.clock.now), "rate": held.clock.rate}
