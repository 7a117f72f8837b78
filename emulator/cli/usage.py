"""What the commands share: how they refuse, and where they are registered."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Answer a reader of whole numbers within bounds. It raises ``ArgumentTypeError``."""
    bounds = f", {least} or more" if most is None else f" from {least} to {most}"

    def read(text: str) -> int:
        if (
            text.isascii()
            and text.isdecimal()
            and len(text) <= 18
            and least <= (number := int(text)) <= (most or number)
        ):
            return number
        raise argparse.ArgumentTypeError(f"a whole number{bounds}, not {text!r}")

    return read


class UsageError(Exception):
    """A command that cannot be carried out; the message says what would be right, ``code`` is the exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code
