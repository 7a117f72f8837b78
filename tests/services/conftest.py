"""What tests of services share: a client, and what is made with it again and again, over the bundled data."""

from __future__ import annotations

from typing import Any, Protocol, cast

from werkzeug.datastructures import Headers

from emulator import Emulator, create_app

HEADERS = {
    "Authorization": "Bearer token",
    "x-api-key": "key",
    "x-gw-ims-org-id": "TEST@AdobeOrg",
    "x-sandbox-name": "prod",
}

UPS = "/data/core/ups"
JOBS = f"{UPS}/segment/jobs"
EXPORTS = f"{UPS}/export/jobs"
SCHEDULES = f"{UPS}/config/schedules"
POLICIES = f"{UPS}/config/mergePolicies"
CATALOG = "/data/foundation/catalog"
DATASETS = f"{CATALOG}/dataSets"
QUERIES = "/data/foundation/query/queries"

#: A segment of the bundled data, and a dataset to export to.
SEGMENT = "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"
TARGET = "5b020a27e7040801dedba61b"

PROFILE = {"name": "_xdm.context.profile"}
UNION = {"id": "https://ns.adobe.com/xdm/context/profile__union", "contentType": "application/vnd.adobe.xed+json"}

#: What is sent to make a schedule of every segment, a merge policy, and an export of everybody.
NIGHTLY = {
    "name": "nightly",
    "type": "batch_segmentation",
    "properties": {"segments": ["*"]},
    "schedule": "0 0 1 * * ?",
}
POLICY = {"schema": PROFILE, "identityGraph": {"type": "none"}, "attributeMerge": {"type": "timestampOrdered"}}
EXPORT: dict[str, Any] = {"destination": {"datasetId": TARGET}, "schema": PROFILE}


class Answer(Protocol):
    """What a test reads of a response; ``json`` is whatever it turns out to be."""

    status_code: int
    json: Any
    data: bytes
    text: str
    headers: Headers
    content_type: str | None


class Client:
    """A client whose requests carry valid headers; ``headers`` adds to them, None takes one away."""

    def __init__(self, emulator: Emulator, headers: dict[str, str] | None = None) -> None:
        self.headers = headers or dict(HEADERS)
        self._client = create_app(emulator).test_client()

    def request(self, method: str, path: str, headers: dict[str, str | None] | None = None, **options: Any) -> Answer:
        sent = {**self.headers, **(headers or {})}
        present = {name: value for name, value in sent.items() if value is not None}
        return cast(Answer, self._client.open(path, method=method, headers=present, **options))

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Any) -> Answer:
        return self.request("HEAD", path, **options)

    def post(self, path: str, **options: Any) -> Answer:
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> Answer:
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Answer:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.request("DELETE", path, **options)


# -- what is made


def create_job(client: Client, segment_id: str = SEGMENT) -> str:
    """Make a segment job, and answer its id."""
    return str(client.post(JOBS, json=[{"segmentId": segment_id}]).json["id"])


def create_definition(client: Client, value: str, name: str = "Made by a test") -> str:
    """Make a segment definition of PQL, and answer its id."""
    expression = {"type": "PQL", "format": "pql/text", "value": value}
    sent = {"name": name, "schema": PROFILE, "expression": expression}
    return str(client.post(f"{UPS}/segment/definitions", json=sent).json["id"])


def create_dataset(client: Client, schema: Any = UNION, **members: Any) -> str:
    """Make a dataset that holds JSON, and answer its id."""
    sent = {"name": "Lines", "schemaRef": schema, "fileDescription": {"format": "json"}, **members}
    return str(client.post(DATASETS, json=sent).json[0].rpartition("/")[2])
