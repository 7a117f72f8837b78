"""Somebody else's polls: a process that asks for one path over and over, and the latencies it has seen.

python -m tests.bench.polling URL PATH
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from threading import Event, Thread
from time import perf_counter
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.bench.asking import HEADERS
from tests.bench.processes import ROOT, environment

_PAUSE = 0.005


def polled(url: str, path: str, meanwhile: Callable[[], object]) -> list[float]:
    """Let another process poll for as long as ``meanwhile`` takes; answers its latencies in ms."""
    command = [sys.executable, "-m", "tests.bench.polling", url, path]
    process = subprocess.Popen(
        command, env=environment(), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()  # it has got its first answer
    try:
        meanwhile()
    finally:
        told, _ = process.communicate("\n")
    return [float(each) for each in json.loads(told)]


def wait_for(url: str, path: str) -> None:
    """Ask for a job until it has ended, five times a second."""
    pause = Event()
    while True:
        with urlopen(Request(url + path, headers=dict(HEADERS))) as answer:
            if json.load(answer)["status"] in ("SUCCEEDED", "FAILED"):
                return
        pause.wait(0.2)


def main(url: str, path: str) -> None:
    """Poll until standard input ends."""
    ended, pause = Event(), Event()
    connection = HTTPConnection(urlsplit(url).netloc, timeout=300)
    taken: list[float] = []

    def ask() -> None:
        start = perf_counter()
        connection.request("GET", path, headers=dict(HEADERS))
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        taken.append((perf_counter() - start) * 1000)

    def until_told() -> None:
        sys.stdin.readline()
        ended.set()

    ask()
    taken.clear()
    print("polling", flush=True)
    Thread(target=until_told, daemon=True).start()
    while not ended.is_set():
        ask()
        pause.wait(_PAUSE)
    print(json.dumps(taken))


if __name__ == "__main__":
    main(*sys.argv[1:])
