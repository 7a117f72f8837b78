"""A server in a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serving(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve on a frozen clock and any free port: answers where, and the process, which is ended afterwards."""
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--rate", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
            assert found, line
            yield found[1], process
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0 or sys.platform == "win32"
