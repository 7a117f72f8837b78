"""The Flask application: a rule for every row of the table, the control plane, and JSON for all that goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from emulator.resources.refusals import Refusal
from emulator.web import control
from emulator.web.operations import OPERATIONS, Operation
from emulator.web.page import routes
from emulator.web.pipeline import answer
from emulator.web.writing import Written

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from werkzeug.routing import MapAdapter

    from emulator.universes import Universes

    _View = Callable[[Request, Mapping[str, str]], Written]


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
    operations = {_route(operation): _view(emulator, operation) for operation in OPERATIONS}
    views: dict[Route, Callable[..., Response | Written]] = {
        **{route: partial(_of_flask, view) for route, view in operations.items()},
        **control.views(emulator),
        **routes.views(emulator),
        ("GET", "/openapi.json"): _openapi,
    }
    app = _Application("emulator", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = emulator.settings.max_body_bytes
    app.extensions["emulator"] = emulator
    app.url_map = _url_map(tuple(views))
    app.view_functions = {" ".join(route): view for route, view in views.items()}
    app.operations = {" ".join(route): view for route, view in operations.items()}
    app.paths = app.url_map.bind("")
    app.register_error_handler(HTTPException, lambda error: _refuse(emulator, error))
    return app


class _Application(Flask):
    """A Flask application that answers operations without Flask's contexts, which they have no use for.

    The contexts cost a quarter of such a request. All the rest goes Flask's way: control plane, unknown paths, errors.
    """

    operations: Mapping[str, _View]
    paths: MapAdapter

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            path = environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace")
            endpoint, arguments = self.paths.match(path, environ["REQUEST_METHOD"])
        except HTTPException:
            return super().wsgi_app(environ, start_response)
        operation = self.operations.get(endpoint)
        if operation is None:
            return super().wsgi_app(environ, start_response)
        request = Request(environ)
        request.max_content_length = self.config["MAX_CONTENT_LENGTH"]
        response: Response | Written
        try:
            response = operation(request, arguments)
        except Exception as error:
            with self.request_context(environ):
                response = self.handle_exception(error)
        return response(environ, start_response)


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


def _view(emulator: Universes, operation: Operation) -> _View:
    def view(request: Request, arguments: Mapping[str, str]) -> Written:
        return answer(emulator, request, operation, arguments)

    return view


def _of_flask(view: _View, **arguments: str) -> Written:
    return view(request, arguments)


def _openapi() -> Response:
    from emulator.web.openapi.document import document

    return Response(json.dumps(document()), content_type="application/json")


def _refuse(emulator: Universes, error: HTTPException) -> Response | Written:
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
        response: Response | Written = Response(body, status, content_type="application/json")
    else:
        response = answer(emulator, request, refusal, {})
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response
