"""The nine steps of Adobe's tutorial "Evaluate a segment", over plain HTTP against a started server.

    python tests/journey/nine_steps.py http://127.0.0.1:8080

Nothing but the standard library. With a frozen clock the script moves time by the control plane; with a running one it
asks again until a job has ended, as a client of the real service would.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from time import sleep  # noqa: TID251  # it waits as a client of the real service does
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

UPS = "/data/core/ups"
SEGMENTS = ("42f49f2d-edb0-474f-b29d-2799d89cd5a6", "54a20f19-9a0w-293a-9b82-409b1p3v0192")

#: How often a job is asked for at most before the walk is given up.
PATIENCE = 20_000

#: A longer line of what is shown is cut.
WIDTH = 120


class StepFailed(AssertionError):
    """A step whose answer is not what the tutorial promises."""


class Walk:
    """One walk through the tutorial against ``base`` as ``org``; every step answers what a reader would look at."""

    def __init__(self, base: str, org: str = "TUTORIAL@AdobeOrg") -> None:
        self.base = base
        self.org = org
        self.headers: dict[str, str] = {}

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200, form: bool = False) -> Any:
        """Send a request and answer its JSON body, or bytes of another type. Raises ``StepFailed``."""
        headers = dict(self.headers)
        sent = None
        if form:
            sent = urlencode(body).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            sent = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        url = path if path.startswith("http") else self.base + path
        try:
            with urlopen(Request(url, sent, headers, method=method), timeout=30) as response:
                got, content, type = response.status, response.read(), response.headers.get("Content-Type", "")
        except HTTPError as error:
            got, content, type = error.code, error.read(), "application/json"
        if got != status:
            raise StepFailed(f"{method} {path} answered {got}, not {status}: {content[:500]!r}")
        return json.loads(content) if content and type == "application/json" else content

    def wait_for(self, path: str) -> Any:
        """Ask for a job until it has ended; between the asking a frozen clock is moved on, a running one goes on."""
        rate = self.call("GET", "/_emulator/clock")["rate"]
        for _ in range(PATIENCE):
            job = self.call("GET", path)
            if job["status"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return job
            if rate == 0:
                self.call("POST", "/_emulator/clock", {"to_next_event": True})
            else:
                sleep(0.1 / rate)
        raise StepFailed(f"{path} did not end")

    def steps(self) -> Iterator[tuple[str, Any]]:
        """Walk, and yield the title of each step with what it brought."""
        form = {"grant_type": "client_credentials", "client_id": "tutorial", "client_secret": "s", "scope": "openid"}
        token = self.call("POST", "/ims/token/v3", form, form=True)["access_token"]
        self.headers = {
            "Authorization": f"Bearer {token}",
            "x-api-key": "tutorial",
            "x-gw-ims-org-id": self.org,
            "x-sandbox-name": "prod",
        }
        yield "1. a token", token

        definition = self.call("GET", f"{UPS}/segment/definitions/{SEGMENTS[0]}")
        yield "2. the definition is there", definition["expression"]["value"]

        schedule = {
            "name": "every night",
            "type": "batch_segmentation",
            "properties": {"segments": ["*"]},
            "schedule": "0 0 1 * * ?",
            "state": "inactive",
        }
        schedule_id = self.call("POST", f"{UPS}/config/schedules", schedule)["id"]
        activate = [{"op": "add", "path": "/state", "value": "active"}]
        self.call("POST", f"{UPS}/config/schedules/{schedule_id}", activate, status=204)
        later = [{"op": "add", "path": "/schedule", "value": "0 15 10 * * ?"}]
        self.call("POST", f"{UPS}/config/schedules/{schedule_id}", later, status=204)
        yield "3a. a schedule, activated and moved", self.call("GET", f"{UPS}/config/schedules/{schedule_id}")

        job = self.call("POST", f"{UPS}/segment/jobs", [{"segmentId": each} for each in SEGMENTS])
        yield "3b. a segment job", job

        job = self.wait_for(f"{UPS}/segment/jobs/{job['id']}")
        yield "4. it has succeeded", job["metrics"]

        query = urlencode({"schema.name": "_xdm.context.profile", "entityId": "CRM-10001", "entityIdNS": "CRMID"})
        (profile,) = self.call("GET", f"{UPS}/access/entities?{query}").values()
        yield "5. a profile knows its segments", profile["entity"]["segmentMembership"]

        dataset = {
            "name": "Segment Export",
            "schemaRef": {
                "id": "https://ns.adobe.com/xdm/context/profile__union",
                "contentType": "application/vnd.adobe.xed+json;version=1",
            },
            "fileDescription": {"persisted": True, "containerFormat": "json", "format": "json"},
        }
        (reference,) = self.call("POST", "/data/foundation/catalog/dataSets", dataset, status=201)
        dataset_id = reference.rpartition("/")[2]
        yield "6. a dataset for the result", reference

        export = {
            "fields": "identities.id,personalEmail.address,homeAddress.country",
            "mergePolicy": {"id": "mpid1", "version": 1},
            "filter": {"segments": [{"segmentId": SEGMENTS[0], "segmentNs": "ups"}]},
            "destination": {"datasetId": dataset_id, "segmentPerBatch": False},
            "schema": {"name": "_xdm.context.profile"},
        }
        export_job = self.call("POST", f"{UPS}/export/jobs", export)
        yield "7. an export job", export_job

        export_job = self.wait_for(f"{UPS}/export/jobs/{export_job['id']}")
        yield "8. it has succeeded", export_job

        rows = []
        batch_id = export_job["destination"]["batchId"]
        for entry in self.call("GET", f"/data/foundation/export/batches/{batch_id}/files")["data"]:
            for file in self.call("GET", self._local(entry["_links"]["self"]["href"]))["data"]:
                content = self.call("GET", self._local(file["_links"]["self"]["href"]))
                rows += [json.loads(line) for line in content.decode().splitlines()]
        yield "9. the rows", rows

    def _local(self, href: str) -> str:
        if not href.startswith(self.base):
            raise StepFailed(f"the link {href} leaves the server at {self.base}")
        split = urlsplit(href)
        return f"{split.path}?{split.query}" if split.query else split.path


def main(base: str) -> None:
    """Walk and print what each step brought. What an earlier walk left behind is forgotten first."""
    walk = Walk(base.rstrip("/"))
    walk.headers = {"x-gw-ims-org-id": walk.org}
    walk.call("POST", "/_emulator/reset")
    for title, result in walk.steps():
        counted = f"{len(result)} rows, the first: " if title.startswith("9") else ""
        line = f"{title}: {counted}{json.dumps(result[0] if counted else result)}"
        print(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/journey/nine_steps.py http://127.0.0.1:8080")
    try:
        main(sys.argv[1])
    except StepFailed as error:
        sys.exit(str(error))
    except URLError as error:
        sys.exit(f"no server answers at {sys.argv[1]}: {error.reason}")
