"""How the control plane refuses: a status and ``{"error": {"message": ...}}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.simulation.instants import parse_instant


class ControlError(Exception):
    """A control call that is not carried out: the status and a message that says what would be right."""

    def __init__(self, status: int, message: str, **where: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, **where}}


def instant_member(body: Mapping[str, Any], name: str) -> int:
    """Answer a member that is an RFC 3339 instant, as epoch ms. Raises ``ControlError`` (400)."""
    value = body[name]
    try:
        return parse_instant(value if isinstance(value, str) else str(value))
    except ValueError as error:
        raise ControlError(400, f"`{name}`: {error}") from None
