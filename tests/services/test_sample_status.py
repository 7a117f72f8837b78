"""The preview sample status and its reports over HTTP."""

from __future__ import annotations

import pytest

from emulator import Emulator
from tests.services.conftest import UPS, Client

STATUS = f"{UPS}/previewsamplestatus"


def load_people(client: Client, count: int) -> None:
    profiles = [
        {"identityMap": {"Email": [{"id": f"new-{number}@example.com", "primary": True}]}, "record": {"age": number}}
        for number in range(count)
    ]
    headers = {"x-gw-ims-org-id": client.headers["x-gw-ims-org-id"]}
    answer = client.post("/_emulator/fixtures", json={"profiles": profiles}, headers=headers)
    assert answer.status_code == 200, answer.json


def test_the_status_counts_the_store_in_texts(client: Client, emulator: Emulator) -> None:
    status = client.get(STATUS).json
    preview = client.post(f"{UPS}/preview", json={"predicateExpression": "true"}).json
    emulator.clock.advance(seconds=2)
    total = client.get(f"{UPS}/estimate/{preview['previewId']}").json["totalRows"]
    assert status["totalRows"] == status["numRowsToRead"] == str(total)
    assert status["docCount"].strip('"').isdecimal()
    assert status["docCount"] == status["cosmosDocCount"]
    assert status["streamingDriven"] == '"false"'
    assert status["totalFragmentCount"] > total
    assert status["samplingRatio"] == 1.0
    assert status["status"] == "TASK_FINISHED"
    assert status["mergeStrategy"] == "timestampOrdered_auto"
    assert status["lastSampledTimestamp"] == "2026-01-15 09:00:00.0"
    assert status["sampleJobRunning"] == {"status": False, "submissionTimestamp": "2026-01-15 09:00:00.0"}


def test_reports_break_the_store_down_by_dataset(client: Client) -> None:
    total = int(client.get(STATUS).json["totalRows"])
    report = client.get(f"{STATUS}/report/dataset").json
    assert report["reportTimestamp"] == "2026-01-15T09:00:00"
    rows = {each["value"]: each for each in report["data"]}
    customers = rows["5c8f31a7d20b4e0013aa7e01"]
    assert customers["name"] == "Customers"
    assert customers["description"]
    assert customers["fullIDsCount"] == customers["sampleCount"] > 0
    assert customers["fullIDsPercentage"] == round(customers["fullIDsCount"] / total, 6)
    assert sum(each["fullIDsCount"] for each in report["data"]) > total
    fields = {
        "sampleCount",
        "samplePercentage",
        "fullIDsCount",
        "fullIDsPercentage",
        "name",
        "description",
        "value",
        "streamingIngestionEnabled",
        "createdUser",
        "reportTimestamp",
    }
    assert all(set(each) == fields for each in report["data"])


def test_reports_break_the_store_down_by_namespace(client: Client, emulator: Emulator) -> None:
    report = client.get(f"{STATUS}/report/namespace").json
    rows = {each["code"]: each for each in report["data"]}
    assert (rows["Email"]["value"], rows["ECID"]["value"], rows["Phone"]["value"]) == ("6", "4", "7")
    assert rows["Email"]["fullIDsFragmentCount"] > rows["Email"]["fullIDsCount"]
    preview = client.post(f"{UPS}/preview", json={"predicateExpression": "true"}).json
    emulator.clock.advance(seconds=2)
    distribution = client.get(f"{UPS}/estimate/{preview['previewId']}").json["estimatedNamespaceDistribution"]
    counts = {each["namespaceId"]: each["profilesMatchedSoFar"] for each in distribution}
    assert {each["value"]: each["fullIDsCount"] for each in report["data"]} == counts


@pytest.mark.parametrize("kind", ["dataset", "namespace"])
def test_a_report_of_a_date_is_the_newest_of_that_day(client: Client, emulator: Emulator, kind: str) -> None:
    emulator.clock.advance(hours=1)
    load_people(client, 20)
    emulator.clock.advance(days=1)
    load_people(client, 40)
    path = f"{STATUS}/report/{kind}"
    assert client.get(path).json["reportTimestamp"] == "2026-01-16T10:00:00"
    assert client.get(f"{path}?date=2026-01-15").json["reportTimestamp"] == "2026-01-15T10:00:00"
    assert client.get(f"{path}?date=2026-01-17").status_code == 404


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "2026-01-15T00:00:00Z", "15.01.2026"])
def test_a_date_that_is_none_is_refused(client: Client, date: str) -> None:
    answer = client.get(f"{STATUS}/report/dataset?date={date}")
    assert answer.status_code == 400
    assert "2024-12-31" in answer.json["title"]
