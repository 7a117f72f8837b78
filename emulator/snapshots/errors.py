"""What is wrong with a snapshot, and where."""

from __future__ import annotations

from emulator.schema_faults import pointer_to


class SnapshotError(ValueError):
    """A snapshot that cannot be taken or put back; nothing has changed. The message says what would be right."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self._path: list[str] = []

    def __str__(self) -> str:
        return f"{self.pointer}: {self.message}" if self._path else self.message

    @property
    def pointer(self) -> str:
        """Where in the document (RFC 6901); empty for the whole, and for a snapshot in memory."""
        return pointer_to(reversed(self._path))

    def within(self, member: str | int) -> SnapshotError:
        """Answer this error, found inside ``member`` of what encloses it."""
        self._path.append(str(member))
        return self
