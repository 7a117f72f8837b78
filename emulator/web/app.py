"""The Flask application: a rule for every row of the table, the control plane, and JSON for all that goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from emulator.resources.refusals import Refusal
from emulator.web import control
from emulator.web.operations import OPERATIONS, Operation
from emulator.web.pipeline import answer

if TYPE_CHECKING:
    from emulator.universes import Universes


#: Method and path of a route; variables of the path stand in angle brackets.
Route = tuple[str, str]


def create_app(emulator: Universes | None = None) -> Flask:
    """Make the WSGI application of an emulator; without one, of the bundled data with settings from the environment."""
    if emulator is None:
        from os import environ

        from emulator.settings import from_environment
        from emulator.simulation.clock import wall_clock_ms
        from emulator.universes import Universes

        emulator = Universes(start=wall_clock_ms(), rate=1, settings=from_environment(environ))
    views: dict[Route, Callable[..., Response]] = {
        **{_route(operation): _view(emulator, operation) for operation in OPERATIONS},
        **control.views(emulator),
        ("GET", "/openapi.json"): _openapi,
    }
    app = Flask("emulator", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = emulator.settings.max_body_bytes
    app.extensions["emulator"] = emulator
    app.url_map = _url_map(tuple(views))
    app.view_functions = {" ".join(route): view for route, view in views.items()}
    app.register_error_handler(HTTPException, lambda error: _refuse(emulator, error))
    return app


class _Route(Rule):
    """A rule that is matched and never built into a URL; preparing for that costs most of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _not_built


def _not_built(*_: object, **__: object) -> tuple[str, str]:
    raise LookupError("links are written where they are shown, not built from routes")


@cache
def _url_map(routes: tuple[Route, ...]) -> Map:
    """Answer the map of all routes, made once: making it costs more than all the rest of an application.

    Both forms of a path answer directly, with a trailing slash and without; nothing is redirected.
    """
    rules = [_Route(path, endpoint=f"{method} {path}", methods=[method]) for method, path in routes]
    return Map(rules, strict_slashes=False, merge_slashes=False, redirect_defaults=False)


def _route(operation: Operation) -> Route:
    path = operation.path.replace("{schemaId}", "<path:schemaId>")
    return operation.method, path.replace("{", "<").replace("}", ">")


def _view(emulator: Universes, operation: Operation) -> Callable[..., Response]:
    def view(**arguments: str) -> Response:
        return answer(emulator, request, operation, arguments)

    return view


def _openapi() -> Response:
    from emulator.web.openapi.document import document

    return Response(json.dumps(document()), content_type="application/json")


def _refuse(emulator: Universes, error: HTTPException) -> Response:
    """Answer what Flask itself refuses: unknown paths and methods, bodies that are too large."""
    status = error.code or 500
    if status == 404:
        refusal = Refusal(404, f"No operation at {request.path}.")
    elif status == 405:
        methods = ", ".join(sorted(set(getattr(error, "valid_methods", None) or ()) - {"HEAD", "OPTIONS"}))
        refusal = Refusal(405, f"{request.method} is not an operation of {request.path}; there is {methods}.")
    else:
        refusal = Refusal(status, error.description or error.name)
    if request.path.startswith(control.PREFIX):
        body = json.dumps({"error": {"message": refusal.reasons[0]}})
        response = Response(body, status, content_type="application/json")
    else:
        response = answer(emulator, request, refusal, {})
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response
