"""A server with jobs in it already, all ended: what ``aep-emulator serve`` is after some use.

python -m tests.bench.serving PORT JOBS
"""

from __future__ import annotations

import gc
import sys
from threading import Event

from emulator import Emulator
from emulator.simulation.clock import wall_clock_ms
from emulator.transport.server import ServerThread
from emulator.web.app import create_app
from tests.bench.stores import with_segment_jobs


def main(port: int, jobs: int) -> None:
    """Serve until the process is ended."""
    emulator = Emulator(start=wall_clock_ms() - 3_600_000, rate=1)
    app = create_app(emulator)
    gc.freeze()
    with_segment_jobs(emulator, jobs)
    emulator.clock.advance(hours=1)
    with ServerThread(app, port=port):
        Event().wait()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
