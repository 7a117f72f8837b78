"""``aep-emulator exec``: a command with a server beside it, for as long as the command runs."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from types import FrameType

from emulator.cli import starting
from emulator.cli.usage import Commands, UsageError

#: Where the command finds the server.
VARIABLE = "AEP_BASE_URL"

#: What a shell answers for a command that is not there, and for one that cannot be run.
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126

#: What a shell adds to the number of the signal that ended a command.
_SIGNALLED = 128


def register(commands: Commands) -> None:
    """Add the command."""
    execute = commands.add_parser(
        "exec",
        help="run a command with a server beside it",
        description=f"Serve on a free port, run CMD with {VARIABLE} set to the base URL, stop, exit with CMD's code.",
        usage="aep-emulator exec [options] -- CMD [ARGUMENT ...]",
    )
    execute.add_argument("words", metavar="CMD", nargs="+", help="the command and its arguments, after --")
    starting.add_options(execute)
    execute.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and answer its exit code, 128 + n where signal n ended it."""
    from emulator.transport.server import ServerThread
    from emulator.web.app import create_app

    with ServerThread(create_app(starting.emulator_of(options))) as server:
        child = _Child(options.words)
        for number in _forwarded():
            signal.signal(number, child.forward)
        code = child.run({**os.environ, VARIABLE: server.url})
    return code if code >= 0 else _SIGNALLED - code


class _Child:
    """The command, and the signals that came before it was there."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def forward(self, number: int, _frame: FrameType | None) -> None:
        """Hand a signal on, unless the terminal has given it to the command already."""
        if number == signal.SIGINT and _is_in_foreground():
            return
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)

    def run(self, environment: dict[str, str]) -> int:
        """Run to the end. Raises ``UsageError`` with the code of a shell where the command cannot be run."""
        try:
            self._process = subprocess.Popen(self._words, env=environment)
        except FileNotFoundError:
            raise UsageError(f"exec: there is no command `{self._words[0]}`", _NOT_FOUND) from None
        except OSError as error:
            raise UsageError(f"exec: cannot run `{self._words[0]}`: {error.strerror}", _NOT_EXECUTABLE) from None
        while self._early:
            self._process.send_signal(self._early.pop(0))
        return self._process.wait()


def _forwarded() -> list[signal.Signals]:
    return [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _is_in_foreground() -> bool:
    """Answer whether Ctrl-C in this process's terminal reaches the command too: a second one would be too many."""
    if sys.platform == "win32":
        return True
    terminal = next((each for each in range(3) if os.isatty(each)), None)
    return terminal is not None and os.tcgetpgrp(terminal) == os.getpgrp()
