"""What a failing test shows of its requests: lines to run again, what each probably meant, and what was injected."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from shlex import join

from emulator.curl import DEFAULT_BASE_URL, curl
from emulator.emulator import Emulator
from emulator.journal import Exchange
from emulator.settings import BY_NAME
from emulator.simulation.instants import format_instant
from emulator.testing.watch import Watch, written
from emulator.web.json_body import json_or_none
from emulator.web.near_misses import members, near_miss

#: How many requests are shown, the last ones, and how many jobs that have not ended.
SHOWN, JOBS_SHOWN = 50, 10

#: Reasons longer than this many characters are cut.
LONGEST_REASON = 300

#: Where the services say why they refuse, and where those do that say it nowhere else.
_REASONS, _TITLES = ("message", "cause", "detail", "error_description"), ("title", "error")


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
    return "\n".join([*lines, *_left(watch, {each.org for each in requests}), *_fired(watch.emulator)])


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
    why = near_miss(emulator, exchange) or _reason(exchange)
    answered = f"{exchange.operation or exchange.method} answered {exchange.status}"
    yield _comment(f"{number}. {format_instant(exchange.at)} {answered}{f': {why}' if why else ''}")
    for warning in exchange.warnings:
        yield _comment(f"   warning: {warning}")
    if exchange.faults:
        yield _comment(f"   fault: {', '.join(exchange.faults)}")
    yield curl(exchange)


def _reason(exchange: Exchange) -> str:
    """Answer what a refusal says itself, the first line of each thing once; its body where that has another form."""
    if exchange.status < 400:
        return ""
    told = list(members(json_or_none(exchange.response.body.encode())))
    said: list[str] = []
    for names in (_REASONS, _TITLES):
        for text in [value for name, value in told if name in names and isinstance(value, str)]:
            line = text.partition("\n")[0]
            if not any(line in earlier for earlier in said):
                said.append(line)
        if said:
            break
    reason = "; ".join(said) or exchange.response.body
    return reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}..."


def _left(watch: Watch, orgs: Collection[str | None]) -> Iterator[str]:
    """Answer which jobs of some organisations have not ended on a clock that stands still, and what would end them."""
    if watch.emulator.clock.rate:
        return
    left = [job for job in watch.running_jobs() if job.org in orgs]
    for job in left[:JOBS_SHOWN]:
        way = f'the clock was not moved to its end: {watch.fixture}.clock.run_until("{job.id}")'
        yield _comment(f"{job}; {way if job.ends else 'nothing that is planned would end it'}")
    if len(left) > JOBS_SHOWN:
        yield _comment(f"and {len(left) - JOBS_SHOWN} more jobs")


def _fired(emulator: Emulator) -> Iterator[str]:
    for rule in emulator.faults.rules():
        if rule["fired"]:
            counts = f"fired {rule['fired']} of {rule['matched']} matches"
            yield _comment(f"fault {rule['id']} {json.dumps(written(rule))} {counts}, seed {emulator.seed}")


def _comment(text: str) -> str:
    """Answer a text as a comment of one line, whatever a client put into it."""
    return f"# {' '.join(text.splitlines())}"
