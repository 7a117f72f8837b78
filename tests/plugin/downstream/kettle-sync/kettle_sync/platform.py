"""Adobe Experience Platform as this project uses it: hosts written down here, tokens, back-off, polling."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

IMS = "https://ims-na1.adobelogin.com/ims/token/v3"
API = "https://platform.adobe.io"
UPS = f"{API}/data/core/ups"

ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")

#: Reading may be repeated by the adapter; it honours Retry-After.
READING = Retry(total=3, backoff_factor=1, status_forcelist=(429, 502, 503), allowed_methods=("GET",))


class JobFailed(Exception):
    """A job that ended in another way than it should, or not in time."""


class Platform:
    """A client for one organisation and sandbox."""

    def __init__(self, org: str, client_id: str, secret: str, sandbox: str = "prod") -> None:
        self.org, self.client_id, self.secret, self.sandbox = org, client_id, secret, sandbox
        self.session = requests.Session()
        self.session.mount(API, HTTPAdapter(max_retries=READING))
        self._token = ""

    def call(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send a request; a token that is refused is fetched anew, once."""
        for is_last in (False, True):
            if not self._token:
                self._sign_in()
            answer = self.session.request(method, url, headers=self._headers(), timeout=30, **options)
            if answer.status_code != 401 or is_last:
                break
            self._token = ""
        return answer

    def evaluate(self, segment_ids: Iterable[str], patience: float = 600) -> dict[str, int]:
        """Evaluate segments and answer how many members each has. Raises ``JobFailed``."""
        job_id = self._start_job([{"segmentId": each} for each in segment_ids])
        job = self._wait_for(f"{UPS}/segment/jobs/{job_id}", patience)
        return dict(job["metrics"]["segmentedProfileCounter"])

    def export(self, segment_id: str, merge_policy: str, patience: float = 600) -> Iterator[dict[str, Any]]:
        """Export the members of a segment and answer them, a row each. Raises ``JobFailed``."""
        export = {
            "fields": "identities.id,personalEmail.address",
            "mergePolicy": {"id": merge_policy, "version": 1},
            "filter": {"segments": [{"segmentId": segment_id, "segmentNs": "ups"}]},
            "destination": {"datasetId": self._new_dataset(), "segmentPerBatch": False},
            "schema": {"name": "_xdm.context.profile"},
        }
        answer = self._insist(lambda: self.call("POST", f"{UPS}/export/jobs", json=export))
        job = self._wait_for(f"{UPS}/export/jobs/{answer.json()['id']}", patience)
        batch = job["destination"]["batchId"]
        for entry in self.call("GET", f"{API}/data/foundation/export/batches/{batch}/files").json()["data"]:
            for file in self.call("GET", entry["_links"]["self"]["href"]).json()["data"]:
                for line in self.call("GET", file["_links"]["self"]["href"], stream=True).iter_lines():
                    yield json.loads(line)

    # -- inside

    def _sign_in(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.secret,
            "scope": "openid,AdobeID",
        }
        answer = self.session.post(IMS, data=form, timeout=30)
        answer.raise_for_status()
        self._token = answer.json()["access_token"]

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._token}",
            "x-api-key": self.client_id,
            "x-gw-ims-org-id": self.org,
            "x-sandbox-name": self.sandbox,
        }

    def _start_job(self, body: list[dict[str, str]]) -> str:
        """Start a job, once: where an answer was lost, the job that is there already is taken."""
        before = {each["id"] for each in self._jobs()}
        try:
            answer = self._insist(lambda: self.call("POST", f"{UPS}/segment/jobs", json=body))
        except (requests.ConnectionError, requests.Timeout):
            made = [each for each in self._jobs() if each["id"] not in before]
            if not made:
                return self._start_job(body)
            return str(made[0]["id"])
        return str(answer.json()["id"])

    def _jobs(self) -> list[dict[str, Any]]:
        return list(self.call("GET", f"{UPS}/segment/jobs", params={"limit": 100}).json()["children"])

    def _new_dataset(self) -> str:
        dataset = {
            "name": "Members",
            "schemaRef": {
                "id": "https://ns.adobe.com/xdm/context/profile__union",
                "contentType": "application/vnd.adobe.xed+json;version=1",
            },
            "fileDescription": {"persisted": True, "containerFormat": "json", "format": "json"},
        }
        (reference,) = self.call("POST", f"{API}/data/foundation/catalog/dataSets", json=dataset).json()
        return str(reference).rpartition("/")[2]

    def _insist(self, ask: Callable[[], requests.Response], tries: int = 5) -> requests.Response:
        """Ask again, when the service is busy and after the time that it says."""
        for number in range(tries):
            answer = ask()
            if answer.status_code not in (429, 503):
                break
            time.sleep(float(answer.headers.get("Retry-After", 2**number)))
        answer.raise_for_status()
        return answer

    def _wait_for(self, url: str, patience: float) -> dict[str, Any]:
        waited = 0
        while waited <= patience:
            job: dict[str, Any] = self.call("GET", url).json()
            if job["status"] == "SUCCEEDED":
                return job
            if job["status"] in ENDED:
                raise JobFailed(f"{url} is {job['status']}: {job.get('errors')}")
            time.sleep(10)
            waited += 10
        raise JobFailed(f"{url} did not end within {patience} s")
