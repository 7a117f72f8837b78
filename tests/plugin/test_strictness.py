"""Options that fail a test whose own assertions hold; each is off unless asked for."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

pytest_plugins = ["pytester"]

CASES = {
    "--aep-fail-on-501": (
        'requests.post(f"{BASE}/config/schedules/audience-map", headers=aep_headers)',
        "POST /data/core/ups/config/schedules/audience-map (mapAudiencesToSchedules) answered 501",
    ),
    "--aep-fail-on-5xx": (
        'requests.post(f"{BASE}/config/schedules/audience-map", headers=aep_headers)',
        "answered 501, which no fault injected",
    ),
    "--aep-fail-on-unused-faults": (
        'aep.faults.add(operation="createSegmentJob", nth=2, respond=503); start_job(aep_headers)',
        "fault fault-1 never fired, with 1 matches: {'operation': 'createSegmentJob', 'nth': 2, 'respond': 503}",
    ),
    "--aep-fail-on-running-jobs": (
        "start_job(aep_headers)",
        "in sandbox prod of TEST@AdobeOrg is left NEW; advance the clock until it ends, or cancel it",
    ),
}


def case(flag: str) -> str:
    return f"def test_{flag.strip('-').replace('-', '_')}(aep, aep_headers):\n    {CASES[flag][0]}\n"


def test_nothing_fails_unless_asked_for(run: Run) -> None:
    run("".join(map(case, CASES))).assert_outcomes(passed=len(CASES))


@pytest.mark.parametrize("flag", CASES)
def test_it_fails_at_teardown_when_asked_and_says_why(run: Run, flag: str) -> None:
    result = run(case(flag), flag)
    result.assert_outcomes(passed=1, errors=1)
    assert "ERROR at teardown of test_" in result.stdout.str()
    assert CASES[flag][1] in result.stdout.str()
    assert f"({flag})" in result.stdout.str()


def test_what_is_in_order_passes_under_all_of_them(run: Run) -> None:
    run(
        """
        def test_it(aep, aep_headers):
            aep.faults.add(operation="createSegmentJob", nth=1, respond=503)
            assert start_job(aep_headers).status_code == 503
            assert start_job(aep_headers).status_code == 200
            aep.clock.advance(seconds=5)
        """,
        *CASES,
    ).assert_outcomes(passed=1)


def test_a_running_export_job_is_told(run: Run) -> None:
    result = run(
        """
        def test_it(aep, aep_headers):
            body = {
                "destination": {"datasetId": "5b020a27e7040801dedba61b"},
                "schema": {"name": "_xdm.context.profile"},
            }
            assert requests.post(f"{BASE}/export/jobs", headers=aep_headers, json=body).status_code == 200
        """,
        "--aep-fail-on-running-jobs",
    )
    result.stdout.fnmatch_lines(["export job 1 in sandbox prod of TEST@AdobeOrg is left NEW*"])


def test_a_test_that_failed_already_is_not_failed_again(run: Run) -> None:
    code = "def test_it(aep, aep_headers): start_job(aep_headers); assert False"
    run(code, "--aep-fail-on-running-jobs").assert_outcomes(failed=1)


def test_the_session_is_looked_at_when_it_ends(run: Run) -> None:
    result = run(
        """
        def test_first(aep_session, aep_headers):
            start_job(aep_headers)

        def test_second(aep_session, aep_headers):
            assert True
        """,
        "--aep-fail-on-running-jobs",
    )
    result.assert_outcomes(passed=2, errors=1)
    assert "ERROR at teardown of test_second" in result.stdout.str()
