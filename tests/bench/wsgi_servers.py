"""The same application under other WSGI servers: start, memory, rates, stop from a thread, and a body cut short.

python -m tests.bench.wsgi_servers SERVER PORT        serves, and stops from another thread at a line on standard input
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter
from typing import Any

from tests.bench import processes
from tests.bench.findings import NOT_MEASURED, Findings, Table, written
from tests.bench.measuring import Scale, children_of, in_turn, resident_mib
from tests.bench.over_http import CREATE_JOB, Contestant, get_job, under_load
from tests.bench.processes import Running

OURS = "ours (`serve`)"

#: Modules that each needs; granian is asked over its command line, since its workers are processes.
_NEEDS = {OURS: "emulator", "werkzeug": "werkzeug", "cheroot": "cheroot", "waitress": "waitress", "granian": "granian"}

_APP = "emulator.web.app:create_app"


def measure(scale: Scale) -> Findings:
    """Measure."""
    names = [name for name, module in _NEEDS.items() if processes.is_installed(module)]
    starts = in_turn({name: partial(_start_and_stop, name) for name in names}, scale.of(5, 2))
    with ExitStack() as stack:
        servers = {name: stack.enter_context(_serving(name)) for name in names}
        memory = {name: _resident(server) for name, server in servers.items()}
        contestants = [Contestant(name, server, get_job(server.url)) for name, server in servers.items()]
        found = under_load(contestants, (1, 16), scale)
        cut = {name: _cut_body(server.port) for name, server in servers.items()}
    rows = []
    for name in _NEEDS:
        if name not in names:
            rows.append([name, NOT_MEASURED, *[""] * 7])
            continue
        one, sixteen = found[name, 1], found[name, 16]
        stops = [stop for _, stop in starts[name] if stop is not None]
        rows.append(
            [
                name,
                written(median(ready for ready, _ in starts[name]), 0),
                written(memory[name], 0),
                written(one.per_second, 0),
                written(sixteen.per_second, 0),
                written(one.p99, 1),
                written(sixteen.p99, 1),
                written(median(stops), 1) if stops else "a process of its own",
                cut[name],
            ]
        )
    return Findings(
        tables=[
            Table(
                "Our application under each",
                [
                    "server",
                    "ready, ms",
                    "RSS MiB",
                    "GET/s on 1",
                    "GET/s on 16",
                    "p99 ms on 1",
                    "p99 ms on 16",
                    "stop from a thread, ms",
                    "a body cut short",
                ],
                rows,
            )
        ],
        notes=[
            "waitress and granian with one thread for each of 16 connections and one process; cheroot with 16 threads."
        ],
    )


def _serving(name: str, **streams: Any) -> AbstractContextManager[Running]:
    if name == "granian":
        options = ["--interface", "wsgi", "--factory", "--port", "{port}", "--blocking-threads", "16", "--no-ws"]
        return processes.running([str(Path(sys.executable).with_name("granian")), *options, _APP], **streams)
    command = [sys.executable, "-m", "tests.bench.wsgi_servers", name, "{port}"]
    return processes.running(command, stdin=subprocess.PIPE, **streams)


def _resident(server: Running) -> float:
    """Answer the resident memory of a server and of its workers in MiB."""
    pid = server.process.pid
    return sum(resident_mib(each) for each in [pid, *children_of(pid)])


def _start_and_stop(name: str) -> tuple[float, float | None]:
    """Answer the ms until the first answer, and those that a stop from a thread takes."""
    with _serving(name, stdout=subprocess.PIPE) as server:
        if name == "granian":
            return server.ready_ms, None
        told, _ = server.process.communicate(b"stop\n", timeout=30)
        return server.ready_ms, float(told)


def _cut_body(port: int) -> str:
    """Answer what a server says to a request for a job whose body ends before its length: a status line.

    What has arrived is whole as JSON, so a server that does not notice makes the job.
    """
    arriving = CREATE_JOB.body.encode()
    headers = {**CREATE_JOB.headers, "Host": f"127.0.0.1:{port}", "Content-Length": str(len(arriving) + 10)}
    lines = [f"POST {CREATE_JOB.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + arriving)
        connection.shutdown(socket.SHUT_WR)
        try:
            line = connection.recv(4096).partition(b"\r\n")[0].decode()
        except OSError as error:
            return type(error).__name__
    return line.partition(" ")[2] or "no answer"


# -- the served side

#: How it is run, and how it is stopped.
_Served = tuple[Callable[[], object], Callable[[], object]]


def _ours(app: Any, port: int) -> _Served:
    from emulator.transport.server import ServerThread

    server = ServerThread(app, port=port)
    stopped = Event()

    def stop() -> None:
        server.stop()
        stopped.set()

    server.start()
    return stopped.wait, stop


def _werkzeug(app: Any, port: int) -> _Served:
    import logging

    from werkzeug.serving import WSGIRequestHandler, make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    handler = type("KeepAlive", (WSGIRequestHandler,), {"protocol_version": "HTTP/1.1"})
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=handler)
    return server.serve_forever, server.shutdown


def _cheroot(app: Any, port: int) -> _Served:
    from cheroot.wsgi import Server

    server = Server(("127.0.0.1", port), app, numthreads=16)
    return server.safe_start, server.stop


def _waitress(app: Any, port: int) -> _Served:
    from waitress.server import create_server

    server = create_server(app, host="127.0.0.1", port=port, threads=16)
    return server.run, server.close


_SERVERS: dict[str, Callable[[Any, int], _Served]] = {
    OURS: _ours,
    "werkzeug": _werkzeug,
    "cheroot": _cheroot,
    "waitress": _waitress,
}


def main(name: str, port: int) -> None:
    """Serve until a line comes on standard input, then stop, and print the ms that it took until nobody serves."""
    from emulator.web.app import create_app

    run, stop = _SERVERS[name](create_app(), port)
    serving = Thread(target=run, daemon=True)
    serving.start()
    sys.stdin.readline()
    start = perf_counter()
    stop()
    serving.join(5)
    print((perf_counter() - start) * 1000 if not serving.is_alive() else "inf", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
