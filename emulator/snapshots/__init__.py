"""Snapshots: the whole state of the universes, held in memory or written as one JSON document, and back.

The state is the clock's reading and rate, the content of the sandboxes, the agenda, the fault rules and every counter.
The journal is not part of it: what was asked stays on record, whatever is put back.
"""

from emulator.snapshots.errors import SnapshotError
from emulator.snapshots.held import Snapshot

__all__ = ["Snapshot", "SnapshotError"]
