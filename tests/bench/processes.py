"""Servers as processes of their own: started, waited for until the first answer, ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Any

from tests.bench.measuring import cpu_ms_of, in_turn

ROOT = Path(__file__).parents[2]

#: Where populations and the like are kept between runs.
BUILD = ROOT / "build" / "bench"


#: How long a server may take until it answers, in s; one that is filled first takes long.
_PATIENCE = 300.0
_pause = Event()


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has answered. It took ``ready_ms`` from the start of its process, ``ready_cpu_ms`` of them CPU."""

    port: int
    process: subprocess.Popen[bytes]
    ready_ms: float
    ready_cpu_ms: float

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"


def is_installed(*modules: str) -> bool:
    """Answer whether all of ``modules`` can be imported."""
    return all(find_spec(each) is not None for each in modules)


def environment() -> dict[str, str]:
    """Answer the environment of children: compiled modules are kept, as on everybody's machine."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}


def taken_apart(acts: Mapping[str, Callable[[], list[float]]], rounds: int) -> dict[str, list[float]]:
    """Answer all that ``acts`` take in ``rounds`` in turn, each in a process of its own.

    So nobody carries what another has imported. A round before them does not count: imports, caches.
    """
    with ExitStack() as pools:
        own = {name: pools.enter_context(ProcessPoolExecutor(1, get_context("spawn"))) for name in acts}
        turns = {name: partial(_done_in, own[name], act) for name, act in acts.items()}
        in_turn(turns, 1)
        return {name: list(chain(*taken)) for name, taken in in_turn(turns, rounds).items()}


def _done_in(process: ProcessPoolExecutor, act: Callable[[], list[float]]) -> list[float]:
    return process.submit(act).result()


@contextmanager
def running(command: Sequence[str], path: str = "/_emulator/health", **streams: Any) -> Iterator[Running]:
    """Run a server for the length of a ``with``, which begins when ``GET path`` answers below 500.

    ``{port}`` in ``command`` becomes a free port of the loopback; ``streams`` are the process's, nothing unless told.
    Raises ``RuntimeError`` when it ends, or does not answer for five minutes.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    words = [each.replace("{port}", str(port)) for each in command]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams}
    start = perf_counter()
    process = subprocess.Popen(words, env=environment(), cwd=ROOT, **streams)
    try:
        while not _answers(port, path):
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}")
            if perf_counter() - start > _PATIENCE:
                raise RuntimeError(f"{command[0]} did not answer in {_PATIENCE:g} s")
            _pause.wait(0.001)
        yield Running(port, process, (perf_counter() - start) * 1000, cpu_ms_of(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def ours(*options: str, **streams: Any) -> AbstractContextManager[Running]:
    """Run ``aep-emulator serve``; ``options`` are the interpreter's."""
    return running([sys.executable, *options, "-m", "emulator", "serve", "--port", "{port}"], **streams)


def moto() -> AbstractContextManager[Running]:
    """Run moto_server."""
    return running([sys.executable, "-m", "moto.server", "-p", "{port}"], "/moto-api/")
