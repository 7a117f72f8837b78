"""Every public name as a consumer uses it; ``assert_type`` says what a type checker has to make of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_type

from flask import Flask

from emulator import Emulator, __version__, create_app, pql

assert_type(__version__, str)
emulator = Emulator(seed=1, rate=0, scenario="realistic", sandboxes="auto")
assert_type(create_app(emulator, control_token="token", allowed_hosts=["aep"]), Flask)

# time
assert_type(emulator.clock.now, datetime)
assert_type(emulator.clock.rate, float)
for happening in emulator.clock.advance(hours=1):
    assert_type(happening.at, int)
emulator.clock.jump_to("2030-01-01T00:00:00Z")

# faults
rule = emulator.faults.add(operation="createSegmentJob", nth=2, respond=429)
assert_type(rule, str)
assert_type(emulator.faults.fired(rule), int)
assert_type(emulator.faults.remove(rule), bool)

# the journal
for exchange in emulator.requests.matching(operation="createSegmentJob", status=429):
    assert_type(exchange.status, int)
    assert_type(exchange.operation, str | None)
    assert_type(exchange.request.headers, dict[str, str])
    assert_type(exchange.response.body, str)
    assert_type(emulator.near_miss(exchange), str | None)
assert_type(emulator.requests.count(method="GET"), int)

# one organisation, and its state
universe = emulator.org("CONSUMER@AdobeOrg")
assert_type(universe.clock.now, datetime)
state = emulator.snapshot()
text = state.to_json()
assert_type(text, str)
emulator.restore(type(state).from_json(text))
universe.restore(universe.snapshot())
emulator.load({"sandbox": "prod", "profiles": []})
emulator.reset()

# the ways in
with emulator.serve() as base:
    assert_type(base, str)


@emulator.intercept(allow_other_hosts=False)
def intercepted(number: int) -> str:
    return str(number)


assert_type(intercepted(1), str)

# the query language
compiled = pql.compile('homeAddress.country = "US"')
assert_type(compiled, pql.Compiled)
profile: Mapping[str, Any] = {"homeAddress": {"country": "US"}}
assert_type(compiled.matches(profile, events=[], now="2026-01-01T00:00:00Z"), bool)
assert_type(compiled.text, str)
try:
    pql.compile("a = = b")
except pql.PQLError as error:
    assert_type(error.line, int)
    assert_type(error.message, str)
