"""What the page asks of a sandbox: counts, runs, profiles and where they come from, rows. All of it is computed."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from tests.for_each import for_each
from tests.services.conftest import EXPORT, EXPORTS, UPS, Client, create_dataset

HOME, HOME_ANY_CASE = "42f49f2d-edb0-474f-b29d-2799d89cd5a6", "54a20f19-9a0w-293a-9b82-409b1p3v0192"
UNSTITCHED, BY_DATASET = "mpid1", "e5bc94de-cd14-4cdf-a2bc-88b6e8cbfac2"
SEGMENT_EXPORT = "5b020a27e7040801dedba61b"


def run_job(client: Client, *segment_ids: str) -> dict[str, Any]:
    job = client.post(f"{UPS}/segment/jobs", json=[{"segmentId": each} for each in segment_ids]).json
    client.post("/_emulator/clock", json={"until": job["id"]})
    metrics: dict[str, Any] = client.get(f"{UPS}/segment/jobs/{job['id']}").json["metrics"]
    return metrics


@for_each(
    "expression, expected",
    [
        ('homeAddress.country = "US"', "the job"),
        ("true", "all"),
        ("false", 0),
        ("xEvent.exists(timestamp occurs > 1 millennium before now)", 0),
        (f'inSegment("{HOME}") and not (inSegment("{HOME}"))', 0),
        (f'inSegment("{HOME}") or not (inSegment("{HOME}"))', "all"),
        ("segmentMembership.ups.isNotNull() or true", "all"),
    ],
)
def test_a_count_is_what_a_job_would_count(client: Client, expression: str, expected: int | str) -> None:
    answer = client.post("/_emulator/count", json={"expression": expression, "mergePolicyId": UNSTITCHED}).json
    metrics = run_job(client, HOME)
    named = {"the job": metrics["segmentedProfileCounter"][HOME], "all": metrics["totalProfiles"]}
    assert answer == {"count": named.get(str(expected), expected), "of": metrics["totalProfiles"]}


def test_the_place_of_a_fault_is_told_while_counting(client: Client) -> None:
    answer = client.post("/_emulator/count", json={"expression": "a = 1\nand b == 2"})
    assert (answer.status_code, answer.json["count"], answer.json["of"] > 0) == (200, None, True)
    assert (answer.json["error"]["line"], answer.json["error"]["column"]) == (2, 7)


def test_a_query_is_shown_in_both_spellings(client: Client) -> None:
    both = client.post("/_emulator/convert", json={"expression": 'country  =  "US"'}).json
    assert both["text"] == 'country = "US"'
    again = client.post("/_emulator/convert", json={"expression": both["json"], "format": "pql/json"}).json
    assert again == both


def test_a_question_makes_no_sandbox() -> None:
    client = Client(Emulator(sandboxes="auto"))
    client.get(f"{UPS}/segment/definitions")
    before = client.get("/_emulator/orgs").json
    answer = client.post("/_emulator/count", json={"expression": "true"}, headers={"x-sandbox-name": "new"})
    assert answer.status_code == 404
    assert client.get("/_emulator/orgs").json == before


@pytest.mark.parametrize("body", [{}, {"expression": "a", "mergePolicyId": "nothing"}, {"expression": "a", "of": 1}])
def test_a_question_that_cannot_be_counted_is_refused(client: Client, body: dict[str, Any]) -> None:
    answer = client.post("/_emulator/count", json=body)
    assert answer.status_code == 400
    assert answer.json["error"]["message"]


def test_runs_tell_what_jobs_made_of_a_definition(client: Client) -> None:
    assert client.get(f"/_emulator/segments/{HOME}/runs").json == {"runs": []}
    told = [run_job(client, HOME), run_job(client, HOME)]
    run_job(client, HOME_ANY_CASE)
    runs = client.get(f"/_emulator/segments/{HOME}/runs").json["runs"]
    assert [each["at"] for each in runs] == sorted(each["at"] for each in runs)
    assert len(runs) == 2
    for run, metrics in zip(runs, told, strict=True):
        assert run["size"] == metrics["segmentedProfileCounter"][HOME]
        by_status = metrics["segmentedProfileByStatusCounter"][HOME]
        assert {name: run[name] for name in ("realized", "existing", "exited")} == {"exited": 0, **by_status}
    assert client.get(f"/_emulator/segments/{HOME}/runs?limit=1").json["runs"] == runs[1:]
    last = client.get("/_emulator/segments/runs").json["runs"]
    assert [set(each["sizes"]) for each in last] == [{HOME}, {HOME}, {HOME_ANY_CASE}]
    assert [each["sizes"][HOME] for each in last[:2]] == [each["size"] for each in runs]
    assert client.get("/_emulator/segments/runs?limit=1").json["runs"] == last[2:]
    assert client.get("/_emulator/segments/nothing/runs").status_code == 404
    assert client.get(f"/_emulator/segments/{HOME}/runs?limit=0").status_code == 400


def test_a_search_finds_identities_and_names_and_is_paged(client: Client) -> None:
    everybody = client.get("/_emulator/profiles").json
    metrics = run_job(client, "4afe34ae-8c98-4513-8a1d-67ccaa54bc05")
    assert (everybody["total"], len(everybody["profiles"])) == (metrics["totalProfiles"], 20)
    last = client.get(f"/_emulator/profiles?start={everybody['total'] - 1}").json["profiles"]
    assert len(last) == 1
    for words in ("CRM-10001", "crm-10001", "marguerite.ash", "ASHDOWN@", "+15035550100", "Mags Ash"):
        found = client.get("/_emulator/profiles", query_string={"search": words}).json["profiles"]
        assert [each["key"]["id"] for each in found] == ["CRM-10001"], words
    assert client.get("/_emulator/profiles?search=mags&namespace=email").json["total"] == 0
    assert client.get("/_emulator/profiles?search=marguerite&namespace=email").json["total"] == 1
    begins_first = client.get("/_emulator/profiles?search=m").json["profiles"][0]
    ids = [begins_first["name"], *(each["id"] for each in begins_first["identities"])]
    assert any(each.casefold().startswith("m") for each in ids)


@pytest.mark.parametrize("policy_id", ["", UNSTITCHED, BY_DATASET])
def test_every_field_of_a_profile_has_its_fragment(client: Client, policy_id: str) -> None:
    whom = f"namespace=CRMID&id=CRM-10001&mergePolicyId={policy_id}"
    profile = client.get(f"/_emulator/profile?{whom}").json
    assert len(profile["fragments"]) == 3
    assert sum(each["merged"] for each in profile["fragments"]) == (1 if policy_id == UNSTITCHED else 3)
    lookup = "schema.name=_xdm.context.profile&entityIdNS=CRMID&entityId=CRM-10001"
    url = f"{UPS}/access/entities?{lookup}" + (f"&mergePolicyId={policy_id}" if policy_id else "")
    (entity,) = client.get(url).json.values()
    for field in profile["fields"]:
        for position in field["fragments"]:
            assert profile["fragments"][position]["merged"]
        winner = profile["fragments"][field["fragments"][0]]["record"]
        assert at(winner, field["path"]) == field["value"] == at(entity["entity"], field["path"])
    city = next(field for field in profile["fields"] if field["path"] == ["homeAddress", "city"])
    assert city["value"] == {"": "Astoria"}.get(policy_id, "Portland")


def at(record: Any, path: list[str]) -> Any:
    for name in path:
        record = record[name]
    return record


def test_a_profile_has_its_events_and_memberships(client: Client) -> None:
    run_job(client, HOME_ANY_CASE)
    profile = client.get("/_emulator/profile?namespace=crmid&id=CRM-10001").json
    assert profile["events"] == len(profile["eventList"]) > 3
    times = [each["timestamp"] for each in profile["eventList"]]
    assert times == sorted(times, reverse=True)
    held = {each["segmentId"]: each for each in profile["memberships"]}
    assert (held[HOME_ANY_CASE]["status"], held[HOME_ANY_CASE]["name"] != "") == ("realized", True)
    assert client.get("/_emulator/profile?namespace=crmid&id=nobody").status_code == 404
    assert client.get("/_emulator/profile").status_code == 400


@pytest.mark.parametrize("format", ["json", "parquet"])
def test_rows_of_a_file_are_paged(client: Client, format: str) -> None:
    run_job(client, HOME)
    export = {
        **EXPORT,
        "fields": "homeAddress.country",
        "mergePolicy": {"id": UNSTITCHED, "version": 1},
        "filter": {"segments": [{"segmentId": HOME, "segmentNs": "ups"}]},
        "destination": {"datasetId": create_dataset(client, fileDescription={"format": format})},
    }
    job = client.post(EXPORTS, json=export).json
    client.post("/_emulator/clock", json={"until": job["id"]})
    batch = client.get(f"{EXPORTS}/{job['id']}").json["destination"]["batchId"]
    (file,) = client.get(f"/data/foundation/export/batches/{batch}/files").json["data"]
    rows_of = f"/_emulator/files/{file['dataSetFileId']}/rows"
    whole = client.get(f"{rows_of}?limit=200").json
    assert whole["total"] == int(file["records"]) == len(whole["rows"])
    assert {each["homeAddress"]["country"] for each in whole["rows"]} == {"US"}
    assert client.get(f"{rows_of}?start=3&limit=2").json["rows"] == whole["rows"][3:5]
    assert client.get(f"{rows_of}?start={whole['total']}").json["rows"] == []
    assert client.get(f"{rows_of}?start=-1").status_code == 400
