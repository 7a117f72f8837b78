"""A state in a file: written whole or not at all, so that whatever stops a write leaves the state before it."""

from __future__ import annotations

import os
from pathlib import Path

from emulator.snapshots.errors import SnapshotError
from emulator.snapshots.held import Snapshot


def read(file: Path) -> Snapshot | None:
    """Answer the state that a file holds; None where there is no file.

    Raises ``SnapshotError`` for what was cut, is no state of all organisations, or was written by a version that this
    one does not know; ``OSError`` for what cannot be read, and for a folder to which nothing could be written later.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        if not os.access(file.parent, os.W_OK):
            raise
        return None
    if not content.strip():
        raise SnapshotError("the file is empty")
    state = Snapshot.from_json(content)
    state.whole()
    return state


def write(state: Snapshot, file: Path) -> None:
    """Write a state beside ``file``, to the disk, and put it in the place of ``file``. Raises ``OSError``."""
    file = file.resolve()  # a link stays one
    beside = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with beside.open("w", encoding="ascii") as stream:
            stream.write(state.to_json())
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where folders can be opened."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
