"""What a fault does to a request: frozen values, read from JSON, carried out by whoever holds the connection.

``Respond`` and ``Malformed`` change the answer and are the pipeline's. The others concern the connection: the pipeline
leaves them in the WSGI environment under ``ENVIRON_KEY``, and the transport (a server, or the interception in process)
carries them out. A WSGI server that knows nothing of them answers as if there were no fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

#: Where the pipeline leaves a ``Connection`` for the transport, in the WSGI environment.
ENVIRON_KEY = "aep_emulator.connection"


class Respond(Struct, frozen=True):
    """Answer with this instead: ``body`` None is an error body of the service's family."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Malformed(Struct, frozen=True):
    """Answer 200 with what is no JSON: ``json`` cut in the middle, or a page of ``html``."""

    kind: str


class Connection(Struct, frozen=True):
    """What happens to the connection. All lengths are real milliseconds: a client waits in real time.

    ``delay_ms``: before the answer begins. ``drop``: closed without an answer, whether the work was done or not.
    ``truncate``: closed after this many bytes of the body. ``stall``: nothing ever comes, the connection stays open.
    ``slow_ms``: between the pieces of the body, ``slow_bytes`` each.
    """

    delay_ms: float = 0
    drop: bool = False
    truncate: int | None = None
    stall: bool = False
    slow_ms: float = 0
    slow_bytes: int = 1
