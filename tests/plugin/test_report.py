"""What a failing test shows: its requests as lines that run, what each probably meant, warnings and faults."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

from emulator import Emulator
from tests.plugin.conftest import Run

pytest_plugins = ["pytester"]


def section(lines: Sequence[str], title: str = "aep requests") -> list[str]:
    """Answer the lines of the report's section, without the summary after it."""
    begins = next(at for at, line in enumerate(lines) if line.strip("- ") == title)
    rest = lines[begins + 1 :]
    ends = next(at for at, line in enumerate(rest) if re.match(r"[-=_]{3,}", line))
    return list(rest[:ends])


def test_a_failing_test_shows_what_was_asked_and_what_was_probably_meant(run: Run) -> None:
    result = run("""
        def test_fails(aep, aep_headers):
            aep.faults.add(operation="createSegmentJob", nth=1, respond=429)
            start_job(aep_headers)
            requests.get(f"{BASE}/config/schedules/cd585edf-962d-420d-94ad-3be03e619ac2", headers=aep_headers)
            requests.get(f"{BASE}/segment/job", headers=aep_headers)
            body = '[{"segmentId": "' + SEGMENT + '"},]'
            requests.post(f"{BASE}/segment/jobs?flavour=mint", headers=aep_headers, data=body.encode())
            assert False
    """)
    lines = section(result.outlines)
    text = "\n".join(lines)
    assert lines[0] == "# against aep-emulator serve --rate 0"
    assert "createSegmentJob answered 429" in text
    assert "#    fault: fault-1" in lines
    assert (
        "retrieveSchedule answered 404: no schedule `cd585edf-962d-420d-94ad-3be03e619ac2` in sandbox `prod`; "
        "sandbox `dev` has it"
    ) in text
    assert "no operation at /data/core/ups/segment/job; did you mean GET /data/core/ups/segment/jobs?" in text
    assert "#    warning: the body has a trailing comma, which is not JSON" in text
    assert "#    warning: the query parameter `flavour` is unknown here" in text
    assert lines[-1] == (
        '# fault fault-1 {"operation": "createSegmentJob", "nth": 1, "respond": 429} fired 1 of 2 matches, seed 0'
    )
    assert "Bearer aep-emulator" not in text


def test_a_passing_test_shows_nothing(run: Run) -> None:
    result = run("def test_passes(aep, aep_headers): start_job(aep_headers)", "-rA")
    assert "aep requests" not in result.stdout.str()


def test_a_test_without_requests_shows_nothing(run: Run) -> None:
    result = run("def test_fails(aep): assert False")
    assert "aep requests" not in result.stdout.str()


def test_a_fixture_that_fails_shows_them_too(run: Run) -> None:
    result = run("""
        @pytest.fixture
        def job(aep, aep_headers):
            return start_job(aep_headers).json()["nothing"]

        def test_it(job):
            pass
    """)
    result.assert_outcomes(errors=1)
    assert "createSegmentJob answered 200" in section(result.outlines)[1]


def test_only_the_requests_of_the_test_itself_are_shown(run: Run) -> None:
    result = run("""
        def test_first(aep_session, aep_headers):
            requests.get(f"{BASE}/segment/definitions", headers=aep_headers)

        def test_second(aep_session, aep_headers):
            start_job(aep_headers)
            assert False
    """)
    lines = section(result.outlines, "aep_session requests")
    assert sum(line.startswith("curl") for line in lines) == 1


def test_of_many_requests_the_last_are_shown(run: Run) -> None:
    result = run("""
        def test_many(aep, aep_headers):
            for _ in range(60):
                requests.get(f"{BASE}/segment/jobs", headers=aep_headers)
            assert False
    """)
    lines = section(result.outlines)
    assert lines[1] == "# the last 50 of 60 requests"
    assert sum(line.startswith("curl") for line in lines) == 50
    assert any(line.startswith("# 60. ") for line in lines)


def test_how_the_emulator_started_is_told(run: Run) -> None:
    result = run("""
        @pytest.mark.aep(seed=3, start="2030-05-01T00:00:00Z", sandboxes="auto")
        def test_fails(aep, aep_headers):
            start_job(aep_headers)
            assert False
    """)
    told = "# against aep-emulator serve --rate 0 --sandboxes auto --seed 3 --start 2030-05-01T00:00:00Z"
    assert sorted(section(result.outlines)[0].split()) == sorted(told.split())


def test_what_is_shown_is_a_script_that_does_the_same_again(run: Run) -> None:
    result = run("""
        def test_fails(aep, aep_headers):
            job = start_job(aep_headers).json()["id"]
            aep.clock.advance(seconds=5)
            requests.get(f"{BASE}/segment/jobs/{job}", headers=aep_headers)
            requests.get(f"{BASE}/segment/jobs/it's\\n'; echo $HOME", headers=aep_headers)
            assert False
    """)
    again = Emulator()
    with again.serve() as base:
        script = "\n".join(section(result.outlines)).replace("http://127.0.0.1:8080", base)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=True)
    assert [each.status for each in again.requests] == [200, 200, 404]
    assert '"status":"SUCCEEDED"' in done.stdout
    assert again.requests[-1].path.endswith("/it's\n'; echo $HOME")
