"""Nothing of one organisation or sandbox is seen or changed from another: every operation is tried from both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from emulator import Emulator, create_app
from emulator.snapshots import Snapshot
from emulator.web.operations import Operation
from tests.contract.cases import EMULATED, case_of, named
from tests.contract.stage import ORG, ContractClient, Stage
from tests.services.conftest import Answer

#: The fixed ids that everybody has, since the bundled data bring them.
EVERYBODYS = ("segment", "person")

#: From where everything is asked for: another organisation, and another sandbox of the same one.
ELSEWHERE = [("OTHER@AdobeOrg", "prod"), ("OTHER@AdobeOrg", "dev"), (ORG, "dev")]


@pytest.fixture
def emulator(stage: Stage) -> Emulator:
    """An emulator in which one organisation is in the prepared state, and the others are in the bundled one."""
    emulator = Emulator(settings=stage.world.settings)
    emulator.template.clock = stage.world.clock.fork()
    world = stage.world.fork(ORG)
    emulator._worlds[ORG] = world
    emulator._journals[ORG] = world.journal
    return emulator


def changes(emulator: Emulator, before: Snapshot, sandbox: str) -> list[Any]:
    """Answer what is otherwise in a sandbox than it was, and in what is planned for it."""
    was, now = before.of(ORG).world, emulator.world(ORG)
    found = [each for kind in emulator.changes_since(before, ORG).values() for each in kind]
    planned = [[each for each in world.agenda.planned() if each[1].sandbox == sandbox] for world in (was, now)]
    return [each for each in found if each["sandbox"] == sandbox] + ([planned] if planned[0] != planned[1] else [])


def ours(stage: Stage) -> Iterator[str]:
    """Answer the ids of what was made; a number alone may be anybody's."""
    for name, id in stage.ids.items():
        if name not in EVERYBODYS and not id.isdecimal():
            yield id


def asked(client: ContractClient, operation: Operation, stage: Stage, **instead: str) -> Answer:
    case = case_of(operation)
    url = case.url(operation, stage.ids, **instead)
    answer = client._client.open(url, method=operation.method, headers=client.headers, **case.options(stage.ids))
    return cast(Answer, answer)


@pytest.mark.parametrize("operation", EMULATED, ids=named)
def test_nothing_is_seen_or_changed_from_elsewhere(emulator: Emulator, stage: Stage, operation: Operation) -> None:
    before = emulator.snapshot(ORG)
    home = ContractClient(create_app(emulator))
    sent = case_of(operation).options(stage.ids)
    told_by_the_client = json.dumps([case_of(operation).url(operation, stage.ids), sent])
    variables = case_of(operation).variables
    for org, sandbox in ELSEWHERE:
        client = home.within(org, sandbox)
        answer = asked(client, operation, stage)
        assert changes(emulator, before, "prod") == [], client.headers
        assert [id for id in ours(stage) if id in answer.text and id not in told_by_the_client] == [], client.headers
        if any(name in stage.ids and name not in EVERYBODYS for name in variables.values()):
            unknown = asked(client, operation, stage, **dict.fromkeys(variables, "nobodys"))
            assert answer.status_code == unknown.status_code, client.headers
            assert answer.status_code == 404 or answer.json == []  # so Catalog answers a deletion of nothing
    assert asked(home, operation, stage).status_code == operation.status, "or it proves nothing that nothing is found"
    if operation.method in ("GET", "PUT", "PATCH", "DELETE"):
        assert (changes(emulator, before, "prod") == []) == (operation.method == "GET"), "at home, who writes changes"


def test_the_journal_and_the_faults_of_one_organisation_are_its_own(emulator: Emulator) -> None:
    app = create_app(emulator)
    one, other = ContractClient(app, "ONE@AdobeOrg"), ContractClient(app, "TWO@AdobeOrg")
    one.json("POST", "/_emulator/faults", json={"operation": "listSegmentJobs", "respond": 503})
    one.json("POST", "/_emulator/clock", json={"advance": 3600})
    one.json("POST", "/_emulator/snapshots/mine")
    assert one.request("GET", "/data/core/ups/segment/jobs").status_code == 503
    assert other.request("GET", "/data/core/ups/segment/jobs").status_code == 200
    assert [each["org"] for each in other.json("GET", "/_emulator/requests")["requests"]] == ["TWO@AdobeOrg"]
    assert other.json("GET", "/_emulator/faults") == {"faults": []}
    assert other.json("GET", "/_emulator/snapshots") == {"snapshots": []}
    assert one.json("GET", "/_emulator/clock") != other.json("GET", "/_emulator/clock")
    other.json("POST", "/_emulator/reset")
    other.json("DELETE", "/_emulator/requests")
    assert one.json("GET", "/_emulator/requests/count") == {"count": 1}
    assert len(one.json("GET", "/_emulator/faults")["faults"]) == 1
