"""``aep-emulator serve``: answer over HTTP until told to stop."""

from __future__ import annotations

import argparse
import errno
import gc
import signal
import sys
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from emulator.cli import starting
from emulator.cli.usage import Commands, UsageError, whole_number

if TYPE_CHECKING:
    from emulator.emulator import Emulator

#: The signal that saves the state, where the platform has it.
_SAVE = getattr(signal, "SIGUSR1", None)


def register(commands: Commands) -> None:
    """Add the command."""
    serve = commands.add_parser(
        "serve",
        help="answer over HTTP",
        description="Answer over HTTP until stopped.",
        usage="aep-emulator serve [options]",
    )
    serve.add_argument(
        "--host", default=starting.default("host", "127.0.0.1"), help="address to listen on (%(default)s)"
    )
    serve.add_argument(
        "--port",
        type=whole_number(0, 65_535),
        metavar="PORT",
        default=starting.default("port", "8080"),
        help="port; 0 is any free one (%(default)s)",
    )
    serve.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        default=starting.default("state"),
        help="where the state is kept: read at the start if it is there, written at the end and on SIGUSR1",
    )
    serve.add_argument(
        "--control-token",
        metavar="TOKEN",
        default=starting.default("control_token"),
        help="whoever calls the control plane shows it; off loopback one is made and printed if absent",
    )
    serve.add_argument(
        "--allowed-host",
        metavar="NAME",
        action="append",
        default=(starting.default("allowed_host") or "").split(),
        help="a further name by which the control plane may be called; may be repeated",
    )
    starting.add_options(serve)
    serve.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Answer until SIGINT or SIGTERM comes."""
    gc.disable()  # what a start makes stays; looking through it for garbage costs a quarter of the start
    from emulator.long_work import own_process
    from emulator.transport.server import ServerThread
    from emulator.web.app import create_app

    own_process()
    emulator = starting.emulator_of(options)
    if options.state is not None:
        _revive(emulator, options.state)
    signals: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM, *([] if _SAVE is None else [_SAVE])):
        signal.signal(number, lambda received, _: signals.put(received))
    token = options.control_token or _token_for(options.host)
    try:
        app = create_app(emulator, control_token=token, allowed_hosts=options.allowed_host)
    except ValueError as error:
        raise UsageError(str(error)) from None
    gc.freeze()
    gc.enable()
    try:
        server = ServerThread(app, options.host, options.port)
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen on {options.host}:{options.port}: {_reason(error)}") from None
    with server:
        if token != options.control_token:
            print(f"control token: {token}", file=sys.stderr, flush=True)
        url = _to_open(server.url)
        print(f"listening on {url}", flush=True)
        print(f"a page to look at: {url}/_emulator/", file=sys.stderr, flush=True)
        while signals.get() == _SAVE:
            if options.state is None:
                print("aep-emulator: SIGUSR1 saves nothing without --state FILE", file=sys.stderr, flush=True)
            else:
                _save(emulator, options.state)
    return 0 if options.state is None or _save(emulator, options.state) else 1


def _to_open(url: str) -> str:
    """Answer a URL that a client on this machine can open: one that listens everywhere is called by loopback."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _reason(error: OSError | OverflowError) -> str:
    """Answer why a server cannot listen, in the system's words."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return "another program listens there; --port names another port (with make: PORT=...), 0 is any free one"
    words = getattr(error, "strerror", None) or str(error)
    return words.partition(" (while attempting")[0]  # which asyncio and socket append


def _token_for(host: str) -> str | None:
    """Answer a new token where the host is reached from elsewhere."""
    from emulator.simulation.entropy import unguessable_token
    from emulator.web.access import is_loopback

    return None if is_loopback(host) else unguessable_token()


def _revive(emulator: Emulator, file: Path) -> None:
    """Put the state of a file back, if it is there. Raises ``UsageError``: what cannot be read is left as it is."""
    from emulator.snapshots import SnapshotError
    from emulator.snapshots.files import read

    try:
        state = read(file)
        if state is not None:
            emulator.restore(state)
    except SnapshotError as error:
        raise UsageError(
            f"--state {file} cannot be put back, and is left as it is: {error}; move it away to start afresh"
        ) from None
    except OSError as error:
        raise UsageError(f"--state {file}: {error.strerror or error}") from None


def _save(emulator: Emulator, file: Path) -> bool:
    from emulator.snapshots import SnapshotError
    from emulator.snapshots.files import write

    try:
        write(emulator.snapshot(), file)
    except (OSError, SnapshotError) as error:
        print(f"aep-emulator: the state is not saved to {file}: {error}", file=sys.stderr, flush=True)
        return False
    return True
