"""Which application answers for a host: the interceptions that are active, and the names they stand in for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: The names of the platform, as a person reads them.
HOSTS = ("platform.adobe.io", "platform-{env}.adobe.io", "ims-na1.adobelogin.com", "ims-na1-stg1.adobelogin.com")

_HOST = re.compile(r"platform(-[a-z0-9]+)*\.adobe\.io|ims-na1(-stg1)?\.adobelogin\.com", re.IGNORECASE)


class Route(Struct, frozen=True, eq=False):
    """One active interception."""

    app: WSGIApplication
    allow_other_hosts: bool


class HostRefused(ConnectionRefusedError):
    """A request went to a host that is not the platform's, and the interception allows no others."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"emulator.intercept(allow_other_hosts=False) refuses a connection to {host}; it answers {', '.join(HOSTS)}"
        )


_routes: tuple[Route, ...] = ()


def open_route(route: Route) -> None:
    """Let a route go before all that are open. One caller at a time."""
    global _routes
    _routes = (*_routes, route)


def close_route(route: Route) -> None:
    """Take a route away, wherever it stands. One caller at a time."""
    global _routes
    _routes = tuple(each for each in _routes if each is not route)


def is_open() -> bool:
    """Answer whether there is any route."""
    return bool(_routes)


def app_for(host: str) -> WSGIApplication | None:
    """Answer the application that stands in for a host, of the route opened last; None: the host is not the platform's.

    Raises ``HostRefused``.
    """
    routes = _routes
    if not routes:
        return None
    route = routes[-1]
    if is_platform(host):
        return route.app
    if not route.allow_other_hosts:
        raise HostRefused(host)
    return None


@lru_cache(maxsize=1024)
def is_platform(host: str) -> bool:
    """Answer whether a name is one of the platform's."""
    return _HOST.fullmatch(host.rstrip(".")) is not None
