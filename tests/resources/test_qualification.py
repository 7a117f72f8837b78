"""What `inSegment` is answered from when a job runs, however many definitions stand between."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Emulator
from tests.property.people import FIXTURES, ORG, definition
from tests.services.conftest import HEADERS, UPS, Client

ANNA = {"namespace": "Email", "id": "anna"}

#: Definitions that say of whoever is in `recent`, as a job left it, what the last of them asks.
CHAINS = {
    "by definitions": ['inSegment("recent")', 'inSegment("asking 0")', 'inSegment("asking 1")'],
    "by name": ['inSegment("recent")', 'inSegment("Asking 0")', 'inSegment("Asking 1")'],
    "by the map of memberships": ['segmentMembership.ups.recent.status = "realized"', 'inSegment("asking 0")'],
    "in a circle": ['inSegment("recent") or inSegment("asking 1")', 'inSegment("asking 0")'],
}


@pytest.fixture
def client() -> Client:
    return Client(Emulator(FIXTURES), {**HEADERS, "x-gw-ims-org-id": ORG})


def evaluate(client: Client, segment: str) -> Any:
    job = client.post(f"{UPS}/segment/jobs", json=[{"segmentId": segment}]).json
    client.post("/_emulator/clock", json={"until": job["id"]})
    return client.get(f"{UPS}/segment/jobs/{job['id']}").json["metrics"]["segmentedProfileCounter"][segment]


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_what_jobs_wrote_is_seen_through_definitions_that_were_never_evaluated(client: Client, chain: Any) -> None:
    asking = [
        {"id": f"asking {number}", **definition(f"Asking {number}", expression)}
        for number, expression in enumerate(chain)
    ]
    client.post("/_emulator/fixtures", json={"segmentDefinitions": asking})
    last = asking[-1]["id"]
    assert evaluate(client, "recent") == 2  # anna and boris
    client.post("/_emulator/clock", json={"advance": "P10D"})  # nobody bought anything recently; no job has seen it
    assert evaluate(client, last) == 2
    told = client.post("/_emulator/explain", json={"expression": f'inSegment("{last}")', "identity": ANNA})
    assert told.json["matches"] is True
