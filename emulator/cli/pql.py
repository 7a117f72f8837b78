"""``aep-emulator pql``: an expression evaluated, converted or explained."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from emulator.cli.usage import Commands, UsageError, instant


def register(commands: Commands) -> None:
    """Add the command."""
    query = commands.add_parser(
        "pql",
        help="evaluate, convert or explain an expression in PQL",
        description="Print the value of an expression over a profile, its other form, or how the value came about.",
    )
    query.add_argument("expression", metavar="EXPR", help="pql/text, or pql/json where it begins with {")
    query.add_argument("--profile", metavar="FILE", help="an XDM record in JSON; an empty one if absent")
    query.add_argument("--events", metavar="FILE", help="its experience events: a JSON list, or one object a line")
    query.add_argument(
        "--now", type=instant, metavar="INSTANT", help="the instant of the evaluation; the wall clock if absent"
    )
    query.add_argument("--to", choices=("json", "text"), help="convert instead of evaluating")
    query.add_argument("--explain", action="store_true", help="the expression tree with the value at each node")
    query.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the value, the other form or the tree; answers 1 with the error and a caret under it."""
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
        if options.profile is None and options.events is None:
            print("note: this is of an empty profile; name one with --profile or --events", file=sys.stderr)
    except pql.PQLError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _read_json(name: str | None, absent: Any) -> Any:
    if name is None:
        return absent
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
        if name.endswith(".ndjson"):
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: not JSON: {error}") from None
