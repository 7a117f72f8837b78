"""Every value of every setting shows: here, or in the test that is named for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import Emulator
from emulator.settings import BY_NAME, SettingError, Settings
from tests.docs.nodes import exists
from tests.for_each import for_each
from tests.services.conftest import HEADERS, JOBS, NIGHTLY, POLICY, SCHEDULES, SEGMENT, UPS, Client, create_definition

#: A member of the segment.
CUSTOMER = "marguerite.ashdown@example.com"

A_NUMBER = "a number"


def memberships_after_two_jobs(emulator: Emulator) -> Any:
    client = Client(emulator)
    for _ in range(2):
        assert client.post(JOBS, json=[{"segmentId": SEGMENT}]).status_code == 200
        emulator.clock.advance(seconds=10)
    query = f"schema.name=_xdm.context.profile&entityIdNS=email&entityId={CUSTOMER}"
    (found,) = client.get(f"{UPS}/access/entities?{query}").json.values()
    return found["entity"]["segmentMembership"]


def own_namespace(emulator: Emulator) -> Any:
    return [name for name in memberships_after_two_jobs(emulator) if name.lower() == "ups"]


def status_of_a_member_that_stays(emulator: Emulator) -> Any:
    return memberships_after_two_jobs(emulator)["ups"][SEGMENT]["status"]


def policies_beside_three(emulator: Emulator) -> Any:
    client = Client(emulator)
    return [client.post(f"{UPS}/config/mergePolicies", json=POLICY).status_code for _ in range(3)]


def bodies_nested_once_more_each(emulator: Emulator) -> Any:
    client = Client(emulator)
    titles = [client.post(JOBS, data=f"{'[' * depth}{']' * depth}").text for depth in (1, 2, 3)]
    return ["nested deeper" in each for each in titles]


def paths_in_the_journal_of_three_requests(emulator: Emulator) -> Any:
    client = Client(emulator)
    for name in "abc":
        client.get(f"{JOBS}/{name}")
    return [each.path.rpartition("/")[2] for each in emulator.requests]


def statuses_for_two_organisations(emulator: Emulator) -> Any:
    orgs = ("A@AdobeOrg", "B@AdobeOrg", "A@AdobeOrg")
    return [Client(emulator, HEADERS | {"x-gw-ims-org-id": org}).get(JOBS).status_code for org in orgs]


#: Setting, value, what is looked at, and what is seen.
SHOWN_HERE: tuple[tuple[str, object, Callable[[Emulator], Any], Any], ...] = (
    ("membership_namespace_key", "ups", own_namespace, ["ups"]),
    ("membership_namespace_key", "UPS", own_namespace, ["UPS"]),
    ("membership_statuses", "three", status_of_a_member_that_stays, "existing"),
    ("membership_statuses", "two", status_of_a_member_that_stays, "realized"),
    ("max_merge_policies", 5, policies_beside_three, [200, 200, 400]),
    ("max_json_depth", 2, bodies_nested_once_more_each, [False, False, True]),
    ("journal_size", 2, paths_in_the_journal_of_three_requests, ["b", "c"]),
    ("journal_bytes", 600, paths_in_the_journal_of_three_requests, ["b", "c"]),
    ("max_orgs", 1, statuses_for_two_organisations, [200, 503, 200]),
)

#: Setting and value, and the test that shows it.
SHOWN_ELSEWHERE = {
    ("sandboxes", "strict"): "tests/services/test_gateway.py::test_a_missing_or_unknown_sandbox_is_refused",
    ("sandboxes", "auto"): "tests/services/test_sandboxes.py::test_sandboxes_made_on_first_use_are_listed",
    ("sandbox_header", "required"): "tests/services/test_gateway.py::test_a_missing_or_unknown_sandbox_is_refused",
    ("sandbox_header", "default-prod"): "tests/services/test_gateway.py::test_a_missing_sandbox_may_mean_prod",
    ("strict_auth", "false"): "tests/services/test_gateway.py::test_the_scheme_is_compared_without_case",
    ("strict_auth", "true"): (
        "tests/services/test_ims.py::test_under_strict_auth_the_token_opens_the_services_for_its_client_and_its_life"
    ),
    ("missing_token_status", "403"): "tests/services/test_gateway.py::test_a_missing_header_is_refused",
    ("missing_token_status", "401"): "tests/services/test_gateway.py::test_a_missing_token_may_be_401",
    ("strict_json", "false"): "tests/services/test_segment_jobs.py::test_a_trailing_comma_is_forgiven_unless_strict",
    ("strict_json", "true"): "tests/services/test_segment_jobs.py::test_a_trailing_comma_is_forgiven_unless_strict",
    ("segment_job_delete", "204-empty"): "tests/services/test_segment_jobs.py::test_cancelling",
    ("segment_job_delete", "200-body"): (
        "tests/services/test_segment_jobs.py::test_the_answer_to_a_delete_may_have_a_body"
    ),
    ("export_job_delete", "200-body"): "tests/services/test_export_jobs.py::test_cancelling",
    ("export_job_delete", "204-empty"): "tests/services/test_export_jobs.py::test_cancelling_may_answer_without_a_body",
    ("delete_terminal_job", "remove"): "tests/services/test_segment_jobs.py::test_a_job_that_has_ended_is_taken_away",
    ("delete_terminal_job", "ignore"): "tests/services/test_segment_jobs.py::test_ended_jobs_may_be_kept",
    ("progression", "time"): "tests/services/test_segment_jobs.py::test_fields_grow_with_the_phases",
    ("progression", "polls"): "tests/faults/test_scenarios.py::test_polls_move_a_job_one_phase_each",
    ("progression", "immediate"): "tests/faults/test_scenarios.py::test_immediate_jobs_have_ended_when_asked_for",
    ("initial_job_status", "NEW"): "tests/services/test_segment_jobs.py::test_fields_grow_with_the_phases",
    ("initial_job_status", "PROCESSING"): (
        "tests/services/test_segment_jobs.py::test_the_initial_status_may_be_the_tutorials"
    ),
    ("ups_start", "page"): "tests/services/test_segment_jobs.py::test_listing",
    ("ups_start", "offset"): "tests/contract/test_paging.py::test_start_may_count_records",
    ("export_dataset_key", "seed"): (
        "tests/resources/test_export_jobs.py::test_the_spelling_of_the_dataset_key_is_a_setting"
    ),
    ("export_dataset_key", "datasetId"): (
        "tests/resources/test_export_jobs.py::test_the_spelling_of_the_dataset_key_is_a_setting"
    ),
    ("export_dataset_key", "both"): (
        "tests/resources/test_export_jobs.py::test_the_spelling_of_the_dataset_key_is_a_setting"
    ),
    ("star_threshold", A_NUMBER): "tests/services/test_segment_jobs.py::test_above_the_threshold_a_star_is_shown",
    (
        "max_schedules",
        A_NUMBER,
    ): "tests/resources/test_schedules.py::test_one_schedule_a_sandbox_unless_the_setting_says_more",
    ("max_running_jobs", A_NUMBER): "tests/services/test_segment_jobs.py::test_a_limit_on_running_jobs",
    ("max_body_bytes", A_NUMBER): "tests/services/test_gateway.py::test_bodies_have_limits",
    ("flexible_evaluation_limits", "false"): "tests/services/test_segment_jobs.py::test_listing",
    ("flexible_evaluation_limits", "true"): "tests/services/test_settings.py::test_flexible_evaluation_has_its_limits",
}


@pytest.mark.parametrize(
    ("setting", "value", "seen", "expected"), SHOWN_HERE, ids=[f"{name}={value}" for name, value, *_ in SHOWN_HERE]
)
def test_a_value_shows(setting: str, value: object, seen: Callable[[Emulator], Any], expected: Any) -> None:
    assert seen(Emulator(settings=Settings().with_values({setting: value}))) == expected


def values_of(name: str) -> set[str]:
    """Answer the values of a setting that make a difference; of a number, that there is another one."""
    if isinstance(BY_NAME[name].default, bool):
        return {"true", "false"}
    return set(BY_NAME[name].metadata["choices"]) or {A_NUMBER}


@for_each("name", list(BY_NAME))
def test_every_value_of_a_setting_shows_somewhere(name: str) -> None:
    here = {A_NUMBER if isinstance(value, int) else str(value) for setting, value, *_ in SHOWN_HERE if setting == name}
    elsewhere = {value: node for (setting, value), node in SHOWN_ELSEWHERE.items() if setting == name}
    assert here | set(elsewhere) == values_of(name)
    assert here.isdisjoint(elsewhere)
    assert [node for node in elsewhere.values() if not exists(node)] == []


@for_each(
    "values, said",
    [
        ({"strict_jason": True}, "did you mean `strict_json`?"),
        ({"strict_json": "perhaps"}, "`strict_json` is true or false, not 'perhaps'"),
        ({"ups_start": "record"}, "`ups_start` is one of page, offset, not 'record'"),
        ({"missing_token_status": 402}, "`missing_token_status` is one of 403, 401, not 402"),
        ({"max_orgs": -1}, "`max_orgs` is a number from 0, not -1"),
        ({"max_orgs": "many"}, "`max_orgs` is a number from 0, not 'many'"),
    ],
)
def test_what_is_no_setting_is_refused_by_name(values: dict[str, object], said: str) -> None:
    with pytest.raises(SettingError) as raised:
        Settings().with_values(values)
    assert said in str(raised.value)


# -- jobs made by hand


def run(client: Client, count: int = 1, sandbox: str = "prod") -> int:
    """Make a job over so many definitions of the sandbox, and answer the status."""
    headers: dict[str, str | None] = {"x-sandbox-name": sandbox}
    listed = client.get(f"{UPS}/segment/definitions?limit={count}", headers=headers).json["segments"]
    return client.post(JOBS, json=[{"segmentId": each["id"]} for each in listed], headers=headers).status_code


def test_flexible_evaluation_has_its_limits() -> None:
    emulator = Emulator(flexible_evaluation_limits=True)
    client = Client(emulator)
    for number in range(10):
        create_definition(client, f"age = {number}", f"Aged {number}")
    assert [run(client, count) for count in (21, 20, 1, 1)] == [400, 200, 200, 429]
    assert run(client, sandbox="dev") == 200
    assert client.get(JOBS).json["_page"]["totalCount"] == 2
    emulator.clock.advance(hours=15)  # midnight
    assert [run(client) for _ in range(3)] == [200, 200, 429]


def test_a_deleted_run_was_a_run_and_a_scheduled_one_is_none() -> None:
    emulator = Emulator(flexible_evaluation_limits=True)
    client = Client(emulator)
    schedule = {**NIGHTLY, "schedule": "0 0 10 * * ?", "state": "active"}
    assert client.post(SCHEDULES, json=schedule).status_code == 200
    assert run(client) == 200
    (made,) = client.get(JOBS).json["children"]
    emulator.clock.advance(minutes=10)
    assert client.delete(f"{JOBS}/{made['id']}").status_code == 204
    emulator.clock.advance(hours=2)
    assert [each["source"] for each in client.get(JOBS).json["children"]] == ["scheduler"]
    assert [run(client), run(client)] == [200, 429]


@pytest.mark.parametrize(("sandbox", "runs"), [("prod", 50), ("dev", 100)])
def test_a_year_has_fewer_runs_than_its_days(sandbox: str, runs: int) -> None:
    emulator = Emulator(flexible_evaluation_limits=True)
    client = Client(emulator)
    statuses = []
    for _ in range(runs // 2 + 1):
        statuses += [run(client, sandbox=sandbox), run(client, sandbox=sandbox)]
        emulator.clock.advance(days=1)
    assert statuses == [200] * runs + [429] * 2
    emulator.clock.jump_to("2027-01-01T00:00:00Z")
    assert run(client, sandbox=sandbox) == 200
