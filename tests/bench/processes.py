"""Servers as processes of their own: started, waited for until the first answer, ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import TypeVar

from tests.bench.measuring import cpu_ms_of

T = TypeVar("T")

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


@contextmanager
def apart(acts: Mapping[str, Callable[[], T]]) -> Iterator[dict[str, Callable[[], T]]]:
    """Answer ``acts`` as they are done in a process of their own each: nobody carries what another has imported."""
    with ExitStack() as pools:
        own = {name: pools.enter_context(ProcessPoolExecutor(1, get_context("spawn"))) for name in acts}
        yield {name: partial(_done_in, own[name], act) for name, act in acts.items()}


def _done_in(process: ProcessPoolExecutor, act: Callable[[], T]) -> T:
    return process.submit(act).result()


def free_port() -> int:
    """Answer a port of the loopback that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], port: int, path: str, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> Iterator[Running]:
    """Run a server for the length of a ``with``, which begins when ``GET path`` answers below 500.

    Raises ``RuntimeError`` when it ends, or does not answer for five minutes.
    """
    start = perf_counter()
    process = subprocess.Popen(
        command, env=environment(), cwd=ROOT, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL
    )
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


@contextmanager
def ours(*options: str) -> Iterator[Running]:
    """Run ``aep-emulator serve`` with ``options``."""
    port = free_port()
    command = [sys.executable, "-m", "emulator", "serve", "--port", str(port), *options]
    with running(command, port, "/_emulator/health") as server:
        yield server


@contextmanager
def moto() -> Iterator[Running]:
    """Run moto_server."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    with running(command, port, "/moto-api/") as server:
        yield server
