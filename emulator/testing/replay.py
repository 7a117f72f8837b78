"""Replaying a journal against a fresh emulator: the same requests at the same instants, answer by answer.

A journal tells when each request came, so time is moved there first and all that fell due meanwhile happens again. It
does not tell of control calls: what was loaded, put back or ruled by hand has to be in the fixtures and the scenario of
the fresh emulator. What cannot be replayed is said, and is not taken for the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

from msgspec import Struct, ValidationError, convert, field

from emulator.curl import target_of
from emulator.emulator import Emulator
from emulator.schema_faults import pointer_to
from emulator.simulation.instants import format_instant, parse_instant
from emulator.transport.routing import is_platform
from emulator.transport.wsgi import Sent, call, environ_of
from emulator.web.pipeline import JOURNALED_BODY
from emulator.world import TEMPLATE, World

#: What of an exchange is compared, besides the answer.
_COMPARED = ("operation", "status", "warnings", "faults")


class _Side(TypedDict):
    headers: dict[str, str]
    body: str


class Recorded(TypedDict):
    """An exchange as a journal has it on the wire."""

    ordinal: int
    at: str
    method: str
    path: str
    query: str
    org: str | None
    request: _Side
    response: _Side
    operation: NotRequired[str | None]
    status: NotRequired[int]
    sandbox: NotRequired[str | None]
    warnings: NotRequired[list[str]]
    faults: NotRequired[list[str]]


class JournalError(ValueError):
    """A text that is no journal, or one that cannot be replayed from its beginning."""


class Difference(NamedTuple):
    """Where an answer is not what was recorded: a JSON pointer into the exchange, and both values."""

    pointer: str
    recorded: Any
    replayed: Any


class Replayed(Struct, frozen=True):
    """One exchange, replayed: how the answers differ, or why it could not be asked again (``obstacle``)."""

    exchange: Recorded
    differences: tuple[Difference, ...] = ()
    obstacle: str | None = None

    @property
    def is_same(self) -> bool:
        """Whether it was asked and answered as recorded."""
        return self.obstacle is None and not self.differences


class Recording(Struct, frozen=True):
    """A journal, and what the emulator that kept it was started with, as far as the journal tells."""

    exchanges: list[Recorded] = field(name="requests")
    start: str | None = None
    seed: int | None = None
    settings: Mapping[str, Any] = {}


def read_journal(text: str) -> Recording:
    """Read what ``GET /_emulator/requests`` answered, or the list in it. Raises ``JournalError``."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise JournalError(f"not JSON: {error}") from None
    try:
        recording = convert(document if isinstance(document, dict) else {"requests": document}, Recording)
    except ValidationError as error:
        raise JournalError(f"not what GET /_emulator/requests answers: {error}") from None
    for index, exchange in enumerate(recording.exchanges):
        try:
            parse_instant(exchange["at"])
        except ValueError as error:
            raise JournalError(f"/requests/{index}/at: {error}") from None
    return recording


def replay(emulator: Emulator, exchanges: Iterable[Recorded]) -> Iterator[Replayed]:
    """Ask ``emulator``, which is fresh and frozen, what was asked, one exchange after the other.

    Raises ``JournalError`` where the first requests of an organisation are missing, or were made before the emulator's
    start: then nothing after them could be the same.
    """
    asked: dict[str, int] = {}
    for exchange in exchanges:
        org = exchange["org"] or TEMPLATE
        world = emulator.world(org)
        obstacle = _move(emulator, world, exchange, asked.get(org, 0)) or _obstacle(emulator, exchange)
        asked[org] = exchange["ordinal"]
        if obstacle is not None:
            world.journal.next_ordinal()  # its number is taken, and later ids are drawn from later numbers
            yield Replayed(exchange, obstacle=obstacle)
            continue
        call(emulator.application, environ_of(_sent(exchange), _scheme(exchange), "localhost"))
        (*_, answered) = world.journal
        differences = _differences("", _compared(exchange), _compared(answered.to_wire()))
        yield Replayed(exchange, tuple(differences))


