"""What a failing test shows of its requests: lines to run again, what each probably meant, and what was injected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from shlex import join
from typing import TYPE_CHECKING

from emulator.curl import DEFAULT_BASE_URL, curl
from emulator.settings import BY_NAME
from emulator.simulation.instants import format_instant
from emulator.web.near_misses import near_miss

if TYPE_CHECKING:
    from emulator.emulator import Emulator
    from emulator.journal import Exchange
    from emulator.testing.watch import Watch

#: How many requests are shown, the last ones.
SHOWN = 50


def section(watch: Watch) -> str:
    """Answer the text about the requests of a test, oldest first; empty where there was none.

    It is a shell script: all but the requests, and the moves of a frozen clock between them, are comments.
    """
    requests = watch.requests()
    if not requests:
        return ""
    shown = requests[-SHOWN:]
    lines = [_comment(f"against {_serve(watch)}")]
    if len(requests) > len(shown):
        lines.append(_comment(f"the last {len(shown)} of {len(requests)} requests"))
    readings: dict[str, int] = {}
    for number, exchange in enumerate(shown, len(requests) - len(shown) + 1):
        if exchange.org is not None and not watch.emulator.clock.rate:
            before = readings.get(exchange.org, watch.start)
            readings[exchange.org] = exchange.at
            if before < exchange.at:
                lines.append(_move(exchange.org, exchange.at))
        lines += _entry(watch.emulator, number, exchange)
    return "\n".join([*lines, *_fired(watch.emulator)])


def _serve(watch: Watch) -> str:
    words = ["aep-emulator", "serve", "--rate", f"{watch.emulator.clock.rate:g}"]
    remark = ""
    for name, value in watch.keywords.items():
        if name in ("fixtures", "scenario") and not isinstance(value, str):
            remark = f" (and the {name} of the marker)"
        elif name in ("fixtures", "scenario", "seed", "start", *BY_NAME):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return join(words) + remark


def _move(org: str, instant: int) -> str:
    words = ["curl", "-sS", f"{DEFAULT_BASE_URL}/_emulator/clock", "-H", f"x-gw-ims-org-id: {org}"]
    body = json.dumps({"jump_to": format_instant(instant)})
    return join([*words, "-H", "Content-Type: application/json", "--data-raw", body])


def _entry(emulator: Emulator, number: int, exchange: Exchange) -> Iterator[str]:
    miss = near_miss(emulator, exchange)
    answered = f"{exchange.operation or exchange.method} answered {exchange.status}"
    yield _comment(f"{number}. {format_instant(exchange.at)} {answered}{f': {miss}' if miss else ''}")
    for warning in exchange.warnings:
        yield _comment(f"   warning: {warning}")
    if exchange.faults:
        yield _comment(f"   fault: {', '.join(exchange.faults)}")
    yield curl(exchange)


def _fired(emulator: Emulator) -> Iterator[str]:
    for rule in emulator.faults.rules():
        if rule["fired"]:
            document = {name: value for name, value in rule.items() if name not in ("id", "matched", "fired")}
            counts = f"fired {rule['fired']} of {rule['matched']} matches"
            yield _comment(f"fault {rule['id']} {json.dumps(document)} {counts}, seed {emulator.seed}")


def _comment(text: str) -> str:
    """Answer a text as a comment of one line, whatever a client put into it."""
    return f"# {' '.join(text.splitlines())}"
