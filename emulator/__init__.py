"""A local, in-memory emulator of Adobe Experience Platform's Segmentation Service and its neighbours.

``Emulator`` is the whole product in one object; ``pql`` is the query language, usable alone. Names are imported when
first used, so that ``import emulator`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from emulator.version import __version__

if TYPE_CHECKING:
    from emulator import pql
    from emulator.emulator import Emulator
    from emulator.web.app import create_app

__all__ = ["Emulator", "__version__", "create_app", "pql"]

_HOMES = {"Emulator": "emulator.emulator", "create_app": "emulator.web.app"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "pql":
        return import_module("emulator.pql")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
