"""The prepared state that the cases act in: one thing of every kind, in the states that matter, made over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask

from emulator import Emulator, create_app
from emulator.snapshots.held import Snapshot, hold
from emulator.world import World
from tests.contract.documents import check_accepted, check_answer
from tests.services.conftest import HEADERS, Answer

ORG = "CONTRACT@AdobeOrg"
UPS = "/data/core/ups"
CATALOG = "/data/foundation/catalog"
ACCESS = "/data/foundation/export"
QUERIES = "/data/foundation/query/queries"

UNION = {"id": "https://ns.adobe.com/xdm/context/profile__union", "contentType": "application/vnd.adobe.xed+json"}
PROFILE = {"name": "_xdm.context.profile"}
SEGMENT = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"
IN_PORTLAND = {"type": "PQL", "format": "pql/text", "value": 'homeAddress.city = "Portland"'}
PERSON = "agnes.thwaite@example.com"


class ContractClient:
    """A client of one organisation. Every answer it gets has to be in our document, just as it came."""

    def __init__(self, app: Flask, org: str = ORG, sandbox: str = "prod") -> None:
        self.app = app
        self.headers = {**HEADERS, "x-gw-ims-org-id": org, "x-sandbox-name": sandbox}
        self._client = app.test_client()

    def within(self, org: str | None = None, sandbox: str | None = None) -> ContractClient:
        """Answer a client of another organisation or sandbox of the same emulator."""
        known = self.headers
        return ContractClient(self.app, org or known["x-gw-ims-org-id"], sandbox or known["x-sandbox-name"])

    def request(self, method: str, url: str, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        sent = {**self.headers, **(headers or {})}
        answer = cast(Answer, self._client.open(url, method=method, headers=sent, **options))
        check_answer(method, url, answer)
        if "json" in options and answer.status_code < 300:
            check_accepted(method, url, options["json"])
        return answer

    def json(self, method: str, url: str, **options: Any) -> Any:
        """Answer the body of a request that has to succeed."""
        answer = self.request(method, url, **options)
        assert answer.status_code < 300, answer.text
        return answer.json

    def advance(self, seconds: float) -> None:
        self.json("POST", "/_emulator/clock", json={"advance": seconds})


@dataclass(frozen=True, slots=True)
class Stage:
    """A prepared world, and the ids of what is in it by the names that cases use."""

    world: World
    ids: Mapping[str, str]
    client: ContractClient

    def emulator(self) -> Emulator:
        """Answer an emulator in which every organisation begins in the prepared state."""
        emulator = Emulator(settings=self.world.settings)
        emulator.restore(Snapshot(hold(self.world), {}))
        return emulator


def prepared() -> Stage:
    """Make the prepared state over HTTP, in the demo data."""
    emulator = Emulator(max_schedules=3)
    client = ContractClient(create_app(emulator))
    ids: dict[str, str] = {"segment": SEGMENT, "person": PERSON}

    definition = {"name": "Portlanders", "schema": PROFILE, "expression": IN_PORTLAND}
    ids["definition"] = client.json("POST", f"{UPS}/segment/definitions", json=definition)["id"]
    external = {"name": "Letter", "audienceId": "letter-1", "namespace": "Letters", "type": "ExternalSegment"}
    ids["audience"] = client.json("POST", f"{UPS}/audiences", json=external)["id"]
    ids["policy"] = client.json("POST", f"{UPS}/config/mergePolicies", json=_policy("Spare"))["id"]
    for name in ("Lines", "Spare"):
        dataset = {"name": name, "schemaRef": UNION, "fileDescription": {"format": "json"}}
        (reference,) = client.json("POST", f"{CATALOG}/dataSets", json=dataset)
        ids[f"dataset {name}"] = reference.rpartition("/")[2]
    ids["dataset"], ids["spare dataset"] = ids.pop("dataset Lines"), ids.pop("dataset Spare")
    ids["view"] = client.json("GET", f"{CATALOG}/dataSets/{ids['dataset']}")[ids["dataset"]]["viewId"]
    schedule: dict[str, Any] = {
        "name": "nightly",
        "type": "batch_segmentation",
        "schedule": "0 0 1 * * ?",
        "state": "active",
    }
    schedule["properties"] = {"segments": ["*"]}
    ids["schedule"] = client.json("POST", f"{UPS}/config/schedules", json=schedule)["id"]

    for _ in range(2):
        both = [{"segmentId": SEGMENT}, {"segmentId": ids["definition"]}]
        ids["job"] = client.json("POST", f"{UPS}/segment/jobs", json=both)["id"]
        client.advance(10)
    export = export_request(ids)
    for _ in range(2):
        job = client.json("POST", f"{UPS}/export/jobs", json=export)
        client.advance(10)
    ids["export"], ids["export batch"] = str(job["id"]), job["destination"]["batches"][0]["batchId"]
    ids["file"] = f"{ids['export batch']}-1"
    (entry,) = client.json("GET", f"{ACCESS}/files/{ids['file']}")["data"]
    ids["file name"] = entry["name"]
    related = [{"type": "dataSet", "id": ids["spare dataset"]}]
    for name, status in (("batch", "loading"), ("failed batch", "failed")):
        sent = {"status": status, "relatedObjects": related, "errors": [{"code": "1", "description": "broken"}]}
        (reference,) = client.json("POST", f"{CATALOG}/batches", json=sent)
        ids[name] = reference.rpartition("/")[2]
    preview = {"predicateExpression": IN_PORTLAND["value"], "predicateType": "pql/text", "graphType": "pdg"}
    ids["preview"] = client.json("POST", f"{UPS}/preview", json=preview)["previewId"]
    query = {"dbName": "prod:all", "sql": "SELECT person.name.firstName FROM customers"}
    ids["query"] = client.json("POST", QUERIES, json=query)["id"]
    client.advance(10)

    ids["new job"] = client.json("POST", f"{UPS}/segment/jobs", json=[{"segmentId": SEGMENT}])["id"]
    ids["new export"] = str(client.json("POST", f"{UPS}/export/jobs", json=export)["id"])
    ids["new query"] = client.json("POST", QUERIES, json=query)["id"]
    return Stage(emulator.world(ORG), ids, client)


def export_request(ids: Mapping[str, str]) -> dict[str, Any]:
    """Answer a request for an export of two segments, a batch each."""
    return {
        "fields": "identities.id,personalEmail.address",
        "mergePolicy": {"id": "mpid1", "version": 1},
        "filter": {
            "segments": [
                {"segmentId": SEGMENT, "segmentNs": "ups", "status": ["realized", "existing"]},
                {"segmentId": ids["definition"]},
            ],
            "segmentQualificationTime": {"startTime": "2019-09-01T00:00:00Z", "endTime": "2038-09-02T00:00:00Z"},
            "fromIngestTimestamp": "2018-10-25T13:22:04-07:00",
            "emptyProfiles": True,
        },
        "additionalFields": {
            "eventList": {"fields": "eventType", "filter": {"fromIngestTimestamp": "2018-10-25T13:22:04-07:00"}}
        },
        "destination": {"datasetId": ids["dataset"], "segmentPerBatch": True},
        "schema": PROFILE,
        "evaluationInfo": {"segmentation": False},
    }


def _policy(name: str) -> dict[str, Any]:
    merge = {"identityGraph": {"type": "none"}, "attributeMerge": {"type": "timestampOrdered"}}
    return {"name": name, "schema": PROFILE, "default": False, "isActiveOnEdge": False, **merge}


#: The lists that show everything a sandbox holds, and what is planned for it.
EVERYTHING = (
    f"{UPS}/segment/definitions?limit=1000",
    f"{UPS}/segment/jobs",
    f"{UPS}/config/schedules?limit=1000",
    f"{UPS}/export/jobs?limit=1000",
    f"{UPS}/audiences",
    f"{UPS}/config/mergePolicies?limit=1000",
    f"{CATALOG}/dataSets?limit=100",
    f"{CATALOG}/batches?limit=100",
    f"{QUERIES}?limit=1000&excludeSoftDeleted=false",
    "/_emulator/agenda",
)


def everything(client: ContractClient) -> list[Any]:
    """Answer all that a client can see in its sandbox, but for the name of its organisation.

    An etag is a digest of that name and of what is shown beside it.
    """
    org = client.headers["x-gw-ims-org-id"]

    def without_etag(members: dict[str, Any]) -> dict[str, Any]:
        members.pop("_etag", None)
        return members

    answers = [client.request("GET", url) for url in EVERYTHING]
    assert {each.status_code for each in answers} == {200}
    return [json.loads(each.text.replace(org, ORG), object_hook=without_etag) for each in answers]
