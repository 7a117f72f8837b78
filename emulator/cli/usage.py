"""What the commands share: how they refuse, and where they are registered."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import TypeAlias, TypeVar

from emulator import settings
from emulator.simulation.instants import parse_instant

T = TypeVar("T")

#: Where the commands are registered.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def worded(read: Callable[[str], T]) -> Callable[[str], T]:
    """Answer a reader of an option's text that tells argparse in the words of its ``ValueError`` what is wrong."""

    def reader(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return reader


#: Reads an instant, epoch ms.
instant = worded(parse_instant)


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Answer a reader of whole numbers within bounds."""
    return worded(partial(settings.whole_number, least=least, most=most))


class UsageError(Exception):
    """A command that cannot be carried out; the message says what would be right, ``code`` is the exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code
