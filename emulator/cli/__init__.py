"""The command line: ``aep-emulator serve | check | cron | pql | ...``, a module for each command.

Each command imports what it needs when it runs, so that ``--help`` and ``cron`` start at once.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from emulator.cli import check, cron, execute, generate, openapi, pql, replay, serve
from emulator.cli.starting import values_of
from emulator.cli.usage import Commands, UsageError
from emulator.settings import BY_NAME, SettingError
from emulator.version import __version__


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
    """The parser of one command: what it refuses, it refuses below its own usage and says what would be right."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Parse; answer no rest."""
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            like = get_close_matches(rest[0].partition("=")[0], self._option_string_actions, n=1)
            self.error(f"unrecognized arguments: {' '.join(rest)}{f'; did you mean {like[0]}?' if like else ''}")
        return known, rest

    def error(self, message: str) -> NoReturn:
        """Refuse; where a value lacks, say which there are."""
        flag = re.fullmatch(r"argument ([\w-]+): expected one argument", message)
        setting = BY_NAME.get(flag[1].lstrip("-").replace("-", "_")) if flag else None
        super().error(f"{message}: {values_of(setting)}" if setting else message)


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
