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
from emulator.resources.events import Event, Happening
from emulator.resources.refusals import Refusal
from emulator.simulation.clock import ClockError
from emulator.simulation.instants import format_instant, parse_duration
from emulator.snapshots import SnapshotError
from emulator.version import __version__
from emulator.web import control_requests as journal
from emulator.web import control_sandbox as sandbox
from emulator.web import control_snapshots as snapshots
from emulator.web import control_timeline as timeline
from emulator.web import control_tools as tools
from emulator.web.control_calls import (
    ControlError,
    Route,
    View,
    body,
    clock,
    in_sandbox,
    instant_member,
    org,
    reading,
    refuse_others,
    worlds,
)

if TYPE_CHECKING:
    from emulator.universe import Universe
    from emulator.universes import Universes

PREFIX = "/_emulator"

_CLOCK_MOVES = ("advance", "jump_to", "rate", "to_next_event", "until")


def views(emulator: Universes) -> dict[tuple[str, str], Callable[..., Response]]:
    """Answer the views of the control plane by method and path."""
    return {
        (method, PREFIX + path): _guarded(emulator, view, parameters) for path, method, view, *parameters in _ROUTES
    }


def _guarded(emulator: Universes, view: View, parameters: Iterable[str]) -> Callable[..., Response]:
    def answer(**arguments: str) -> Response:
        try:
            refuse_others(request.args, "org", *parameters, kind="query parameter")
            told = view(emulator, **arguments)
        except ControlError as error:
            return error.response()
        except Refusal as refusal:
            return ControlError(refusal.status, refusal.reasons[-1]).response()
        except (FaultError, SnapshotError) as error:
            return ControlError(400, str(error), pointer=error.pointer).response()
        except ClockError as error:
            return ControlError(400, str(error)).response()
        except FixtureError as error:
            faults = [{"file": each.file, "pointer": each.pointer, "message": each.message} for each in error.faults]
            return ControlError(400, str(error), faults=faults).response()
        return Response(told if isinstance(told, str) else json.dumps(told), content_type="application/json")

    return answer


def _rules(emulator: Universes) -> list[dict[str, Any]]:
    name = org()
    if name is None or name in emulator.known_orgs():
        return _universe(emulator).faults.rules()
    return Faults(lambda: nullcontext(worlds(emulator))).rules()


def _universe(emulator: Universes) -> Universes | Universe:
    name = org()
    return emulator if name is None else emulator.org(name)


def _health(emulator: Universes) -> dict[str, Any]:
    now = format_instant(emulator.now()) if org() is None else reading(worlds(emulator)[0])
    return {"status": "ok", "version": __version__, "now": now}


def _move_clock(emulator: Universes) -> dict[str, Any]:
    moves = body()
    refuse_others(moves, *_CLOCK_MOVES)
    if len(moves) != 1:
        raise ControlError(400, f"the body holds exactly one of {', '.join(_CLOCK_MOVES)}")
    happened = _move(emulator, *next(iter(moves.items())))
    told = [timeline.happening_to_wire(each, _where(each.org, each.event)) for each in happened]
    return {**clock(emulator), "events": told}


def _move(emulator: Universes, move: str, value: Any) -> list[Happening]:
    hands = _universe(emulator).clock
    if move == "rate":
        hands.set_rate(value)
        return []
    if move == "to_next_event":
        if value is not True:
            raise ControlError(400, "`to_next_event` is true")
        return hands.to_next_event()
    if move == "until":
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ControlError(400, "`until` is the id of a segment job, an export job, a preview or a query")
        return hands.run_until(value)
    if move == "jump_to":
        instant_member({"jump_to": value}, "jump_to")
        return hands.jump_to(value)
    return hands.advance_ms(_length(value))


def _agenda(emulator: Universes) -> dict[str, Any]:
    planned: list[tuple[int, str, Event]] = []
    for world in worlds(emulator):
        with world.lock:
            world.glance()
            planned.extend((at, world.org, event) for at, event in world.upcoming())
    planned.sort(key=lambda entry: entry[:2])
    return {"events": [timeline.event_to_wire(at, event, _where(org, event)) for at, org, event in planned]}