def _move(emulator: Emulator, world: World, exchange: Recorded, asked: int) -> str | None:
    """Move an organisation's time to an exchange; answers what cannot be followed. Raises ``JournalError``."""
    ordinal, at = exchange["ordinal"], parse_instant(exchange["at"])
    whose = world.org or "no organisation"
    if ordinal > asked + 1:
        raise JournalError(
            f"of {whose} the journal has request {ordinal} after {asked}: those between are missing (it was cleared,"
            " filtered, or is longer than the setting journal_size)"
        )
    now = world.clock.now()
    if ordinal <= asked:
        return f"its number {ordinal} came before: a state was put back, which no journal tells"
    if at < now:
        if not asked:
            raise JournalError(
                f"the journal of {whose} begins at {exchange['at']}, and the emulator starts at {format_instant(now)}:"
                " name the start of the recording with --start"
            )
        return f"time went back from {format_instant(now)} to {exchange['at']}: a state was put back"
    emulator.org(world.org).clock.advance_ms(at - now)
    return None


def _obstacle(emulator: Emulator, exchange: Recorded) -> str | None:
    """Answer why a request cannot be asked as it was; None where it can."""
    headers = _lowered(exchange)
    body = exchange["request"]["body"].encode("utf-8", "replace")
    length = headers.get("content-length", "")
    is_masked = exchange["path"].startswith("/ims")
    if not is_masked and length.isdecimal() and int(length) != len(body):
        return f"the journal has {len(body)} of its body's {length} bytes, or not the same ones"
    if len(body) >= JOURNALED_BODY:
        return f"its body is longer than the {JOURNALED_BODY} bytes that a journal keeps"
    known = {rule["id"] for rule in emulator.org(exchange["org"]).faults.rules()} if exchange["org"] else set()
    unknown = [each for each in exchange.get("faults", ()) if each not in known | {"x-emulator-fault"}]
    if unknown and "x-emulator-fault" not in headers:
        return f"it met the fault rule `{unknown[0]}`, which the fresh emulator has not; put it into a scenario"
    return None


def _lowered(exchange: Recorded) -> dict[str, str]:
    return {name.lower(): value for name, value in exchange["request"]["headers"].items()}


def _sent(exchange: Recorded) -> Sent:
    body = exchange["request"]["body"].encode()
    headers = [
        (name, str(len(body)) if name.lower() == "content-length" else value)
        for name, value in exchange["request"]["headers"].items()
    ]
    return Sent(exchange["method"], target_of(exchange["path"], exchange["query"]), headers, body)


def _scheme(exchange: Recorded) -> str:
    return "https" if is_platform(_lowered(exchange).get("host", "")) else "http"


def _compared(wire: Mapping[str, Any]) -> dict[str, Any]:
    """Answer what is compared of an exchange, a JSON body as what it says."""
    told = {name: wire.get(name) for name in _COMPARED}
    try:
        body = json.loads(wire["response"]["body"])
    except (ValueError, RecursionError):
        body = wire["response"]["body"]
    return {**told, "response": {"headers": wire["response"]["headers"], "body": body}}


def _differences(pointer: str, recorded: Any, replayed: Any) -> Iterator[Difference]:
    if isinstance(recorded, dict) and isinstance(replayed, dict):
        for name in dict.fromkeys([*recorded, *replayed]):
            yield from _differences(pointer + pointer_to([name]), recorded.get(name), replayed.get(name))
    elif isinstance(recorded, list) and isinstance(replayed, list) and len(recorded) == len(replayed):
        for index, (one, other) in enumerate(zip(recorded, replayed, strict=True)):
            yield from _differences(f"{pointer}/{index}", one, other)
    elif recorded != replayed or type(recorded) is not type(replayed):
        yield Difference(pointer, recorded, replayed)
