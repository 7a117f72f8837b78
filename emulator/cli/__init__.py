"""The command line: ``aep-emulator serve | check | cron | pql | ...``, a module for each command.

Each command imports what it needs when it runs, so that ``--help`` and ``cron`` start at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emulator.cli import check, cron, execute, generate, openapi, pql, replay, serve
from emulator.cli.usage import UsageError
from emulator.settings import SettingError
from emulator.version import __version__

if TYPE_CHECKING:
    from emulator.cli.usage import Commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and answer the exit code: 0 done, 1 refused, 2 not understood, 130 interrupted."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (UsageError, SettingError) as error:
        print(f"aep-emulator: {error}", file=sys.stderr)
        return error.code if isinstance(error, UsageError) else 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _CommandParser(argparse.ArgumentParser):
    """The parser of one command, which refuses words that it does not know below its own usage."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Parse; answer no rest."""
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return known, rest


def parser() -> argparse.ArgumentParser:
    """Answer the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="aep-emulator",
        description="A local emulator of Adobe Experience Platform's Segmentation Service and its neighbours.",
    )
    top.add_argument("--version", action="version", version=f"aep-emulator {__version__}")
    commands: Commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_CommandParser)
    for command in (serve, execute, replay, check, generate, pql, cron, openapi):
        command.register(commands)
    top.set_defaults(run=lambda _: _wants_a_command(top))
    return top


def _wants_a_command(top: argparse.ArgumentParser) -> int:
    top.print_help(sys.stderr)
    return 2
