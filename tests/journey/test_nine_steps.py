"""The tutorial's nine steps over a real socket, under a scaled real clock; under a frozen one they are a journal."""

from __future__ import annotations

from emulator import Emulator
from tests.journey.nine_steps import SEGMENTS, Walk


def test_the_nine_steps_at_an_hour_a_second() -> None:
    with Emulator(rate=3600).serve() as base:
        found = dict(Walk(base).steps())

    assert found["2. the definition is there"] == 'homeAddress.country = "US"'
    assert found["3a. a schedule, activated and moved"]["state"] == "active"
    assert found["3a. a schedule, activated and moved"]["schedule"] == "0 15 10 * * ?"
    assert found["3b. a segment job"]["status"] == "NEW"

    metrics = found["4. it has succeeded"]
    sizes = metrics["segmentedProfileCounter"]
    assert set(sizes) == set(SEGMENTS)
    assert all(0 < size < metrics["totalProfiles"] for size in sizes.values())
    statuses = metrics["segmentedProfileByStatusCounter"]
    assert statuses[SEGMENTS[0]] == {"realized": sizes[SEGMENTS[0]], "existing": 0, "exited": 0}

    assert found["5. a profile knows its segments"]["ups"][SEGMENTS[0]]["status"] == "realized"
    assert found["8. it has succeeded"]["status"] == "SUCCEEDED"

    rows = found["9. the rows"]
    assert len(rows) == sizes[SEGMENTS[0]]
    assert {row["homeAddress"]["country"] for row in rows} == {"US"}
    assert all(row["identityMap"] and row["segmentMembership"]["ups"][SEGMENTS[0]] for row in rows)
