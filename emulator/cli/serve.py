"""``aep-emulator serve``: answer over HTTP until told to stop."""

from __future__ import annotations

import argparse
import gc
import signal
from threading import Event
from typing import TYPE_CHECKING

from emulator.cli import starting
from emulator.cli.usage import UsageError

if TYPE_CHECKING:
    from emulator.cli.usage import Commands


def register(commands: Commands) -> None:
    """Add the command."""
    serve = commands.add_parser("serve", help="answer over HTTP", description="Answer over HTTP until stopped.")
    serve.add_argument(
        "--host", default=starting.default("host", "127.0.0.1"), help="address to listen on (%(default)s)"
    )
    serve.add_argument(
        "--port", type=int, default=starting.default("port", "8080"), help="port; 0 is any free one (%(default)s)"
    )
    starting.add_options(serve)
    serve.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Answer until SIGINT or SIGTERM comes."""
    gc.disable()  # what a start makes stays; looking through it for garbage costs a quarter of the start
    from emulator.transport.server import ServerThread
    from emulator.web.app import create_app

    emulator = starting.emulator_of(options)
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        app = create_app(emulator)
        gc.freeze()
        gc.enable()
        with ServerThread(app, options.host, options.port) as server:
            print(f"listening on {server.url}", flush=True)
            stopped.wait()
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen on {options.host}:{options.port}: {error}") from None
    return 0
