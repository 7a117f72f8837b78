"""What a failing test's report says of refusals that nothing comes near, and of jobs that have not ended."""

from __future__ import annotations

from tests.plugin.conftest import Run
from tests.plugin.test_report import section

pytest_plugins = ["pytester"]

#: What is asked, and what the report says of it.
CASES = {
    "no key": ('requests.get(JOBS, headers={**aep_headers, "x-api-key": ""})', "403: Api Key is required"),
    "no scheme": (
        'requests.get(JOBS, headers={**aep_headers, "Authorization": "any"})',
        "403: Oauth token is missing.",
    ),
    "method": (
        "requests.put(JOBS, headers=aep_headers)",
        "405: PUT is not an operation of /data/core/ups/segment/jobs;",
    ),
    "not emulated": (
        'requests.post(f"{BASE}/config/schedules/audience-map", headers=aep_headers)',
        " is not emulated: ",
    ),
    "fault": ("aep.faults.add(respond=429); start_job(aep_headers)", "429: Injected by fault-1."),
    "fault's body": (
        'aep.faults.add(respond={"status": 418, "body": {"tea": 1}}); start_job(aep_headers)',
        '418: {"tea":1}',
    ),
    "type": (
        'requests.post(JOBS, headers={**aep_headers, "Content-Type": "text/xml"}, data="x")',
        "415: HTTP 415 Unsupported Media Type",
    ),
    "no JSON": (
        'requests.post(JOBS, headers=aep_headers, data="[")',
        "; The body is not JSON: Expecting value at line 1",
    ),
    "PQL": (
        'requests.post(f"{BASE}/segment/definitions", headers=aep_headers, json={"name": "n", "expression": {"type": '
        '"PQL", "format": "pql/text", "value": "a = = b"}, "schema": {"name": "_xdm.context.profile"}})',
        "400: The expression does not compile: expected a value, found `=` (line 1, column 5)\n",
    ),
    "cron": (
        'requests.post(f"{BASE}/config/schedules", headers=aep_headers, json={"name": "n", "type": '
        '"batch_segmentation", "schedule": "0 0 * * * ?", "properties": {"segments": ["*"]}})',
        "more than once in 24 hours",
    ),
    "nobody": (
        'requests.get(f"{BASE}/access/entities?schema.name=_xdm.context.profile&entityId=zz&entityIdNS=Email",'
        " headers=aep_headers)",
        "404: no profile with Email `zz` in sandbox `prod`\n",
    ),
    "long": (
        'requests.get(JOBS, headers={**aep_headers, "x-emulator-fault": \'{"respond": 400}\' * 50})',
        "400: The header x-emulator-fault holds no fault rule",
    ),
}


def test_a_refusal_is_told_in_its_own_words(run: Run) -> None:
    tests = [
        f"def test_{at}(aep, aep_headers):\n    {ask}\n    assert False\n" for at, (ask, _) in enumerate(CASES.values())
    ]
    result = run('JOBS = f"{BASE}/segment/jobs"\n' + "\n".join(tests))
    told = [line for line in result.outlines if line.startswith("# 1. ")]
    for name, line, (_, said) in zip(CASES, told, CASES.values(), strict=True):
        assert said in f"{line}\n", name
        assert len(line) < 400, name


def test_a_job_that_waits_for_the_clock_is_told_with_the_call_that_ends_it(run: Run) -> None:
    result = run("""
        def test_fails(aep, aep_headers):
            job = start_job(aep_headers).json()["id"]
            assert requests.get(f"{BASE}/segment/jobs/{job}", headers=aep_headers).json()["status"] == "SUCCEEDED"

        def test_goes_on(aep_session, aep_headers):
            aep_session.faults.add(job="segment", nth=2, stuck_in="PROCESSING")
            ids = [start_job(aep_headers).json()["id"] for _ in range(2)]
            aep_session.clock.advance(0.5)
            assert False

        @pytest.mark.aep(rate=1)
        def test_runs(aep, aep_headers):
            start_job(aep_headers)
            assert False

        def test_ended(aep, aep_headers):
            aep.clock.run_until(start_job(aep_headers).json()["id"])
            assert False
    """)
    left = [line for line in result.outlines if line.startswith("# segment job ")]
    jobs = [line.split()[3] for line in left]
    assert left == [
        f"# segment job {jobs[0]} in sandbox prod of TEST@AdobeOrg is left NEW; "
        f'the clock was not moved to its end: aep.clock.run_until("{jobs[0]}")',
        f"# segment job {jobs[1]} in sandbox prod of TEST@AdobeOrg is left NEW; "
        f'the clock was not moved to its end: aep_session.clock.run_until("{jobs[1]}")',
        f"# segment job {jobs[2]} in sandbox prod of TEST@AdobeOrg is left NEW; nothing that is planned would end it",
    ]


def test_of_many_such_jobs_some_are_told(run: Run) -> None:
    result = run("""
        def test_fails(aep, aep_headers):
            for _ in range(12):
                start_job(aep_headers)
            assert False
    """)
    assert "# and 2 more jobs" in section(result.outlines)
