"""The fixtures: what they are, that each test begins anew, and that workers do not meet."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import PREAMBLE, Run

pytest_plugins = ["pytester"]


def test_a_session_that_does_not_use_it_imports_nothing_of_ours(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile("""
        import sys

        def test_nothing(pytestconfig):
            assert pytestconfig.pluginmanager.has_plugin("aep")
            kept_out = ("emulator", "flask", "werkzeug", "requests")
            loaded = {name for name in sys.modules if name.split(".")[0] in kept_out}
            assert loaded == {"emulator", "emulator.version", "emulator.pytest_plugin"}
    """)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.runpytest_subprocess("-p", "aep", "-p", "no:cacheprovider", "-W", "error").assert_outcomes(passed=1)


def test_aep_answers_for_the_platform_on_a_frozen_clock(run: Run) -> None:
    run("""
        def test_job(aep, aep_headers):
            job = start_job(aep_headers).json()
            assert job["status"] == "NEW"
            aep.clock.advance(seconds=5)
            job = requests.get(f"{BASE}/segment/jobs/{job['id']}", headers=aep_headers).json()
            assert job["metrics"]["segmentedProfileCounter"] == {SEGMENT: 66}
            assert [each.operation for each in aep.requests] == ["createSegmentJob", "retrieveSegmentJob"]
    """).assert_outcomes(passed=1)


def test_every_test_begins_anew(run: Run) -> None:
    run("""
        from datetime import datetime, UTC

        seen = set()

        @pytest.mark.parametrize("_", range(3))
        def test_alone(aep, aep_headers, _):
            assert aep.clock.now == datetime(2026, 1, 15, 9, tzinfo=UTC)
            assert aep.requests == []
            assert aep.faults.rules() == []
            assert requests.get(f"{BASE}/segment/jobs", headers=aep_headers).json()["children"] == []
            aep.faults.add(operation="createSegmentJob", nth=2, respond=429)
            seen.add(start_job(aep_headers).json()["id"])
            assert len(seen) == 1
            aep.clock.advance(days=1)
    """).assert_outcomes(passed=3)


def test_the_platform_is_itself_again_outside(run: Run) -> None:
    run("""
        original = requests.adapters.HTTPAdapter.send

        def test_inside(aep):
            assert aep.requests == []

        def test_outside():
            assert requests.adapters.HTTPAdapter.send is original
    """).assert_outcomes(passed=2)


def test_aep_server_is_one_server_with_fresh_state(run: Run) -> None:
    run("""
        bases = set()

        @pytest.mark.parametrize("_", range(2))
        def test_server(aep_server, aep_headers, _):
            bases.add(aep_server)
            jobs = f"{aep_server}/data/core/ups/segment/jobs"
            assert requests.get(jobs, headers=aep_headers).json()["children"] == []
            assert requests.post(jobs, headers=aep_headers, json=[{"segmentId": SEGMENT}]).status_code == 200

        def test_once():
            assert len(bases) == 1
    """).assert_outcomes(passed=3)


def test_aep_and_aep_server_are_the_same_emulator(run: Run) -> None:
    run("""
        @pytest.mark.aep(seed=5)
        def test_both(aep, aep_server, aep_headers):
            job = start_job(aep_headers, f"{aep_server}/data/core/ups").json()
            aep.clock.advance(seconds=5)
            assert requests.get(f"{BASE}/segment/jobs/{job['id']}", headers=aep_headers).json()["status"] == "SUCCEEDED"
    """).assert_outcomes(passed=1)


def test_aep_session_keeps_its_state(run: Run) -> None:
    run("""
        def test_first(aep_session, aep_headers):
            start_job(aep_headers)

        def test_second(aep_session, aep_headers):
            assert len(requests.get(f"{BASE}/segment/jobs", headers=aep_headers).json()["children"]) == 1

        def test_nearer(aep_session, aep, aep_headers):
            assert requests.get(f"{BASE}/segment/jobs", headers=aep_headers).json()["children"] == []
    """).assert_outcomes(passed=3)


def test_aep_session_serves_wider_fixtures(run: Run) -> None:
    run("""
        @pytest.fixture(scope="module")
        def job(aep_session):
            headers = {"Authorization": "Bearer x", "x-api-key": "x", "x-gw-ims-org-id": "M", "x-sandbox-name": "prod"}
            return start_job(headers).json()

        def test_one(job):
            assert job["status"] == "NEW"
    """).assert_outcomes(passed=1)


def test_aep_headers_are_the_tests_own(run: Run) -> None:
    run("""
        @pytest.mark.parametrize("_", range(2))
        def test_headers(aep, aep_headers, _):
            assert start_job(aep_headers).status_code == 200
            aep_headers.clear()
    """).assert_outcomes(passed=2)


def test_aep_headers_open_the_services_under_strict_auth(run: Run) -> None:
    run("""
        @pytest.mark.aep(strict_auth=True)
        def test_strict(aep, aep_headers):
            assert start_job(aep_headers).status_code == 200
            assert start_job({**aep_headers, "Authorization": "Bearer other"}).status_code == 401
    """).assert_outcomes(passed=1)


@pytest.mark.slow
def test_workers_of_xdist_do_not_meet(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        PREAMBLE
        + """
@pytest.mark.parametrize("number", range(6))
def test_alone(aep, aep_server, aep_headers, number):
    for base in (BASE, f"{aep_server}/data/core/ups"):
        assert start_job(aep_headers, base).status_code == 200
    assert len(requests.get(f"{BASE}/segment/jobs", headers=aep_headers).json()["children"]) == 2
    assert number
"""
    )
    result = pytester.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=5, failed=1)
    assert sum(line.startswith("curl ") for line in result.outlines) == 3, "the report comes with the worker's answer"


def test_unittest_cases_may_use_it(run: Run) -> None:
    run("""
        import unittest

        @pytest.mark.usefixtures("aep")
        class TestCase(unittest.TestCase):
            def test_answers(self):
                assert requests.get(f"{BASE}/segment/jobs").status_code == 403
    """).assert_outcomes(passed=1)


def test_coroutines_may_use_it(run: Run) -> None:
    run("""
        import aiohttp
        import httpx

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_answers(aep, aep_headers):
            async with httpx.AsyncClient(headers=aep_headers) as client:
                job = (await client.post(f"{BASE}/segment/jobs", json=[{"segmentId": SEGMENT}])).json()
            aep.clock.run_until(job["id"])
            async with aiohttp.ClientSession(headers=aep_headers) as session:
                async with session.get(f"{BASE}/segment/jobs/{job['id']}") as answer:
                    assert (await answer.json())["status"] == "SUCCEEDED"
    """).assert_outcomes(passed=1)


def test_the_fixtures_explain_themselves(run: Run) -> None:
    result = run("", "--fixtures")
    result.stdout.fnmatch_lines(["aep -- *", "aep_session *", "aep_server -- *", "aep_headers -- *"], consecutive=False)
