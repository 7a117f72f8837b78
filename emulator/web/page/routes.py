"""The page's routes: panels, static files, and the headers that each answer carries."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from hashlib import blake2b
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import current_app, request
from werkzeug.wrappers import Response

from emulator.resources.refusals import Refusal
from emulator.version import __version__
from emulator.web.gateway import DEFAULT_SANDBOX

if TYPE_CHECKING:
    from jinja2 import Environment

    from emulator.universes import Universes
    from emulator.world import World

#: The organisation that a visitor sees first when nobody has called yet.
DEFAULT_ORG = "DEMO@AdobeOrg"

#: Scripts and styles from here only, nothing inline, no other host, no frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

#: What every answer of the page carries.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def views(emulator: Universes) -> dict[tuple[str, str], Callable[..., Response]]:
    """Answer the views of the page by method and path."""
    panel = partial(_page, emulator)
    return {
        ("GET", "/_emulator/"): panel,
        ("GET", "/_emulator/ui/<name>"): panel,
        ("GET", "/_emulator/static/<name>"): _static,
    }


def _static(name: str) -> Response:
    from emulator.web.page import assets

    if name not in assets.names():
        return _answer("There is no such file.\n", 404, "text/plain; charset=utf-8")
    content = assets.content(name)
    response = _answer(content, 200, assets.TYPES[PurePath(name).suffix])
    response.set_etag(blake2b(content, digest_size=12).hexdigest(), weak=True)  # the same for the packed form
    return response.make_conditional(request.environ)


def _page(emulator: Universes, name: str = "overview") -> Response:
    from emulator.web.page.look import Look
    from emulator.web.page.panels import BY_NAME, PANELS

    org = request.args.get("org") or _latest(emulator) or DEFAULT_ORG
    sandbox = request.args.get("sandbox") or DEFAULT_SANDBOX
    panel = BY_NAME.get(name)
    frame: dict[str, Any] = {
        "panels": PANELS,
        "panel": panel,
        "org": org,
        "orgs": [],
        "sandbox": sandbox,
        "sandboxes": [sandbox],
        "url": _urls(org, sandbox),
        "base": request.host_url.rstrip("/"),
        "version": __version__,
    }
    if panel is None:
        return _trouble(frame, 404, f"There is no panel named {name}.")
    if not _can_be_sent(org) or not _can_be_sent(sandbox):
        return _trouble(frame, 400, "Organisation and sandbox are named by headers: printable Latin-1 characters.")
    try:
        world = emulator.world(org)
        with world.lock:
            frame |= _place(world)
        frame["orgs"] = sorted(emulator.known_orgs())
        look = Look(current_app.wsgi_app, org, sandbox, frame["now"])
        if sandbox not in frame["sandboxes"]:
            return _trouble(frame, 404, f"The organisation {org} has no sandbox {sandbox}.")
        frame["overview"] = look.get("/_emulator/overview")
        content = panel.read(look, request.args)
    except Refusal as error:
        return _trouble(frame, error.status, error.reasons[-1])
    return _answer(templates().get_template(f"{panel.name}.html").render(**frame, **content))


def _place(world: World) -> dict[str, Any]:
    """Answer what the clock reads, which sandboxes there are, and which settings the scripts have to know."""
    now = world.glance()
    sandboxes = [name for name, space in world.spaces.items() if space.sandbox.state == "active"]
    return {
        "now": now,
        "rate": world.clock.rate,
        "sandboxes": sandboxes,
        "ups_start": world.settings.ups_start,
        "strict_auth": world.settings.strict_auth,
    }


def _latest(emulator: Universes) -> str | None:
    """Answer the organisation that called last, None when nobody has: a visitor most likely wants to see that one."""
    last, org = max((world.journal.last_number, world.org) for world in emulator.worlds())
    return org if last else None


def _can_be_sent(text: str) -> bool:
    return text.isprintable() and text.strip() == text and all(ord(each) < 256 for each in text)


def _urls(org: str, sandbox: str) -> Callable[..., str]:
    """Answer a function that writes the URL of a panel in this place, with what else is to be in its query string."""

    def url(path: str, **query: object) -> str:
        return f"{path}?{urlencode({'org': org, 'sandbox': sandbox, **query})}"

    return url


@cache
def templates() -> Environment:
    """Answer the templates of the page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from emulator.web.page.wording import FILTERS

    loader = PackageLoader(__package__)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(FILTERS)
    return environment


def _trouble(frame: Mapping[str, Any], status: int, message: str) -> Response:
    text = templates().get_template("trouble.html").render(**frame, status=status, message=message)
    return _answer(text, status)


def _answer(content: str | bytes, status: int = 200, content_type: str = "text/html; charset=utf-8") -> Response:
    sent = content.encode() if isinstance(content, str) else content
    compressed = request.accept_encodings["gzip"] > 0
    response = Response(_compressed(sent) if compressed else sent, status, headers=HEADERS, content_type=content_type)
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    return response


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    return zlib.compress(content, wbits=31)  # with the header and trailer of gzip
