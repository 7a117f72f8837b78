"""Requests from OpenAPI documents, ours and Adobe's, and what has to hold of every answer.

Schemathesis draws requests that fit a document and requests that do not. As drawn, hardly any would come past the
gateway, so most are given credentials that pass and ids of what is there; half of the bodies are bodies that are right
but for a change or two.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import thread_time
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Err

from emulator import Emulator, create_app
from emulator.snapshots import Snapshot
from emulator.transport.wsgi import Answer, Sent, call, environ_of
from emulator.web.openapi.document import document
from emulator.web.operations import OPERATIONS
from tests.contract.cases import CASES
from tests.contract.stage import ORG, Stage, prepared
from tests.contract.test_control import CALLS
from tests.fuzz.targets import Target
from tests.fuzz.texts import mutated
from tests.services.conftest import HEADERS

ADOBE = Path(__file__).parents[1] / "cases" / "adobe"

#: The longest that an answer may take, in s of a processor's time.
SLOWEST = 1.0

#: What answers with pages and files for browsers.
_PAGES = ("/_emulator/ui/", "/_emulator/static/", "/_emulator/")

_NOT_EMULATED = {(each.method, each.path) for each in OPERATIONS if each.handler is None}

_BASE = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it goes over the wire, and the path of the operation that it is meant for."""

    template: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __repr__(self) -> str:
        return f"{self.method} {self.target} {dict(self.headers)} {self.body[:1500]!r}"


@dataclass(frozen=True, slots=True)
class Stand:
    """An emulator that cases act on, and its application."""

    emulator: Emulator
    app: Any


@cache
def stage() -> Stage:
    """Answer the prepared state: one thing of every kind."""
    return prepared()


def stand() -> Stand:
    """Answer an emulator in which every organisation begins in the prepared state."""
    emulator = stage().emulator()
    return Stand(emulator, create_app(emulator))


# -- what has to hold


def check(stand: Stand, asked: Asked) -> Answer:
    """Ask, and raise ``AssertionError`` for an answer that is a fault."""
    before = stand.emulator.snapshot()
    clocks = _clocks(stand.emulator)
    begun = thread_time()
    answer = call(
        stand.app, environ_of(Sent(asked.method, asked.target, list(asked.headers), asked.body), "http", "127.0.0.1")
    )
    took = thread_time() - begun
    assert took < SLOWEST, f"{took:.2f} s for {asked!r}"
    _check_answer(asked, answer)
    if answer.status >= 400:
        _check_unchanged(stand.emulator, before, clocks, asked, answer)
    if asked.template.startswith("/_emulator"):
        stand.emulator.faults.clear()  # a rule would answer for the services from now on
        stand.emulator.clock.set_rate(0)
    return answer


def check_story(stand: Stand, story: Sequence[Asked]) -> None:
    """Ask one request after the other; what is asked by id is asked of what was made last, if anything was."""
    made: str | None = None
    for asked in story:
        collection, brace, rest = asked.template.partition("/{")
        if made is not None and brace:
            path = f"{collection}/{quote(made, safe='')}{rest.partition('}')[2]}"
            asked = replace(asked, target=_with_ids(asked.method, path) + _query(asked.target))
        answer = check(stand, asked)
        if asked.method == "POST" and answer.status in (200, 201, 202) and not brace:
            made = _id_in(answer.body) or made


def _id_in(content: bytes) -> str | None:
    """Answer the id of what was made; Catalog answers a reference."""
    body = json.loads(content) if content else None
    if isinstance(body, list) and body and isinstance(body[0], str):
        return body[0].rpartition("/")[2]
    if not isinstance(body, dict):
        return None
    id = body.get("id", body.get("previewId"))
    return None if id is None else str(id)


def _query(target: str) -> str:
    return "?" + target.partition("?")[2] if "?" in target else ""


def _check_answer(asked: Asked, answer: Answer) -> None:
    told = f"{answer.status} {answer.body[:500]!r} to {asked!r}"
    if answer.status >= 500:
        is_documented = answer.status == 501 and (asked.method, asked.template) in _NOT_EMULATED
        assert is_documented, told
    if (
        answer.status >= 400
        and asked.method != "HEAD"
        and not asked.template.startswith(_PAGES[:2])
        and asked.template != _PAGES[2]
    ):
        types = [value for name, value in answer.headers if name.lower() == "content-type"]
        assert types == ["application/json"], told
        assert isinstance(json.loads(answer.body), dict | list), told
    assert b"Traceback" not in answer.body, told


def _check_unchanged(
    emulator: Emulator, before: Snapshot, clocks: Mapping[str, int], asked: Asked, answer: Answer
) -> None:
    told = f"was changed by {answer.status} {answer.body[:300]!r} to {asked!r}"
    changes = emulator.changes_since(before)
    assert not any(changes.values()), f"{changes} {told}"
    for org, reading in clocks.items():
        world = emulator.world(org)
        assert world.clock.now() == reading, f"the clock of {org!r} {told}"
        held = before.of(org) if org else before.whole()[0]
        assert list(world.upcoming()) == list(held.world.upcoming()), f"the agenda of {org!r} {told}"
        assert world.faults.rules == held.world.faults.rules, f"a fault rule of {org!r} {told}"


