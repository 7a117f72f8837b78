"""Histories: what clients do to an emulator, as data, and what they are answered."""

from __future__ import annotations

from typing import Any, NamedTuple

from emulator import Emulator
from tests.services.conftest import HEADERS, Client

UPS = "/data/core/ups"
CATALOG = "/data/foundation/catalog"
TARGET = "5b020a27e7040801dedba61b"
SCHEMA = {"name": "_xdm.context.profile"}
POLICY = "pdg-1"


def definition(id: str, value: str) -> dict[str, Any]:
    return {
        "id": id,
        "name": id,
        "schema": SCHEMA,
        "expression": {"type": "PQL", "format": "pql/text", "value": value},
        "mergePolicyId": POLICY,
    }


def person(name: str, country: str, age: int) -> dict[str, Any]:
    ids = {"Email": [{"id": f"{name}@example.com", "primary": True}], "CRMID": [{"id": name}]}
    return {"identityMap": ids, "record": {"homeAddress": {"country": country}, "person": {"age": age}}}


def purchase(name: str, timestamp: str) -> dict[str, Any]:
    return {
        "identityMap": {"Email": [{"id": f"{name}@example.com"}]},
        "timestamp": timestamp,
        "record": {"eventType": "commerce.purchases", "commerce": {"order": {"priceTotal": 40}}},
    }


SMALL: dict[str, Any] = {
    "mergePolicies": [
        {
            "id": POLICY,
            "name": "stitched",
            "schema": SCHEMA,
            "identityGraph": {"type": "pdg"},
            "attributeMerge": {"type": "timestampOrdered"},
            "default": True,
        }
    ],
    "datasets": [
        {
            "id": TARGET,
            "name": "Segment Export",
            "schemaRef": {
                "id": "https://ns.adobe.com/xdm/context/profile__union",
                "contentType": "application/vnd.adobe.xed+json;version=1",
            },
            "fileDescription": {"persisted": True, "format": "json"},
        }
    ],
    "profiles": [person("anna", "SE", 31), person("boris", "US", 40), person("clara", "US", 22)],
    "events": [purchase("anna", "2026-01-14T09:00:00Z"), purchase("boris", "2026-01-10T12:00:00Z")],
    "segmentDefinitions": [
        definition("swedes", 'homeAddress.country = "SE"'),
        definition(
            "buyers", 'CHAIN(xEvent, timestamp, [A: WHAT(eventType = "commerce.purchases") WHEN(<= 3 days before now)])'
        ),
        definition("both", 'inSegment("swedes") and inSegment("buyers")'),
    ],
}


class Step(NamedTuple):
    """One step: what is done, and a number that says to which of the things there are, or how."""

    verb: str
    number: int


