"""The emulator: all universes, and the ways into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from emulator.universes import Universes

if TYPE_CHECKING:
    from flask import Flask

    from emulator.journal import Exchange
    from emulator.transport.interception import Interception


class Emulator(Universes):
    """The whole product in one object: the universes of all organisations, and the ways in.

    ``fixtures`` is a folder, or a mapping as ``load`` takes it; the bundled demo data when None. ``scenario`` is a
    mapping, a file, or the name of a bundled one; what is said here goes before it. ``start`` is an instant (RFC 3339
    text, an aware datetime or epoch ms), ``rate`` virtual seconds per real second: 0, the default, is a frozen clock.
    Further keywords are settings by name. Raises ``FixtureError``, ``SettingError``, ``ClockError``.
    """

    @contextmanager
    def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        control_token: str | None = None,
        allowed_hosts: Iterable[str] = (),
    ) -> Iterator[str]:
        """Serve over HTTP on a free port, from a thread, for the length of a ``with``; answers the base URL.

        The control plane wants the ``control_token`` of its callers; without one it answers this machine alone,
        whatever the ``host``. ``allowed_hosts`` are names by which it may be called besides its address and localhost.
        """
        from emulator.transport.server import ServerThread
        from emulator.web.app import create_app

        app = create_app(self, control_token=control_token, allowed_hosts=allowed_hosts)
        with ServerThread(app, host, port) as server:
            yield server.url

    def intercept(self, *, allow_other_hosts: bool = True) -> Interception:
        """Answer the platform's real host names in this process, with no socket and no change of the client's code.

        ``platform.adobe.io``, ``platform-{env}.adobe.io`` and ``ims-na1.adobelogin.com`` are answered to requests,
        httpx, urllib3, aiohttp and ``http.client``, in any thread, for the length of a ``with`` or ``async with``,
        of a call of the function that it decorates, or from ``start`` to ``stop``. Other hosts pass through, or are
        refused with the client's own connection error where ``allow_other_hosts`` is false.
        """
        from emulator.transport.interception import Interception

        return Interception(self.application, allow_other_hosts=allow_other_hosts)

    def near_miss(self, exchange: Exchange) -> str | None:
        """Answer what a request that got 404 or 400 probably meant; None for others, and where nothing comes near.

        Worked out from what its organisation holds by now: a schedule that lives in another sandbox, an id that
        differs in one character or was deleted, a path that is nearly an operation's.
        """
        from emulator.web.near_misses import near_miss

        return near_miss(self, exchange)

    @cached_property
    def application(self) -> Flask:
        """The WSGI application that answers for it in this process; its control plane wants no token."""
        from emulator.web.app import create_app

        return create_app(self)
