"""requests: it rests on urllib3, where its requests are answered; here its stopwatch learns of delays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests.sessions

from emulator.transport.delivery import spared
from emulator.transport.patches import Replacing


def install(replace: Callable[[Any, str, Replacing], None]) -> None:
    """Patch the clock that ``Response.elapsed`` is taken from."""
    replace(requests.sessions, "preferred_clock", _reading)


def _reading(original: Callable[[], float]) -> Callable[[], float]:
    def preferred_clock() -> float:
        return original() + spared.seconds

    return preferred_clock