def _reset(emulator: Universes) -> dict[str, Any]:
    emulator.reset(org())
    return clock(emulator)


def _add_fixtures(emulator: Universes) -> dict[str, Any]:
    emulator.load(body(), org=org())
    return {"loaded": True}


def _faults(emulator: Universes) -> dict[str, Any]:
    return {"faults": _rules(emulator)}


def _add_fault(emulator: Universes) -> dict[str, Any]:
    return _fault(emulator, _universe(emulator).faults.add(body()))


def _fault(emulator: Universes, id: str) -> dict[str, Any]:
    for rule in _rules(emulator):
        if rule["id"] == id:
            return rule
    raise ControlError(404, f"there is no fault `{id}`")


def _remove_fault(emulator: Universes, id: str) -> dict[str, Any]:
    if not _universe(emulator).faults.remove(id):
        raise ControlError(404, f"there is no fault `{id}`")
    return _faults(emulator)


def _clear_faults(emulator: Universes) -> dict[str, Any]:
    _universe(emulator).faults.clear()
    return _faults(emulator)


def _length(value: Any) -> int:
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            raise ControlError(400, f"`advance`: {error}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise ControlError(400, "`advance` is a number of seconds or an ISO 8601 duration such as P1DT2H")
    return round(value * 1000)


def _where(org: str, event: Event) -> dict[str, str | None]:
    return {"org": org or None, "sandbox": event.sandbox}


#: Every call of the control plane.
_ROUTES: list[Route] = [
    ("/health", "GET", _health),
    ("/clock", "GET", clock),
    ("/clock", "POST", _move_clock),
    ("/agenda", "GET", _agenda),
    ("/reset", "POST", _reset),
    ("/fixtures", "POST", _add_fixtures),
    ("/faults", "GET", _faults),
    ("/faults", "POST", _add_fault),
    ("/faults", "DELETE", _clear_faults),
    ("/faults/<id>", "GET", _fault),
    ("/faults/<id>", "DELETE", _remove_fault),
    ("/requests", "GET", journal.listed, *journal.LISTED),
    ("/requests", "DELETE", journal.clear),
    ("/requests/count", "GET", journal.counted, *journal.FILTERS),
    ("/snapshot", "GET", snapshots.document),
    ("/snapshot", "PUT", snapshots.put_document),
    ("/snapshots", "GET", snapshots.names),
    ("/snapshots/<name>", "POST", snapshots.take),
    ("/snapshots/<name>", "DELETE", snapshots.forget),
    ("/snapshots/<name>/restore", "POST", snapshots.restore),
    ("/snapshots/<name>/diff", "GET", snapshots.diff),
    ("/orgs", "GET", timeline.orgs),
    ("/overview", "GET", timeline.overview, "sandbox"),
    ("/timeline", "GET", timeline.timeline, "sandbox", "from", "to", "limit"),
    ("/pql", "POST", tools.evaluate),
    ("/convert", "POST", tools.convert),
    ("/cron", "POST", tools.cron),
    ("/explain", "POST", in_sandbox(tools.explain)),
    ("/count", "POST", in_sandbox(sandbox.count)),
    ("/segments/runs", "GET", in_sandbox(sandbox.last_runs), "limit"),
    ("/segments/<id>/runs", "GET", in_sandbox(sandbox.runs), "limit"),
    ("/profiles", "GET", in_sandbox(sandbox.profiles), "search", "namespace", "mergePolicyId", "start", "limit"),
    ("/profile", "GET", in_sandbox(sandbox.profile), "namespace", "id", "mergePolicyId"),
    ("/files/<id>/rows", "GET", in_sandbox(sandbox.rows), "start", "limit"),
    ("/queries/<id>/rows", "GET", in_sandbox(sandbox.query_rows)),
]
