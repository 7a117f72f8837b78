"""The Flask application: a rule for every row of the table, the control plane, and JSON for all that goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial
from string import punctuation
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from flask import Flask, current_app, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, InternalServerError, NotFound, NotImplemented
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from emulator.resources.refusals import Refusal, defect
from emulator.web import access, control
from emulator.web.control_calls import ControlError
from emulator.web.operations import OPERATIONS, Operation
from emulator.web.page import entrance, routes
from emulator.web.pipeline import answer
from emulator.web.problems import reply_to
from emulator.web.writing import Written, write

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from emulator.universes import Universes

    _View = Callable[[Request, Mapping[str, str]], Written]

#: Method and path of a route; variables of the path stand in angle brackets.
Route = tuple[str, str]

#: The methods of RFC 9110 section 9.3, and PATCH (RFC 5789). They are told apart by case.
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"))

#: Variables as the OpenAPI document writes them.
_BRACES = str.maketrans("<>", "{}")


def create_app(
    emulator: Universes | None = None,
    *,
    control_token: str | None = None,
    allowed_hosts: Iterable[str] = (),
) -> Flask:
    """Make the WSGI application of an emulator; without one, of the bundled data with settings from the environment.

    With a ``control_token`` whoever calls the control plane shows it; without one it answers this machine alone.
    ``allowed_hosts`` are further names by which it may be called. Both come from the environment, too, where no
    emulator is given. Raises ``ValueError`` for a token or a host that is none.
    """
    if emulator is None:
        from os import environ

        from emulator.settings import ENVIRONMENT_PREFIX, from_environment
        from emulator.simulation.clock import wall_clock_ms
        from emulator.universes import Universes

        emulator = Universes(start=wall_clock_ms(), rate=1, settings=from_environment(environ))
        control_token = control_token or environ.get(f"{ENVIRONMENT_PREFIX}CONTROL_TOKEN")
        allowed_hosts = allowed_hosts or environ.get(f"{ENVIRONMENT_PREFIX}ALLOWED_HOST", "").split()
    operations: dict[Route, _View] = {_route(each): partial(answer, emulator, each) for each in OPERATIONS}
    views: dict[Route, Callable[..., Response]] = {
        **control.views(emulator),
        **routes.views(emulator),
        ("GET", "/openapi.json"): _openapi,
    }
    app = _Application("emulator", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = emulator.settings.max_body_bytes
    app.extensions["emulator"] = emulator
    app.url_map = _url_map((*operations, *views))
    app.view_functions = {" ".join(route): view for route, view in views.items()}
    app.access = access.accepting(control_token, allowed_hosts)
    app.operations = {" ".join(route): view for route, view in operations.items()}
    app.match = lru_cache(maxsize=512)(app.url_map.bind("").match)  # a poll asks for one path again and again
    app.register_error_handler(HTTPException, lambda error: _refuse(emulator, error))
    return app


class _Application(Flask):
    """A Flask application that answers operations without Flask's contexts, which they have no use for.

    The contexts would be a good part of the cost of such a request. All the rest goes Flask's way: control plane,
    unknown paths, errors.
    """

    access: access.Access
    operations: Mapping[str, _View]
    match: Callable[[str, str], tuple[str, Mapping[str, str]]]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer whoever calls from outside: the control plane has a door. The page looks from behind it."""
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():  # bytes that should have been percent-encoded, of which not all are UTF-8
            environ["QUERY_STRING"] = quote(query, safe=punctuation, encoding="latin-1")
        if environ.get("PATH_INFO", "").startswith(control.PREFIX):
            request = Request(environ)
            try:
                self.access.check(request)
            except ControlError as error:
                response = entrance.answer(request, self.access) if error.status == 401 else None
                return (response or error.response())(environ, start_response)
        return self.wsgi_app(environ, start_response)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in METHODS:
            return self._refuse(NotImplemented(), environ)(environ, start_response)
        if environ.get("PATH_INFO", "").startswith("//"):  # the router would make one slash of them
            return self._refuse(NotFound(), environ)(environ, start_response)
        try:
            path = environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace")
            endpoint, arguments = self.match(path, environ["REQUEST_METHOD"])
        except HTTPException:
            return super().wsgi_app(environ, start_response)
        operation = self.operations.get(endpoint)
        if operation is None:
            return super().wsgi_app(environ, start_response)
        request = Request(environ, populate_request=False)  # else each would hold the other until they are collected
        request.max_content_length = self.config["MAX_CONTENT_LENGTH"]
        response: Response | Written
        try:
            response = operation(request, arguments)
        except ClientDisconnected:  # the body broke off: nothing was asked, nothing is journaled
            refusal = Refusal(400, "The body ended before its length.")
            now = self.extensions["emulator"].now()
            response = write(reply_to(refusal, request.path, "none"), now, "none")
        except HTTPException as error:
            response = self._refuse(error, environ)
        except Exception as error:
            with self.request_context(environ):
                response = cast("Response", self.handle_exception(error))
        return response(environ, start_response)

    def _refuse(self, error: HTTPException, environ: WSGIEnvironment) -> Response | Written:
        with self.request_context(environ):
            return _refuse(self.extensions["emulator"], error)


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


def _openapi() -> Response:
    from emulator.web.openapi.document import document

    return Response(json.dumps(document()), content_type="application/json")


def _refuse(emulator: Universes, error: HTTPException) -> Response | Written:
    """Answer what Flask itself refuses: unknown paths and methods, bodies that are too large; and our own defects."""
    status = error.code or 500
    methods = sorted(getattr(error, "valid_methods", None) or ())
    refusal = Refusal(status, _reason(error, status, methods))
    if request.path.startswith(control.PREFIX):
        response: Response | Written = ControlError(status, refusal.reasons[0]).response()
    else:
        response = answer(emulator, refusal, request, {})
    if status == 405:
        response.headers["Allow"] = ", ".join(methods)
    return response


def _reason(error: HTTPException, status: int, methods: list[str]) -> str:
    if status == 404:
        if request.path == "/":
            return f"No operation at /; the page is at {control.PREFIX}/, the OpenAPI document at /openapi.json."
        like = _control_path_like(request.path) if request.path.startswith(control.PREFIX) else None
        return f"No operation at {request.path}" + (f"; did you mean {like}?" if like else ".")
    if status == 405:
        there = ", ".join(each for each in methods if each not in ("HEAD", "OPTIONS"))
        return f"{request.method} is not an operation of {request.path}; there is {there}."
    if isinstance(error, NotImplemented):
        return f"{request.environ['REQUEST_METHOD'][:40]!r} is no method here; methods are in capitals: GET, POST, ..."
    if status == 413:
        return f"The body is larger than {request.max_content_length} bytes."
    if isinstance(error, InternalServerError):
        return defect(error.original_exception or error)
    return f"The request cannot be read: {HTTP_STATUS_CODES.get(status, error.name)}."


def _control_path_like(path: str) -> str | None:
    from emulator.web.resemblance import path_like

    page = f"{control.PREFIX}/"
    routes = (rule.rule for rule in current_app.url_map.iter_rules())
    return path_like(path, (each.translate(_BRACES) for each in routes if each.startswith(page) and each != page))
