"""The Flask application: a rule for every row of the table, the control plane, and JSON for all that goes wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map
from werkzeug.wrappers import Response

from emulator.resources.refusals import Refusal
from emulator.web import control
from emulator.web.operations import OPERATIONS, Operation
from emulator.web.pipeline import answer

if TYPE_CHECKING:
    from emulator.universes import Universes


class _Paths(Map):
    """Both forms of a path answer directly: with a trailing slash and without; nothing is redirected."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            *args, **{**kwargs, "strict_slashes": False, "merge_slashes": False, "redirect_defaults": False}
        )


class _Application(Flask):
    url_map_class = _Paths


def create_app(emulator: Universes | None = None) -> Flask:
    """Make the WSGI application of an emulator; without one, of the bundled data with settings from the environment."""
    if emulator is None:
        from os import environ

        from emulator.settings import from_environment
        from emulator.simulation.clock import wall_clock_ms
        from emulator.universes import Universes

        emulator = Universes(start=wall_clock_ms(), rate=1, settings=from_environment(environ))
    app = _Application("emulator", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = emulator.settings.max_body_bytes
    app.extensions["emulator"] = emulator
    for operation in OPERATIONS:
        app.add_url_rule(
            operation.path.replace("{schemaId}", "<path:schemaId>").replace("{", "<").replace("}", ">"),
            endpoint=f"{operation.method} {operation.path}",
            view_func=_view(emulator, operation),
            methods=[operation.method],
            provide_automatic_options=False,
        )
    control.register(app, emulator)
    app.add_url_rule("/openapi.json", view_func=_openapi, methods=["GET"], provide_automatic_options=False)
    app.register_error_handler(HTTPException, lambda error: _refuse(emulator, error))
    return app


def _view(emulator: Universes, operation: Operation) -> Any:
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
