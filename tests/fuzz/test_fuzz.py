"""The fuzzing itself: a few cases of every target, and proof that a defect would be found."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from emulator.fixtures import FixtureError
from emulator.resources.refusals import Refusal
from emulator.web import app as application
from emulator.web.exchange import Call, Reply
from emulator.web.operations import OPERATIONS
from tests.fuzz.targets import Outcome, Target, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("schemathesis") is None, reason="schemathesis comes with the extra `fuzz`"),
]


def test_a_few_cases_of_every_target() -> None:
    from tests.fuzz import http, texts, wire

    found = [run(each, 2, 3) for each in (*http.targets(), *texts.targets(), *wire.targets())]
    assert [each for each in found if each.fault is not None] == []
    assert len(found) > 200


def fuzzed(monkeypatch: pytest.MonkeyPatch, id: str, handler: Any) -> Outcome:
    """Fuzz an operation whose handler is replaced."""
    from msgspec.structs import replace

    from tests.fuzz import http

    swapped = [replace(each, handler=handler) if each.id == id else each for each in OPERATIONS]
    monkeypatch.setattr(application, "OPERATIONS", swapped)
    (operation,) = [each for each in OPERATIONS if each.id == id]
    name = f"ours: {operation.method} {operation.path}"
    (target,) = [each for each in http.targets() if each.name == name]
    return run(target, 40, 1)


def fails(call: Call) -> Reply:
    raise LookupError("a defect")


def refuses_after_work(call: Call) -> Reply:
    """Delete a definition, and say that nothing was done."""
    call.space.definitions.remove(next(call.space.definitions.keys()))
    raise Refusal(400, "nothing was done")


def answers_html(call: Call) -> Reply:
    return Reply(404, content=b"<html></html>", content_type="text/html")


def takes_long(call: Call) -> Reply:
    return Reply(200, {"sum": sum(range(200_000_000))})


@pytest.mark.parametrize(
    ("handler", "words"),
    [(fails, "500"), (refuses_after_work, "was changed by 400"), (answers_html, "<html>"), (takes_long, " s for ")],
)
def test_a_defect_is_found(handler: Any, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = fuzzed(monkeypatch, "listSegmentJobs", handler)
    assert words in str(outcome.fault)


def test_a_case_that_is_no_fault_is_none() -> None:
    outcome = run(Target("fine", st.integers(), lambda _, __: None), 20, 0)
    assert (outcome.name, outcome.cases, outcome.fault) == ("fine", 20, None)


def test_what_is_mutated_is_mutated_anywhere_and_the_original_stays() -> None:
    from tests.fuzz.texts import mutated

    document = {"a": [{"b": 1}, 2], "c": None}
    kept = json.dumps(document)
    seen: set[str] = set()
    run(Target("m", mutated([document]), lambda _, case: seen.add(json.dumps(case, default=str))), 200, 0)
    assert json.dumps(document) == kept
    assert len(seen) > 100


def test_the_documents_that_are_mutated_are_right() -> None:
    """Otherwise hardly anything would be reached."""
    from emulator import Emulator
    from emulator.scenarios import read_scenario
    from emulator.snapshots import Snapshot
    from tests.fuzz import texts

    for fixtures in texts._fixtures()[:1]:
        Emulator().load(fixtures)
    read_scenario(texts._SCENARIO)
    Emulator({}).restore(Snapshot.from_json(json.dumps(texts._state())))
    with pytest.raises(FixtureError):
        Emulator().load(Path(__file__).parent)
