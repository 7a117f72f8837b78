"""The marker and the ini options: what they say, which goes first, and how a mistake is told."""

from __future__ import annotations

import json
import re

import pytest

from tests.plugin.conftest import Run

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def people(pytester: pytest.Pytester) -> None:
    """Lay a fixture folder and a scenario beside the test file."""
    folder = pytester.mkdir("people")
    sandboxes = [{"name": "stage", "type": "development", "default": True}]
    (folder / "sandboxes.json").write_text(json.dumps(sandboxes), encoding="utf-8")
    scenario = {"seed": 9, "settings": {"max_schedules": 3}}
    (pytester.path / "calm.json").write_text(json.dumps(scenario), encoding="utf-8")


def test_the_marker_says_how_to_start(run: Run) -> None:
    run("""
        @pytest.mark.aep(start="2030-05-01T00:00:00Z", seed=7, max_schedules=2)
        def test_told(aep):
            assert aep.clock.now.year == 2030
            assert aep.seed == 7
            assert aep.settings.max_schedules == 2

        def test_untold(aep):
            assert (aep.clock.now.year, aep.seed, aep.settings.max_schedules) == (2026, 0, 1)
    """).assert_outcomes(passed=2)


def test_faults_of_the_marker_are_there_from_the_start(run: Run) -> None:
    run("""
        @pytest.mark.aep(faults=[{"operation": "createSegmentJob", "nth": 2, "respond": 429}])
        @pytest.mark.parametrize("_", range(2))
        def test_second_call(aep, aep_headers, _):
            assert [start_job(aep_headers).status_code for _ in range(3)] == [200, 429, 200]

        def test_none(aep):
            assert aep.faults.rules() == []
    """).assert_outcomes(passed=3)


def test_fixtures_and_scenario_lie_beside_the_test_file(run: Run) -> None:
    run("""
        @pytest.mark.aep(fixtures="people", scenario="calm.json")
        def test_folder(aep, aep_headers):
            assert aep_headers["x-sandbox-name"] == "stage"
            assert (aep.seed, aep.settings.max_schedules) == (9, 3)

        @pytest.mark.aep(scenario="realistic")
        def test_bundled(aep, aep_headers):
            job = start_job(aep_headers).json()
            aep.clock.advance(seconds=30)
            job = requests.get(f"{BASE}/segment/jobs/{job['id']}", headers=aep_headers).json()
            assert job["status"] == "PROCESSING"
    """).assert_outcomes(passed=2)


def test_fixtures_may_be_a_mapping(run: Run) -> None:
    run("""
        PERSON = {"identityMap": {"Email": [{"id": "a@example.com"}]}, "record": {}}

        @pytest.mark.aep(fixtures={"profiles": [PERSON]})
        @pytest.mark.parametrize("_", range(2))
        def test_mapping(aep, aep_headers, _):
            answer = requests.get(f"{BASE}/previewsamplestatus", headers=aep_headers).json()
            assert answer["totalFragmentCount"] == 1
    """).assert_outcomes(passed=2)


def test_the_nearest_marker_wins_word_by_word(run: Run) -> None:
    run("""
        pytestmark = pytest.mark.aep(seed=1, max_schedules=4)

        @pytest.mark.aep(seed=2)
        class TestClass:
            def test_class(self, aep):
                assert (aep.seed, aep.settings.max_schedules) == (2, 4)

            @pytest.mark.aep(seed=3)
            def test_function(self, aep):
                assert (aep.seed, aep.settings.max_schedules) == (3, 4)

        def test_module(aep):
            assert aep.seed == 1
    """).assert_outcomes(passed=3)


def test_ini_options_hold_where_no_marker_says_otherwise(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\naep_fixtures = people\naep_seed = 11\naep_scenario = calm.json\n")
    run("""
        def test_ini(aep, aep_session, aep_headers):
            assert aep.seed == aep_session.seed == 11
            assert aep.settings.max_schedules == 3
            assert aep_headers["x-sandbox-name"] == "stage"

        @pytest.mark.aep(seed=12)
        def test_marker(aep):
            assert (aep.seed, aep.settings.max_schedules) == (12, 3)
    """).assert_outcomes(passed=2)


#: Mistakes in a marker, and what is said of them.
MISTAKES = {
    "fixture='people'": "no keyword `fixture`; did you mean `fixtures`?",
    "max_schedule=2": "no keyword `max_schedule`; did you mean `max_schedules`?",
    "colour=2": "there are fixtures, scenario, seed, faults, start, rate and the settings",
    "7": "takes keywords only, such as seed=7, not 7",
    "fixtures='nowhere'": "no such folder",
    "scenario='unreal'": "bundled scenarios are",
    "start='tomorrow'": "not an RFC 3339 instant",
    "rate=-1": "a rate is a number from 0",
    "sandboxes='some'": "`sandboxes` is one of strict, auto, not 'some'",
    "faults=[{'operatoin': 'x', 'respond': 429}]": "did you mean `operation`?",
    "faults={'respond': 429}": "`faults` is a list of rules",
}


def test_a_mistake_in_a_marker_is_told_plainly(run: Run) -> None:
    tests = [f"@pytest.mark.aep({marker})\ndef test_{at}(aep):\n    pass\n" for at, marker in enumerate(MISTAKES)]
    result = run("\n".join(tests))
    result.assert_outcomes(errors=len(MISTAKES))
    _, *told = re.split(r"\n_+ ERROR at setup of test_\d+ _+\n", result.stdout.str().partition("short test summary")[0])
    for text, (marker, said) in zip(told, MISTAKES.items(), strict=True):
        assert said in text, marker
        assert "pytest_plugin.py" not in text, f"{marker}: the message is all"


def test_a_mistake_in_the_ini_file_is_told_plainly(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\naep_seed = lucky\n")
    result = run("def test_wrong(aep): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*aep_seed is a whole number, not 'lucky'"])


def test_the_marker_is_known_to_strict_sessions(run: Run) -> None:
    result = run("@pytest.mark.aep(seed=1)\ndef test_it(aep): pass", "--strict-markers")
    result.assert_outcomes(passed=1)
    assert "@pytest.mark.aep(fixtures=" in run("", "--markers").stdout.str()