class Walker:
    """Takes steps as one organisation; every step answers what the client saw."""

    def __init__(self, emulator: Emulator, org: str = "TEST@AdobeOrg") -> None:
        self.client = Client(emulator, {**HEADERS, "x-gw-ims-org-id": org})

    def take(self, step: Step) -> Any:
        return getattr(self, step.verb)(step.number)

    def call(self, method: str, path: str, **options: Any) -> Any:
        answer = self.client.request(method, path, **options)
        content = answer.json if answer.content_type == "application/json" else answer.data
        kept = {name: answer.headers.get(name) for name in ("Date", "x-request-id", "ETag", "Retry-After")}
        return answer.status_code, content, kept

    def pick(self, path: str, member: str, number: int) -> Any:
        """Answer one of the ids that a list holds."""
        body = self.call("GET", path)[1]
        listed = body.get(member, []) if isinstance(body, dict) else []
        return listed[number % len(listed)]["id"] if listed else "nothing"

    # -- what there is to do

    def advance(self, number: int) -> Any:
        return self.call("POST", "/_emulator/clock", json={"advance": number})

    def next_event(self, number: int) -> Any:
        return self.call("POST", "/_emulator/clock", json={"to_next_event": True})

    def create_definition(self, number: int) -> Any:
        body = definition("", f"person.age > {number}")
        return self.call("POST", f"{UPS}/segment/definitions", json={**body, "name": f"older than {number}"})

    def delete_definition(self, number: int) -> Any:
        id = self.pick(f"{UPS}/segment/definitions", "segments", number)
        return self.call("DELETE", f"{UPS}/segment/definitions/{id}")

    def create_job(self, number: int) -> Any:
        chosen = [["swedes"], ["buyers"], ["swedes", "buyers", "both"], ["*"], ["unknown"]][number % 5]
        return self.call("POST", f"{UPS}/segment/jobs", json=[{"segmentId": each} for each in chosen])

    def read_job(self, number: int) -> Any:
        return self.call("GET", f"{UPS}/segment/jobs/{self.pick(f'{UPS}/segment/jobs', 'children', number)}")

    def cancel_job(self, number: int) -> Any:
        return self.call("DELETE", f"{UPS}/segment/jobs/{self.pick(f'{UPS}/segment/jobs', 'children', number)}")

    def create_export(self, number: int) -> Any:
        body: dict[str, Any] = {
            "destination": {"datasetId": TARGET, "segmentPerBatch": number % 2 == 1},
            "schema": SCHEMA,
        }
        if number % 3:
            body["filter"] = {"segments": [{"segmentId": "swedes"}, {"segmentId": "buyers"}]}
        return self.call("POST", f"{UPS}/export/jobs", json=body)

    def read_files(self, number: int) -> Any:
        batches = self.call("GET", f"{CATALOG}/batches")[1]
        if not batches:
            return batches
        id = sorted(batches)[number % len(batches)]
        found = self.call("GET", f"/data/foundation/export/batches/{id}/files")
        return batches, found, [self.call("GET", f"/data/foundation/export/files/{id}-1?path=part-00000.json")]

    def create_schedule(self, number: int) -> Any:
        body = {
            "name": "nightly",
            "type": "batch_segmentation",
            "properties": {"segments": ["*"]},
            "schedule": f"0 {number % 60} 1 * * ?",
            "state": "active",
        }
        return self.call("POST", f"{UPS}/config/schedules", json=body)

    def switch_schedule(self, number: int) -> Any:
        id = self.pick(f"{UPS}/config/schedules", "children", number)
        patch = [{"op": "add", "path": "/state", "value": ["active", "inactive"][number % 2]}]
        return self.call("PATCH", f"{UPS}/config/schedules/{id}", json=patch)

    def preview(self, number: int) -> Any:
        body = {
            "predicateExpression": f"person.age > {number}",
            "predicateType": "pql/text",
            "predicateModel": SCHEMA["name"],
        }
        made = self.call("POST", f"{UPS}/preview", json=body)
        id = made[1].get("previewId", "nothing") if isinstance(made[1], dict) else "nothing"
        return made, self.call("GET", f"{UPS}/estimate/{id}")

    def query(self, number: int) -> Any:
        sql = ["SELECT * FROM segment_export", f"CREATE TABLE t{number} AS SELECT {number} AS n", "SELECT FROM"][
            number % 3
        ]
        return self.call("POST", "/data/foundation/query/queries", json={"dbName": "prod:all", "sql": sql})

    def read_queries(self, number: int) -> Any:
        return self.call("GET", "/data/foundation/query/queries")

    def create_dataset(self, number: int) -> Any:
        return self.call("POST", f"{CATALOG}/dataSets", json={"name": f"Set {number % 3}"})

    def read_datasets(self, number: int) -> Any:
        return self.call("GET", f"{CATALOG}/dataSets")

    def create_audience(self, number: int) -> Any:
        body = {
            "name": f"outside {number}",
            "audienceId": f"ext-{number % 4}",
            "namespace": "Custom",
            "type": "ExternalSegment",
        }
        return self.call("POST", f"{UPS}/audiences", json=body)

    def read_audiences(self, number: int) -> Any:
        return self.call("GET", f"{UPS}/audiences")

    def read_profile(self, number: int) -> Any:
        id = ["anna", "boris", "clara", "dora"][number % 4]
        return self.call("GET", f"{UPS}/access/entities?schema.name={SCHEMA['name']}&entityId={id}&entityIdNS=CRMID")

    def delete_profile(self, number: int) -> Any:
        id = ["anna", "boris", "clara"][number % 3]
        return self.call("DELETE", f"{UPS}/access/entities?schema.name={SCHEMA['name']}&entityId={id}&entityIdNS=CRMID")

    def add_profile(self, number: int) -> Any:
        return self.call("POST", "/_emulator/fixtures", json={"profiles": [person(f"p{number % 4}", "SE", number)]})

    def change_policy(self, number: int) -> Any:
        patch = [{"op": "replace", "path": "/identityGraph/type", "value": ["none", "pdg"][number % 2]}]
        return self.call("PATCH", f"{UPS}/config/mergePolicies/{POLICY}", json=patch)

    def add_fault(self, number: int) -> Any:
        rules: list[dict[str, Any]] = [
            {"operation": "createSegmentJob", "nth": 2, "respond": 429},
            {
                "probability": 0.3,
                "operation": "retrieveSegmentJob",
                "respond": {"status": 503, "headers": {"Retry-After": "1"}},
            },
            {"job": "segment", "every": 2, "fail_at": "PROCESSING"},
            {"job": "export", "nth": 1, "slower": 3},
            {"job": "segment", "only_segments": ["swedes"]},
        ]
        return self.call("POST", "/_emulator/faults", json=rules[number % len(rules)])

    def read_faults(self, number: int) -> Any:
        return self.call("GET", "/_emulator/faults")

    def agenda(self, number: int) -> Any:
        return self.call("GET", "/_emulator/agenda")


VERBS = tuple(name for name in vars(Walker) if not name.startswith("_") and name not in ("take", "call", "pick"))


def eventful() -> Emulator:
    """An emulator to which everything has happened that a snapshot may have to keep."""
    emulator = Emulator(SMALL)
    walker = Walker(emulator)
    before = [Step("create_job", 2), Step("create_export", 1), Step("advance", 20)]
    after = [
        Step("create_job", 0),
        Step("advance", 20),
        Step("create_job", 0),
        Step("create_export", 1),
        Step("preview", 3),
        Step("query", 3),
        Step("advance", 1),
    ]
    for step in [*before, *(Step(verb, number) for verb in VERBS for number in range(3)), *after]:
        walker.take(step)
    Walker(emulator, "OTHER@AdobeOrg").take(Step("create_job", 0))
    return emulator
