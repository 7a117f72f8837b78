"""Histories: calls with their answers, and the ways of telling one again that must not make a difference."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise, zip_longest
from typing import Any, NamedTuple, cast

from emulator import Emulator, create_app
from tests.property.people import FIXTURES, MAX_SCHEDULES, ORG

CLOCK = "/_emulator/clock"


class Call(NamedTuple):
    """What is sent: ``body`` is JSON, None for none."""

    method: str
    path: str
    body: Any = None

    @property
    def reads(self) -> bool:
        return self.method == "GET" or self.path.endswith("/access/entities")

    @property
    def moves(self) -> bool:
        return self.path == CLOCK and self.method == "POST"


class Said(NamedTuple):
    """What was answered, to the byte."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def told(self) -> tuple[int, bytes]:
        """The answer without the number of the request, which counts all requests."""
        own = dict(self.headers).get("x-request-id", "none")
        return self.status, self.content.replace(own.encode(), b"")


History = list[tuple[Call, Said]]


class Stage:
    """An emulator that plays histories; making its application costs more than playing."""

    def __init__(self) -> None:
        self.emulator = Emulator(FIXTURES, max_schedules=MAX_SCHEDULES)
        self._app = create_app(self.emulator)

    def call(self, call: Call, org: str = ORG) -> Said:
        headers = {"Authorization": "Bearer t", "x-api-key": "k", "x-gw-ims-org-id": org, "x-sandbox-name": "prod"}
        options = {} if call.body is None else {"json": call.body}
        answer = self._app.test_client().open(call.path, method=call.method, headers=headers, **cast(Any, options))
        return Said(answer.status_code, tuple(answer.headers.items()), answer.data)

    def play(self, calls: Iterable[Call], org: str = ORG) -> list[Said]:
        return [self.call(call, org) for call in calls]

    def requests(self, org: str = ORG) -> Any:
        """Answer the journal."""
        return self.call(Call("GET", "/_emulator/requests"), org).json

    def state(self, org: str = ORG) -> Any:
        """Answer everything that is not the journal's."""
        document = self.call(Call("GET", "/_emulator/snapshot"), org).json
        for world in document["orgs"]:
            del world["requests"]
        return document


@cache
def _stage(name: str) -> Stage:
    return Stage()


def stage(name: str) -> Stage:
    """Answer the stage of that name, as new."""
    found = _stage(name)
    found.emulator.reset()
    return found


# -- the laws


def check_again(history: History, journal: Any) -> None:
    """The same seed: the same answers to the byte, and the same journal."""
    second = stage("second")
    assert second.play(call for call, _ in history) == [said for _, said in history]
    assert second.requests() == journal


def check_quietly(history: History, state: Any) -> None:
    """Reading changes nothing, and one jump is as many steps: only what was written is told, in as few moves."""
    second = stage("second")
    pending: Call | None = None
    for call, said in history:
        if call.reads:
            continue
        if call.moves:
            if said.status == 200:
                pending = jump_to(said.json["now"])
            continue
        if pending is not None:
            second.call(pending)
            pending = None
        assert second.call(call).told == said.told
    if pending is not None:
        second.call(pending)
    assert second.state() == state


def check_in_small_steps(history: History) -> None:
    """Many steps are as one jump: every move is made in pieces, and all else is answered to the byte."""
    second = stage("second")
    for call, said in history:
        if call.moves and said.status == 200:
            before = second.call(Call("GET", CLOCK)).json["now"]
            happened = []
            for piece in _pieces(before, said.json):
                happened += second.call(piece).json["events"]
            assert happened == said.json["events"]
        else:
            assert second.call(call) == said


def _pieces(before: str, move: Any) -> Iterator[Call]:
    """Answer the pieces of a move: from event to event, and half way between."""
    instants = [before, *(each["at"] for each in move["events"]), move["now"]]
    for earlier, later in pairwise(instants):
        first, last = (round(datetime.fromisoformat(each).timestamp() * 1000) for each in (earlier, later))
        yield jump_to(instant((first + last) // 2))
        yield jump_to(later)


def instant(ms: int) -> str:
    """Write an instant (epoch ms) as the emulator does: RFC 3339, with a fraction only where there is one."""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds" if ms % 1000 else "seconds").replace("+00:00", "Z")


def jump_to(instant: str) -> Call:
    return Call("POST", CLOCK, {"jump_to": instant})


def check_side_by_side(history: History, lag: int) -> None:
    """An organisation tells what it tells alone, whoever else lives through the same ``lag`` calls behind it."""
    elsewhere = in_another(history, "OTHER@AdobeOrg")
    both = stage("second")
    silence: Sequence[Any] = [None] * lag
    for first, other in zip_longest(history, [*silence, *elsewhere]):
        if first is not None:
            assert both.call(first[0]) == first[1]
        if other is not None:
            assert both.call(other[0], "OTHER@AdobeOrg") == other[1]


def in_another(history: History, org: str) -> History:
    """Live through a history in another organisation, alone: it has ids of its own, and all else is the same."""
    alone = stage("second")
    names = Names()
    retold: History = []
    for call, said in history:
        own = Call(call.method, names.path(call.path), names.of(call.body))
        answer = alone.call(own, org)
        assert answer.status == said.status
        names.learn(said.json if said.content else None, answer.json if answer.content else None)
        retold.append((own, answer))
    return retold


class Names:
    """Which text of one story stands where which of another does; each for one only."""

    def __init__(self) -> None:
        self._others: dict[str, str] = {}
        self._own: dict[str, str] = {}

    def learn(self, one: Any, other: Any) -> None:
        """Compare two answers: the same but for texts that have always stood for each other."""
        assert type(one) is type(other)
        if isinstance(one, dict):
            assert len(one) == len(other)
            for (name, value), (other_name, other_value) in zip(one.items(), other.items(), strict=True):
                self.learn(name, other_name)
                self.learn(value, other_value)
        elif isinstance(one, list):
            assert len(one) == len(other)
            for value, other_value in zip(one, other, strict=True):
                self.learn(value, other_value)
        elif isinstance(one, str):
            assert self._others.setdefault(one, other) == other
            assert self._own.setdefault(other, one) == one
        else:
            assert one == other

    def of(self, value: Any) -> Any:
        """Answer what stands in the other story for a value of the one."""
        if isinstance(value, dict):
            return {self.of(name): self.of(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner) for inner in value]
        return self._others.get(value, value) if isinstance(value, str) else value

    def path(self, path: str) -> str:
        return "/".join(self._others.get(part, part) for part in path.split("/"))
