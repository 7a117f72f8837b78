"""A call of the control plane: whom it is about, what it brings, and how it is refused where that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import current_app, request
from werkzeug.wrappers import Response

from emulator import settings
from emulator.schema_faults import meant
from emulator.simulation.instants import format_instant, parse_instant
from emulator.web import gateway
from emulator.web.json_body import parse_json, read_body

if TYPE_CHECKING:
    from emulator.resources.space import Space
    from emulator.universes import Universes
    from emulator.world import World

#: What answers a call: the emulator and the variables of the path in, a JSON-able object or JSON text out.
View = Callable[..., dict[str, Any] | str]

#: Path and method of a call, its view, and the parameters of the query string that it knows besides ``org``.
Route = tuple[str, str, View, *tuple[str, ...]]


class ControlError(Exception):
    """A control call that is not carried out: the status and a message that says what would be right."""

    def __init__(self, status: int, message: str, **where: Any) -> None:
        super().__init__(message)
        self.status = status
        self.told = {"message": message, **where}

    def response(self) -> Response:
        """Answer what the caller is told."""
        response = Response(json.dumps({"error": self.told}), self.status, content_type="application/json")
        if self.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="control plane"'
        return response


def org() -> str | None:
    """Answer the organisation that the call names by header or by ``?org=``; None where it names none."""
    return _named("x-gw-ims-org-id", "org", "organisations")


def _named(header: str, parameter: str, several: str) -> str | None:
    in_header, in_query = request.headers.get(header), request.args.get(parameter)
    if in_header and in_query and in_header != in_query:
        raise ControlError(400, f"the header {header} and ?{parameter}= name two {several}; name one")
    return in_header or in_query or None


def worlds(emulator: Universes) -> list[World]:
    """Answer the worlds that a look is at, the template's first where it names no organisation.

    One that has not called yet is what the template is now; a look makes none.
    """
    name = org()
    if name is None:
        return emulator.worlds()
    if name in emulator.known_orgs():
        return [emulator.world(name)]
    template = emulator.template
    with template.lock:
        return [template.fork(name)]


def space_of(world: World, now: int) -> Space:
    """Answer the sandbox that a call names by header or by ``?sandbox=``; a look makes none."""
    name = _named("x-sandbox-name", "sandbox", "sandboxes") or gateway.DEFAULT_SANDBOX
    if name not in world.spaces:
        raise ControlError(404, f"there is no sandbox `{name[:80]}`; there are {', '.join(world.spaces)}")
    return world.space(name, now)


def in_sandbox(question: Callable[..., dict[str, Any]]) -> View:
    """Answer the view that asks ``question`` of the sandbox that the call names (``Space``) at its now (epoch ms)."""

    def view(emulator: Universes, **arguments: str) -> dict[str, Any]:
        world = worlds(emulator)[0]
        with world.lock:
            now = world.glance()
            return question(space_of(world, now), now, **arguments)

    return view


def reading(world: World) -> str:
    """Answer what the clock of a world reads, as an instant on the wire."""
    with world.lock:
        return format_instant(world.glance())


def clock(emulator: Universes) -> dict[str, Any]:
    """Answer the clock that the call is about."""
    world = worlds(emulator)[0]
    rate = world.clock.rate
    return {"now": reading(world), "rate": int(rate) if rate == int(rate) else rate}


def body() -> dict[str, Any]:
    """Answer the JSON object that the call brings. Raises ``ControlError`` and ``Refusal`` (400)."""
    value, _ = parse_json(read_body(request, current_app.config["MAX_CONTENT_LENGTH"]), tolerant=False, max_depth=200)
    if not isinstance(value, dict):
        raise ControlError(400, "the body has to be a JSON object")
    return value


def refuse_others(names: Iterable[str], *known: str, kind: str = "member") -> None:
    """Raise ``ControlError`` (400) for a name that is none of ``known``."""
    for name in names:
        if name not in known:
            raise ControlError(400, f"no {kind} `{name[:80]}` here; {meant(name, known)}")


def instant_member(body: Mapping[str, Any], name: str) -> int:
    """Answer a member that is an RFC 3339 instant, as epoch ms. Raises ``ControlError`` (400)."""
    value = body[name]
    try:
        return parse_instant(value if isinstance(value, str) else str(value))
    except ValueError as error:
        raise ControlError(400, f"`{name}`: {error}") from None


def instant(name: str) -> int | None:
    """Answer an instant of the query string as epoch ms, None when it is absent or empty. Raises ``ControlError``."""
    return instant_member(request.args, name) if request.args.get(name) else None


def whole_number(name: str, least: int = 0, most: int | None = None) -> int | None:
    """Answer a parameter of the query string, None when it is absent or empty. Raises ``ControlError`` (400)."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        return settings.whole_number(text, least, most)
    except ValueError as error:
        raise ControlError(400, f"`{name}` is {error}") from None
