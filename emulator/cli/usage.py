"""What the commands share: how they refuse, and where they are registered."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from emulator import settings

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Answer a reader of whole numbers within bounds. It raises ``ArgumentTypeError``."""

    def read(text: str) -> int:
        try:
            return settings.whole_number(text, least, most)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


class UsageError(Exception):
    """A command that cannot be carried out; the message says what would be right, ``code`` is the exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code
