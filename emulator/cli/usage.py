"""What the commands share: how they refuse, and where they are registered."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

from emulator import settings

#: Where the commands are registered.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Answer a reader of whole numbers within bounds. It raises ``ArgumentTypeError``."""

    def read(text: str) -> int:
        try:
            return settings.whole_number(text, least, most)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def instant_of(flag: str, text: str | None) -> int:
    """Answer the instant (epoch ms) that an option names; what the wall clock reads where it is absent."""
    from emulator.simulation.clock import wall_clock_ms
    from emulator.simulation.instants import parse_instant

    try:
        return wall_clock_ms() if text is None else parse_instant(text)
    except ValueError as error:
        raise UsageError(f"{flag}: {error}") from None


class UsageError(Exception):
    """A command that cannot be carried out; the message says what would be right, ``code`` is the exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code
