"""The control plane: /_emulator/... Time, reset, journal and tools, by the organisation that a call names.

Without one a call acts on every organisation there is and on the template that later ones fork from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.wrappers import Response

from emulator.faultbook import Faults
from emulator.faults.rules import FaultError
from emulator.fixtures import FixtureError
from emulator.resources import queries
from emulator.resources.events import Event, Happening
from emulator.resources.refusals import Refusal
from emulator.simulation.clock import ClockError
from emulator.simulation.instants import format_instant, parse_duration
from emulator.snapshots import SnapshotError
from emulator.version import __version__
from emulator.web import (
    control_calls,
    control_requests,
    control_sandbox,
    control_snapshots,
    control_timeline,
    control_tools,
)
from emulator.web.control_calls import (
    ControlError,
    Route,
    body,
    instant_member,
    org,
    reading,
    refuse_others,
    within,
    worlds,
)

if TYPE_CHECKING:
    from emulator.universe import Universe
    from emulator.universes import Universes

PREFIX = "/_emulator"

_CLOCK_MOVES = ("advance", "jump_to", "rate", "to_next_event", "until")


def views(emulator: Universes) -> dict[tuple[str, str], Callable[..., Response]]:
    """Answer the views of the control plane by method and path."""
    plane = _ControlPlane(emulator)
    routes: list[Route] = [
        ("/health", "GET", plane.health),
        ("/clock", "GET", plane.clock),
        ("/clock", "POST", plane.move_clock),
        ("/agenda", "GET", plane.agenda),
        ("/reset", "POST", plane.reset),
        ("/fixtures", "POST", plane.add_fixtures),
        ("/faults", "GET", plane.faults),
        ("/faults", "POST", plane.add_fault),
        ("/faults", "DELETE", plane.clear_faults),
        ("/faults/<id>", "GET", plane.fault),
        ("/faults/<id>", "DELETE", plane.remove_fault),
        ("/queries/<id>/rows", "GET", plane.query_rows),
        ("/pql", "POST", plane.pql),
        ("/convert", "POST", lambda: control_tools.convert(body())),
        ("/explain", "POST", plane.explain),
        ("/cron", "POST", plane.cron),
        *control_requests.routes(emulator),
        *control_snapshots.routes(emulator),
        *control_sandbox.routes(emulator),
        *control_timeline.routes(emulator),
    ]
    return {(method, PREFIX + path): _guarded(view, parameters) for path, method, view, *parameters in routes}


def _guarded(view: Callable[..., Any], parameters: Iterable[str]) -> Callable[..., Response]:
    def answer(**arguments: str) -> Response:
        try:
            refuse_others(request.args, "org", *parameters, kind="query parameter")
            status, body = 200, view(**arguments)
        except ControlError as error:
            status, body = error.status, error.body
        except Refusal as refusal:
            status, body = refusal.status, {"error": {"message": refusal.reasons[-1]}}
        except (FaultError, SnapshotError) as error:
            status, body = 400, {"error": {"message": str(error), "pointer": error.pointer}}
        except ClockError as error:
            status, body = 400, {"error": {"message": str(error)}}
        except FixtureError as error:
            faults = [{"file": each.file, "pointer": each.pointer, "message": each.message} for each in error.faults]
            status, body = 400, {"error": {"message": str(error), "faults": faults}}
        text = body if isinstance(body, str) else json.dumps(body)
        return Response(text, status, content_type="application/json")

    return answer


class _ControlPlane:
    def __init__(self, emulator: Universes) -> None:
        self.emulator = emulator

    def _rules(self) -> list[dict[str, Any]]:
        name = org()
        if name is None or name in self.emulator.known_orgs():
            return self._universe().faults.rules()
        return Faults(lambda: nullcontext(worlds(self.emulator))).rules()

    def _universe(self) -> Universes | Universe:
        name = org()
        return self.emulator if name is None else self.emulator.org(name)

    def health(self) -> dict[str, Any]:
        now = format_instant(self.emulator.now()) if org() is None else reading(worlds(self.emulator)[0])
        return {"status": "ok", "version": __version__, "now": now}

    def clock(self) -> dict[str, Any]:
        return control_calls.clock(self.emulator)

    def move_clock(self) -> dict[str, Any]:
        moves = body()
        refuse_others(moves, *_CLOCK_MOVES)
        if len(moves) != 1:
            raise ControlError(400, f"the body holds exactly one of {', '.join(_CLOCK_MOVES)}")
        happened = self._move(*next(iter(moves.items())))
        return {**self.clock(), "events": [_happening_to_wire(each) for each in happened]}

    def _move(self, move: str, value: Any) -> list[Happening]:
        clock = self._universe().clock
        if move == "rate":
            clock.set_rate(value)
            return []
        if move == "to_next_event":
            if value is not True:
                raise ControlError(400, "`to_next_event` is true")
            return clock.to_next_event()
        if move == "until":
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise ControlError(400, "`until` is the id of a segment job, an export job, a preview or a query")
            return clock.run_until(value)
        if move == "jump_to":
            instant_member({"jump_to": value}, "jump_to")
            return clock.jump_to(value)
        return clock.advance_ms(_length(value))

    def agenda(self) -> dict[str, Any]:
        planned: list[tuple[int, str, Event]] = []
        for world in worlds(self.emulator):
            with world.lock:
                world.glance()
                planned.extend((at, world.org, event) for at, event in world.planned())
        planned.sort(key=lambda entry: entry[:2])
        return {"events": [_event_to_wire(at, org, event) for at, org, event in planned]}

    def reset(self) -> dict[str, Any]:
        self.emulator.reset(org())
        return self.clock()

    def add_fixtures(self) -> dict[str, Any]:
        self.emulator.load(body(), org=org())
        return {"loaded": True}

    def faults(self) -> dict[str, Any]:
        return {"faults": self._rules()}

    def add_fault(self) -> dict[str, Any]:
        return self.fault(self._universe().faults.add(body()))

    def fault(self, id: str) -> dict[str, Any]:
        for rule in self._rules():
            if rule["id"] == id:
                return rule
        raise ControlError(404, f"there is no fault `{id}`")

    def remove_fault(self, id: str) -> dict[str, Any]:
        if not self._universe().faults.remove(id):
            raise ControlError(404, f"there is no fault `{id}`")
        return self.faults()

    def clear_faults(self) -> dict[str, Any]:
        self._universe().faults.clear()
        return self.faults()

    def query_rows(self, id: str) -> dict[str, Any]:
        return within(self.emulator, lambda space, now: {"rows": queries.rows(space, id, now)})

    def cron(self) -> dict[str, Any]:
        return control_tools.cron(body(), worlds(self.emulator)[0].clock.now())

    def pql(self) -> dict[str, Any]:
        return control_tools.evaluate(body(), worlds(self.emulator)[0].clock.now())

    def explain(self) -> dict[str, Any]:
        return within(self.emulator, lambda space, now: control_tools.explain(body(), space, now))


def _length(value: Any) -> int:
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            raise ControlError(400, f"`advance`: {error}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise ControlError(400, "`advance` is a number of seconds or an ISO 8601 duration such as P1DT2H")
    return round(value * 1000)


def _event_to_wire(at: int, org: str, event: Event) -> dict[str, Any]:
    return {
        "at": format_instant(at),
        "org": org or None,
        "sandbox": event.sandbox,
        "type": event.type,
        "id": event.id,
        "status": event.status,
    }


def _happening_to_wire(happening: Happening) -> dict[str, Any]:
    wire = _event_to_wire(happening.at, happening.org, happening.event)
    if happening.detail:
        wire["detail"] = happening.detail
    return wire
