"""The page off loopback: it asks for the control token once, and the browser keeps it.

``?token=`` is answered with a cookie that no script reads and no other site sends along, and a redirect to the same
page without the token, so that it stays in no history entry that is shown and in no link that is copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from werkzeug.wrappers import Response

from emulator.web.access import COOKIE, wants_a_page

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from emulator.web.access import Access

_NAME = "token"


def answer(request: Request, access: Access) -> Response | None:
    """Answer a browser that has not shown the token yet; None for callers that are no browser."""
    if not wants_a_page(request):
        return None
    shown = request.args.get(_NAME)
    place = [(name, value) for name, value in request.args.items(multi=True) if name != _NAME]
    if shown is not None and access.is_token(shown):
        return _let_in(request, shown, f"{quote(request.path)}?{urlencode(place)}" if place else quote(request.path))
    from emulator.web.page.routes import HEADERS, templates

    text = templates().get_template("entrance.html").render(path=request.path, place=place, is_wrong=shown is not None)
    response = Response(text, 401, headers=HEADERS, content_type="text/html; charset=utf-8")
    response.headers["WWW-Authenticate"] = 'Bearer realm="control plane"'
    return response


def _let_in(request: Request, token: str, target: str) -> Response:
    response = Response("", 303, headers={"Location": target, "Cache-Control": "no-store"})
    response.autocorrect_location_header = False
    response.set_cookie(
        COOKIE, token, path="/_emulator", httponly=True, samesite="Strict", secure=request.scheme == "https"
    )
    return response
