"""Snapshots by name: what the control plane keeps for its callers until the next reset."""

from __future__ import annotations

from threading import RLock

from emulator.resources.refusals import Refusal
from emulator.snapshots.held import Snapshot


class NamedSnapshots:
    """Snapshots of one organisation under that organisation's names, those of all under names of their own (None)."""

    def __init__(self) -> None:
        self._held: dict[str | None, dict[str, Snapshot]] = {}
        self._lock = RLock()

    def keep(self, org: str | None, name: str, snapshot: Snapshot) -> None:
        """Keep a snapshot; an older one of the name goes."""
        with self._lock:
            held = self._held.setdefault(org, {})
            held.pop(name, None)
            held[name] = snapshot

    def find(self, org: str | None, name: str) -> Snapshot:
        """Answer a snapshot. Raises ``Refusal`` (404)."""
        held = self.of(org)
        if name not in held:
            whose = "of all organisations" if org is None else f"of organisation {org}"
            others = f"there are {', '.join(held)}" if held else "there is none"
            raise Refusal(404, f"There is no snapshot `{name}` {whose}; {others}.")
        return held[name]

    def of(self, org: str | None) -> dict[str, Snapshot]:
        """Answer the snapshots by name, oldest first."""
        with self._lock:
            return dict(self._held.get(org, {}))

    def remove(self, org: str | None, name: str) -> None:
        """Forget a snapshot. Raises ``Refusal`` (404)."""
        self.find(org, name)
        with self._lock:
            self._held[org].pop(name, None)

    def clear(self, org: str | None) -> None:
        """Forget the snapshots of an organisation; with None all that there are."""
        with self._lock:
            if org is None:
                self._held.clear()
            else:
                self._held.pop(org, None)
