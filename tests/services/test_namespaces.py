"""Identity namespaces over HTTP."""

from __future__ import annotations

from typing import Any

from emulator import Emulator
from tests.services.conftest import Client

NAMESPACES = "/data/core/idnamespace/identities"


def by_code(client: Client, **options: Any) -> dict[str, dict[str, Any]]:
    answer = client.get(NAMESPACES, **options)
    assert answer.status_code == 200
    assert isinstance(answer.json, list)
    return {each["code"]: each for each in answer.json}


def test_standard_namespaces_have_their_known_ids(client: Client) -> None:
    found = by_code(client)
    known = {"CORE": 0, "ECID": 4, "Email": 6, "Phone": 7, "AAID": 10, "AdCloud": 411}
    assert {code: found[code]["id"] for code in known} == known
    assert not any(found[code]["custom"] for code in known)
    members = {"id", "code", "name", "description", "idType", "status", "custom", "createTime", "updateTime"}
    assert set(found["ECID"]) == members


def test_namespaces_of_the_data_are_custom_ones(emulator: Emulator, client: Client) -> None:
    own = by_code(client)["CRMID"]
    assert own["custom"] is True
    assert 10_000_000 <= own["id"] < 100_000_000
    assert [code for code, each in by_code(client).items() if each["custom"]] == ["CRMID"]

    profile = {"identityMap": {"Loyalty": [{"id": "L-1", "primary": True}]}, "record": {}}
    emulator.org("TEST@AdobeOrg").load({"profiles": [profile]})
    assert [code for code, each in by_code(client).items() if each["custom"]] == ["CRMID", "Loyalty"]
    assert by_code(client)["CRMID"] == own
    assert "Loyalty" not in by_code(client, headers={"x-sandbox-name": "dev"})
