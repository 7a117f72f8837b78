"""How the control plane refuses: a status and ``{"error": {"message": ...}}``; what is refused when it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from flask import request

from emulator import settings
from emulator.simulation.instants import parse_instant

#: Path and method of a call, its view, and the parameters of the query string that it knows besides ``org``.
Route = tuple[str, str, Callable[..., Any], *tuple[str, ...]]


class ControlError(Exception):
    """A control call that is not carried out: the status and a message that says what would be right."""

    def __init__(self, status: int, message: str, **where: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, **where}}


def refuse_others(names: Iterable[str], *known: str, kind: str = "member") -> None:
    """Raise ``ControlError`` (400) for a name that is none of ``known``."""
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(known)}"
            raise ControlError(400, f"no {kind} `{name[:80]}` here; {hint}")


def instant_member(body: Mapping[str, Any], name: str) -> int:
    """Answer a member that is an RFC 3339 instant, as epoch ms. Raises ``ControlError`` (400)."""
    value = body[name]
    try:
        return parse_instant(value if isinstance(value, str) else str(value))
    except ValueError as error:
        raise ControlError(400, f"`{name}`: {error}") from None


def whole_number(name: str, least: int = 0, most: int | None = None) -> int | None:
    """Answer a parameter of the query string, None when it is absent or empty. Raises ``ControlError`` (400)."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        return settings.whole_number(text, least, most)
    except ValueError as error:
        raise ControlError(400, f"`{name}` is {error}") from None