def _clocks(emulator: Emulator) -> dict[str, int]:
    return {world.org: world.clock.now() for world in emulator.worlds()}


# -- requests


def targets() -> Iterator[Target]:
    """Answer a target for every operation of every document that can be drawn from."""
    ours = list(_targets_of("ours", dict(document()), "", 1.0))
    yield from ours
    yield from _stories(ours)
    for file in sorted(ADOBE.iterdir()):
        described = json.loads(file.read_text(encoding="utf-8"))
        prefix = urlsplit(described["servers"][0]["url"]).path
        yield from _targets_of(file.stem, described, prefix, 0.5)


def _targets_of(name: str, described: dict[str, Any], prefix: str, weight: float) -> Iterator[Target]:
    for found in schemathesis.openapi.from_dict(described).get_all_operations():
        if isinstance(found, Err):
            continue
        operation = found.ok()
        method, path = operation.method.upper(), prefix + operation.path
        drawn = st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )
        cases = st.builds(_asked, st.just((method, path, prefix)), drawn, _grounds(method, path))
        yield Target(f"{name}: {method} {path}", cases, check, stand, weight)


def _stories(targets: Sequence[Target]) -> Iterator[Target]:
    """Answer a target for every kind of thing that can be made: what was made in a story is asked for in it."""
    kinds: dict[str, list[Target]] = defaultdict(list)
    for target in targets:
        path = target.name.split(" ")[2]
        kinds[path.partition("/{")[0].removesuffix("/bulk-get").replace("/v2/", "/")].append(target)
    for collection, found in kinds.items():
        methods = {each.name.split(" ")[1] for each in found}
        if "POST" in methods and len(found) > 2 and not collection.startswith("/_emulator"):
            stories = st.lists(st.one_of([each.cases for each in found]), min_size=2, max_size=6)
            yield Target(f"stories: {collection}", stories, check_story, stand, 5.0)


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What a request is given besides what was drawn from the document."""

    has_credentials: bool
    has_ids: bool
    is_of_nobody: bool
    body: Any


_ABSENT = object()


def _grounds(method: str, path: str) -> st.SearchStrategy[_Grounds]:
    bodies: st.SearchStrategy[Any] = st.just(_ABSENT)
    right = list(_right_bodies(method, path))
    if right:
        bodies = st.one_of(bodies, st.sampled_from(right), mutated(right), mutated(right))
    often = st.sampled_from([True] * 9 + [False])
    return st.builds(_Grounds, often, often, st.sampled_from([False] * 9 + [True]), bodies)


def _right_bodies(method: str, path: str) -> Iterator[Any]:
    case = CASES.get((method, path))
    if case is not None and case.body is not None:
        yield case.body(stage().ids)
    for made in CALLS.get((method, path), ()):
        yield made(dict(stage().ids))


def _asked(place: tuple[str, str, str], case: Any, grounds: _Grounds) -> Asked:
    method, template, prefix = place
    headers: dict[str, str] = {}
    target, body = template, b""
    try:
        drawn = requests.Request(**case.as_transport_kwargs(base_url=_BASE)).prepare()
        split = urlsplit(str(drawn.url))
        target = prefix + (f"{split.path}?{split.query}" if split.query else split.path)
        headers = {name: str(value) for name, value in drawn.headers.items()}
        content = drawn.body or b""
        body = content if isinstance(content, bytes) else str(content).encode("utf-8", "surrogatepass")
    except (requests.RequestException, ValueError, UnicodeError):
        target = template  # what no client sends: the place alone is kept
    if grounds.has_ids:
        target = _with_ids(method, template) + _query(target)
    if grounds.has_credentials:
        known = {name.lower() for name in HEADERS}
        headers = {name: value for name, value in headers.items() if name.lower() not in known}
        headers |= {**HEADERS, "x-gw-ims-org-id": ORG}
        if grounds.is_of_nobody:
            headers.pop("x-gw-ims-org-id")
    if grounds.body is not _ABSENT:
        headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        headers["Content-Type"] = "application/json"
        body = json.dumps(grounds.body).encode()
    headers = {
        name: value for name, value in headers.items() if name.lower() not in ("content-length", "x-emulator-fault")
    }
    if body:
        headers["Content-Length"] = str(len(body))
    return Asked(template, method, target, tuple(headers.items()), body)


def _with_ids(method: str, template: str) -> str:
    """Answer a path with ids of what is there; where none is known, with what stands there."""
    case = CASES.get((method, template))
    path = template
    if case is not None:
        for name, thing in case.variables.items():
            path = path.replace(f"{{{name}}}", quote(stage().ids.get(thing, thing), safe=""))
    names = {"{id}": stage().ids["query"], "{name}": "kept"}
    for variable, id in names.items():
        path = path.replace(variable, id)
    return path
