"""The emulator: all universes, and the ways into them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from emulator.universes import Universes


class Emulator(Universes):
    """The whole product in one object: the universes of all organisations, and the ways in.

    ``fixtures`` is a folder, or a mapping as ``load`` takes it; the bundled demo data when None. ``start`` is an
    instant (RFC 3339 text, an aware datetime or epoch ms), ``rate`` virtual seconds per real second: 0, the default, is
    a frozen clock. Further keywords are settings by name. Raises ``FixtureError``, ``SettingError``, ``ClockError``.
    """

    @contextmanager
    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
        """Serve over HTTP on a free port, from a thread, for the length of a ``with``; answers the base URL."""
        from emulator.transport.server import ServerThread
        from emulator.web.app import create_app

        with ServerThread(create_app(self), host, port) as server:
            yield server.url
