"""The command line: ``aep-emulator serve | check | cron | pql | ...``.

Each command imports what it needs when it runs, so that ``--help`` and ``cron`` start at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emulator.settings import BY_NAME, ENVIRONMENT_PREFIX, SettingError, from_environment
from emulator.version import __version__


class UsageError(Exception):
    """A command that cannot be carried out; the message says what would be right."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and answer the exit code: 0 done, 1 refused, 2 not understood."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (UsageError, SettingError) as error:
        print(f"aep-emulator: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """Answer the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="aep-emulator",
        description="A local emulator of Adobe Experience Platform's Segmentation Service and its neighbours.",
    )
    top.add_argument("--version", action="version", version=f"aep-emulator {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="answer over HTTP", description="Answer over HTTP until stopped.")
    serve.add_argument("--host", default=_default("host", "127.0.0.1"), help="address to listen on (%(default)s)")
    serve.add_argument(
        "--port", type=int, default=_default("port", "8080"), help="port; 0 is any free one (%(default)s)"
    )
    serve.add_argument(
        "--fixtures", metavar="DIR", default=_default("fixtures"), help="the data; bundled demo if absent"
    )
    serve.add_argument(
        "--scenario",
        metavar="FILE",
        default=_default("scenario"),
        help="durations, faults and settings; a file, or the name of a bundled scenario",
    )
    serve.add_argument(
        "--start",
        metavar="INSTANT",
        default=_default("start"),
        help="where time starts, RFC 3339; the wall clock if absent, 2026-01-15T09:00:00Z with --rate 0",
    )
    serve.add_argument(
        "--rate",
        type=float,
        default=_default("rate"),
        help="virtual seconds a second: 0 frozen, 1 real, 60 a minute a second (1)",
    )
    serve.add_argument("--seed", type=int, default=_default("seed"), help="seed of ids and draws (0)")
    _add_settings(serve)
    serve.set_defaults(run=_serve)

    check = commands.add_parser("check", help="validate a fixture folder")
    check.add_argument("folder", metavar="DIR")
    check.set_defaults(run=_check)

    query = commands.add_parser("pql", help="evaluate, convert or explain an expression in PQL")
    query.add_argument("expression", metavar="EXPR", help="pql/text, or pql/json where it begins with {")
    query.add_argument("--profile", metavar="FILE", help="an XDM record in JSON; an empty one if absent")
    query.add_argument("--events", metavar="FILE", help="its experience events: a JSON list, or one object a line")
    query.add_argument("--now", metavar="INSTANT", help="the instant of the evaluation; the wall clock if absent")
    query.add_argument("--to", choices=("json", "text"), help="convert instead of evaluating")
    query.add_argument("--explain", action="store_true", help="the expression tree with the value at each node")
    query.set_defaults(run=_pql)

    cron = commands.add_parser("cron", help="next fire times of a Quartz cron text, or why it is refused")
    cron.add_argument("expression", metavar="EXPR")
    cron.add_argument("--from", dest="after", metavar="INSTANT", help="fire times after this one; now if absent")
    cron.add_argument("--count", type=int, default=5, help="how many (%(default)s)")
    cron.set_defaults(run=_cron)

    openapi = commands.add_parser("openapi", help="print the OpenAPI document of what is answered")
    openapi.set_defaults(run=_openapi)
    return top


def _default(name: str, fallback: str | None = None) -> str | None:
    return os.environ.get(ENVIRONMENT_PREFIX + name.upper(), fallback)


def _add_settings(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group(
        "settings", f"each is also read from the environment, as {ENVIRONMENT_PREFIX}NAME"
    )
    for name, setting in BY_NAME.items():
        choices = setting.metadata["choices"]
        meaning = f"{setting.metadata['meaning']} ({' | '.join(choices) if choices else setting.default})"
        group.add_argument(f"--{name.replace('_', '-')}", dest=f"setting_{name}", metavar="VALUE", help=meaning)


def _serve(options: argparse.Namespace) -> int:
    import signal
    from threading import Event

    from emulator.emulator import Emulator
    from emulator.fixtures import FixtureError
    from emulator.scenarios import Scenario, read_scenario
    from emulator.simulation.clock import ClockError, wall_clock_ms
    from emulator.transport.server import ServerThread
    from emulator.web.app import create_app

    values = {name: value for name in BY_NAME if (value := getattr(options, f"setting_{name}")) is not None}
    settings = from_environment(os.environ).with_values(values)
    try:
        scenario = Scenario() if options.scenario is None else read_scenario(options.scenario)
        rate = next(each for each in (options.rate, scenario.rate, 1) if each is not None)
        start = options.start
        if start is None and scenario.start is None and rate:
            start = wall_clock_ms()
        emulator = Emulator(
            options.fixtures,
            scenario=options.scenario,
            start=start,
            rate=rate,
            seed=options.seed,
            settings=settings,
        )
    except FixtureError as error:
        print(f"aep-emulator: {error}", file=sys.stderr)
        return 1
    except (ClockError, ValueError) as error:
        raise UsageError(str(error)) from None
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with ServerThread(create_app(emulator), options.host, options.port) as server:
            print(f"listening on {server.url}", flush=True)
            stopped.wait()
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen on {options.host}:{options.port}: {error}") from None
    return 0


def _check(options: argparse.Namespace) -> int:
    from emulator.fixtures import check_folder

    faults = check_folder(Path(options.folder))
    for fault in faults:
        print(fault, file=sys.stderr)
    count = len(faults)
    print(f"{options.folder}: {'no faults' if not count else '1 fault' if count == 1 else f'{count} faults'}")
    return 1 if faults else 0


def _pql(options: argparse.Namespace) -> int:
    import json

    from emulator import pql
    from emulator.simulation.clock import wall_clock_ms

    try:
        query = pql.compile(options.expression, "pql/json" if options.expression.lstrip()[:1] == "{" else "pql/text")
        if options.to is not None:
            print(query.text if options.to == "text" else json.dumps(query.json, separators=(",", ":")))
            return 0
        profile = _read_json(options.profile, {})
        events = _read_json(options.events, [])
        if not isinstance(profile, dict) or not isinstance(events, list):
            raise UsageError("--profile holds one JSON object, --events a list of them")
        now = wall_clock_ms() if options.now is None else options.now
        if options.explain:
            print(json.dumps(query.explain(profile, events, now), indent=2, ensure_ascii=False))
        else:
            print(json.dumps(pql.to_wire(query.value(profile, events, now)), ensure_ascii=False))
    except pql.PQLError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _read_json(name: str | None, absent: Any) -> Any:
    import json

    if name is None:
        return absent
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
        if name.endswith(".ndjson"):
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{name}: {error}") from None


def _cron(options: argparse.Namespace) -> int:
    from emulator.resources.cron import report
    from emulator.simulation.clock import wall_clock_ms
    from emulator.simulation.instants import parse_instant

    try:
        after = wall_clock_ms() if options.after is None else parse_instant(options.after)
    except ValueError as error:
        raise UsageError(f"--from: {error}") from None
    if not 0 <= options.count <= 10_000:
        raise UsageError("--count is a number from 0 to 10000")
    answer = report(options.expression, after, options.count)
    for fire in answer["next"]:
        print(fire)
    if answer["reason"]:
        print(f"{'refused' if not answer['accepted'] else 'note'}: {answer['reason']}", file=sys.stderr)
    return 0 if answer["accepted"] else 1


def _openapi(options: argparse.Namespace) -> int:
    import json

    from emulator.web.openapi.document import document

    print(json.dumps(document(), indent=2))
    return 0
