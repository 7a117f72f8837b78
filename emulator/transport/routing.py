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


#: The routes that are open, the one opened last at the end.
routes: list[Route] = []


def app_for(host: str) -> WSGIApplication | None:
    """Answer the application that stands in for a host, of the route opened last; None: the host is not the platform's.

    Raises ``HostRefused``.
    """
    last = routes[-1:]  # in one step: another thread may close them
    if not last:
        return None
    if is_platform(host):
        return last[0].app
    if not last[0].allow_other_hosts:
        raise HostRefused(host)
    return None


@lru_cache(maxsize=1024)
def is_platform(host: str) -> bool:
    """Answer whether a name is one of the platform's."""
    return _HOST.fullmatch(host.rstrip(".")) is not None
