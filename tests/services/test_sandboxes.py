"""Sandboxes over HTTP: which there are, and what a call without a sandbox header may ask."""

from __future__ import annotations

import pytest

from emulator import Emulator
from emulator.resources.refusals import UnknownSandbox
from emulator.settings import Settings
from tests.services.conftest import Client

BASE = "/data/foundation/sandbox-management"
PROD = "e7e17720-c5bb-11e9-aafb-87c71c35cac8"


@pytest.fixture
def bare(emulator: Emulator) -> Client:
    """A client that names no sandbox."""
    client = Client(emulator)
    del client.headers["x-sandbox-name"]
    return client


@pytest.mark.parametrize("path", [BASE, f"{BASE}/", f"{BASE}/sandboxes", f"{BASE}/sandboxes/"])
def test_both_lists_name_both_sandboxes(bare: Client, path: str) -> None:
    answer = bare.get(path)
    assert answer.status_code == 200
    assert [each["name"] for each in answer.json["sandboxes"]] == ["prod", "dev"]
    assert answer.json["_page"] == {"limit": 50, "count": 2}


def test_one_sandbox(bare: Client) -> None:
    sandbox = bare.get(f"{BASE}/sandboxes/prod").json
    assert sandbox == bare.get(f"{BASE}/sandboxes").json["sandboxes"][0]
    assert {name: sandbox[name] for name in ("id", "name", "state", "type", "region", "isDefault", "createdDate")} == {
        "id": PROD,
        "name": "prod",
        "state": "active",
        "type": "production",
        "region": "VA7",
        "isDefault": True,
        "createdDate": "2026-01-15 09:00:00",
    }


def test_an_unknown_sandbox_is_404_in_the_shape_of_the_family(bare: Client) -> None:
    answer = bare.get(f"{BASE}/sandboxes/nope")
    assert answer.status_code == 404
    assert set(answer.json) == {"status", "title", "type"}


def test_sandboxes_made_on_first_use_are_listed() -> None:
    client = Client(Emulator(settings=Settings().with_values({"sandboxes": "auto"})))
    made = client.get(f"{BASE}/sandboxes/mine").json
    assert (made["type"], made["isDefault"]) == ("development", False)
    assert "mine" in [each["name"] for each in client.get(f"{BASE}/sandboxes").json["sandboxes"]]
    policies = client.get("/data/core/ups/config/mergePolicies", headers={"x-sandbox-name": "mine"}).json["children"]
    assert [policy["default"] for policy in policies] == [True]


def test_the_types(bare: Client) -> None:
    types = bare.get(f"{BASE}/sandboxTypes").json["sandboxTypes"]
    assert {each["id"] for each in types} == {"development", "production"}
    assert all(each["title"] for each in types)


def test_pages_follow_their_absolute_links_back_to_this_origin(bare: Client) -> None:
    first = bare.get(f"{BASE}/sandboxes?limit=1").json
    assert [each["name"] for each in first["sandboxes"]] == ["prod"]
    assert "prev" not in first["_links"]
    second = bare.get(first["_links"]["next"]["href"]).json
    assert [each["name"] for each in second["sandboxes"]] == ["dev"]
    assert second["_page"] == {"limit": 1, "count": 1}
    assert "next" not in second["_links"]
    assert "offset=0" in second["_links"]["prev"]["href"]


def test_filters_and_orders(bare: Client) -> None:
    def names(**query: str) -> list[str]:
        return [each["name"] for each in bare.get(f"{BASE}/sandboxes", query_string=query).json["sandboxes"]]

    assert names(property="type==development") == ["dev"]
    assert names(property="isDefault==true") == ["prod"]
    assert names(orderBy="name") == ["dev", "prod"]
    assert names(orderBy="-name") == ["prod", "dev"]
    assert bare.get(f"{BASE}/sandboxes?property=type").status_code == 400


def test_asking_who_is_in_a_segment_makes_no_sandbox() -> None:
    emulator = Emulator(sandboxes="auto")
    org = emulator.org("TEST@AdobeOrg")
    with pytest.raises(UnknownSandbox):
        org.members("any", sandbox="fresh")
    assert "fresh" not in emulator.world("TEST@AdobeOrg").spaces
