"""Profile access over HTTP: one person by any identity, several, what they did, and their erasure."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from emulator import Emulator
from tests.for_each import for_each
from tests.services.conftest import Client

ENTITIES = "/data/core/ups/access/entities"
PROFILE = "_xdm.context.profile"
EVENTS = "_xdm.context.experienceevent"
MARGUERITE = "marguerite.ashdown@example.com"
AGNES = "agnes.thwaite@example.com"
APART = "mpid1"
PRECEDENCE = "e5bc94de-cd14-4cdf-a2bc-88b6e8cbfac2"
SEGMENT = "42f49f2d-edb0-474f-b29d-2799d89cd5a6"


def get(client: Client, **query: Any) -> Any:
    return client.get(ENTITIES, query_string={"schema.name": PROFILE, **query})


def lookup(client: Client, id: str = MARGUERITE, namespace: str = "email", **query: Any) -> dict[str, Any]:
    answer = get(client, entityId=id, entityIdNS=namespace, **query)
    assert answer.status_code == 200, answer.json
    ((xid, entry),) = answer.json.items()
    assert entry["entityId"] == xid
    found: dict[str, Any] = entry
    return found


def events(client: Client, id: str = AGNES, **query: Any) -> Any:
    sent = {"schema.name": EVENTS, "relatedEntityId": id, "relatedEntityIdNS": "email", **query}
    answer = client.get(ENTITIES, query_string=sent)
    assert answer.status_code == 200, answer.json
    return answer.json


def post(client: Client, *ids: str, schema: str = PROFILE, namespace: str = "Email", **members: Any) -> Any:
    identities = [{"entityId": id, "entityIdNS": {"code": namespace}} for id in ids]
    return client.post(ENTITIES, json={"schema": {"name": schema}, "identities": identities, **members})


# -- one profile


def test_a_profile_by_another_identity_and_by_its_opaque_ids(client: Client) -> None:
    by_email = lookup(client)
    by_crm = lookup(client, "CRM-10001", "crmid")
    assert by_crm["entity"] == by_email["entity"]
    assert by_crm["entityId"] != by_email["entityId"]
    for xid in by_email["identityGraph"]:
        answer = get(client, entityId=xid)
        assert answer.json[xid]["entity"] == by_email["entity"]
        assert "requestedIdentity" not in answer.json[xid]


def test_fields_narrow_the_entity(client: Client) -> None:
    entry = lookup(client, fields="person.name.firstName,identities,nothing.here")
    assert entry["entity"]["person"] == {"name": {"firstName": "Mags"}}
    assert set(entry["entity"]) == {"person", "identities"}
    primary, *others = entry["entity"]["identities"]
    assert primary == {"id": "CRM-10001", "namespace": {"code": "CRMID"}, "primary": True}
    assert {"id": MARGUERITE, "namespace": {"code": "Email"}} in others


@pytest.mark.parametrize("schema", [PROFILE, EVENTS])
def test_a_schema_may_be_spelled_as_adobes_node_sdk_spells_it(client: Client, schema: str) -> None:
    path = f"{ENTITIES}?entityId={AGNES}&entityIdNS=email"
    spelled = client.get(f"{path}&schema.name={schema.removeprefix('_')}")
    assert (spelled.status_code, spelled.json) == (200, client.get(f"{path}&schema.name={schema}").json)


@pytest.mark.parametrize("schema", [PROFILE, EVENTS, "_xdm.context.account", "_xdm.context.opportunity"])
def test_nobody_is_404_in_the_shape_of_the_family(client: Client, schema: str) -> None:
    answer = client.get(f"{ENTITIES}?schema.name={schema}&entityId=nobody@example.com&entityIdNS=email")
    assert (answer.status_code, answer.json) == (404, {"statusCode": "404"})


@for_each(
    "query, said",
    [
        ({"schema.name": None, "entityId": "x"}, "schema.name"),
        ({"schema.name": "_xdm.context.nothing", "entityId": "x"}, "schema.name"),
        ({}, "entityId"),
        ({"entityId": MARGUERITE, "entityIdNS": "email", "mergePolicyId": "nope"}, "mergePolicyId"),
        ({"schema.name": EVENTS, "relatedSchema.name": "_xdm.context.account", "entityId": "x"}, "relatedSchema.name"),
        ({"schema.name": EVENTS, "entityId": AGNES, "entityIdNS": "email", "orderby": "name"}, "orderby"),
        ({"schema.name": EVENTS, "entityId": AGNES, "entityIdNS": "email", "startTime": "today"}, "startTime"),
        ({"schema.name": EVENTS, "entityId": AGNES, "entityIdNS": "email", "limit": "0"}, "limit"),
        ({"schema.name": EVENTS, "entityId": AGNES, "entityIdNS": "email", "start": "nope"}, "start"),
        ({"schema.name": EVENTS, "entityId": AGNES, "entityIdNS": "email", "property": "x"}, "property"),
        ({"schema.name": EVENTS, "entityId": AGNES, "entityIdNS": "email", "property": ["a=1"] * 4}, "3"),
    ],
)
def test_what_is_wrong_is_400_and_says_so(client: Client, query: dict[str, Any], said: str) -> None:
    sent = {name: value for name, value in {"schema.name": PROFILE, **query}.items() if value is not None}
    answer = client.get(ENTITIES, query_string=sent)
    assert answer.status_code == 400
    assert set(answer.json) == {"message", "cause", "statusCode"}
    assert answer.json["statusCode"] == "400"
    assert said in answer.json["message"]


def crowd(number: int) -> dict[str, Any]:
    entries = [{"id": f"{each}@crowd.example.com", "primary": each == 0} for each in range(number)]
    return {"profiles": [{"identityMap": {"Email": entries}, "record": {}}]}


def test_more_than_fifty_linked_identities_are_422(emulator: Emulator, client: Client) -> None:
    emulator.org("TEST@AdobeOrg").load(crowd(51))
    answer = get(client, entityId="7@crowd.example.com", entityIdNS="email")
    assert answer.status_code == 422
    assert answer.json["message"] == "Too many related identities"
    assert answer.json["cause"].startswith("UPS-MRG-1000001:")

    several = post(client, MARGUERITE, "7@crowd.example.com")
    assert several.status_code == 207
    ((failed),) = several.json
    assert set(failed) == {"xid", "error"}
    assert failed["error"] == answer.json


# -- several profiles


def test_several_profiles_and_one_that_nobody_has(client: Client) -> None:
    answer = post(client, MARGUERITE, "nobody@example.com", AGNES, fields=["person.name", "identities.id"])
    assert answer.status_code == 200
    known, unknown, other = answer.json.values()
    assert known["entity"]["person"]["name"]["firstName"] == "Mags"
    assert set(known["entity"]) == {"person", "identities"}
    assert unknown == {
        "entityId": unknown["entityId"],
        "sources": [""],
        "entity": {},
        "lastModifiedAt": "1970-01-01T00:00:00Z",
    }
    assert other["entityId"] == lookup(client, AGNES)["entityId"]
    assert list(answer.json) == [each["entityId"] for each in answer.json.values()]


def test_two_identities_of_one_person_are_two_entries(client: Client) -> None:
    xid = lookup(client)["entityId"]
    identities = [{"entityId": xid}, {"entityId": "CRM-10001", "entityIdNS": {"code": "CRMID"}}]
    answer = client.post(ENTITIES, json={"schema": {"name": PROFILE}, "identities": identities})
    first, second = answer.json.values()
    assert first["entity"] == second["entity"]
    assert first["entityId"] == xid != second["entityId"]


@for_each(
    "body",
    [
        {},
        [],
        {"schema": PROFILE, "identities": [{"entityId": "x"}]},
        {"schema": {"name": PROFILE}},
        {"schema": {"name": PROFILE}, "identities": []},
        {"schema": {"name": PROFILE}, "identities": ["x"]},
        {"schema": {"name": PROFILE}, "identities": [{"entityIdNS": {"code": "email"}}]},
        {"schema": {"name": PROFILE}, "identities": [{"entityId": "x", "entityIdNS": "email"}]},
        {"schema": {"name": PROFILE}, "identities": [{"entityId": "x"}], "fields": "person"},
        {"schema": {"name": PROFILE}, "identities": [{"entityId": "x"}], "mergePolicyId": "nope"},
        {"schema": {"name": PROFILE}, "identities": [{"entityId": "x"}], "mergePolicyId": 7},
        {"schema": {"name": EVENTS}, "identities": [{"entityId": "x"}], "timeFilter": 7},
        {"schema": {"name": EVENTS}, "identities": [{"entityId": "x"}], "timeFilter": {"startTime": "now"}},
        {"schema": {"name": EVENTS}, "identities": [{"entityId": "x"}], "limit": 0},
        {"schema": {"name": EVENTS}, "identities": [{"entityId": "x"}], "orderby": "name"},
    ],
)
def test_a_body_that_is_wrong_is_400(client: Client, body: Any) -> None:
    answer = client.post(ENTITIES, json=body)
    assert answer.status_code == 400
    assert set(answer.json) == {"message", "cause", "statusCode"}


# -- events


def test_events_by_time_with_their_instants(client: Client) -> None:
    page = events(client)
    stamps = [each["timestamp"] for each in page["children"]]
    assert stamps == sorted(stamps)
    assert page["_page"] == {
        "orderby": "timestamp",
        "start": page["children"][0]["entityId"],
        "count": len(stamps),
        "next": "",
    }
    assert page["_links"] == {"next": {"href": ""}}
    first = page["children"][0]
    assert first["relatedEntityId"] == lookup(client, AGNES)["entityId"]
    assert first["entity"]["_id"] == first["entityId"] == "web-0001"

    newest = events(client, orderby="-timestamp")
    assert newest["_page"]["orderby"] == "-timestamp"
    assert [each["timestamp"] for each in newest["children"]] == stamps[::-1]


@pytest.mark.parametrize("cursor", ["start", "offsets"])
@pytest.mark.parametrize("orderby", ["+timestamp", "-timestamp"])
def test_following_the_links_finds_every_event_once(client: Client, cursor: str, orderby: str) -> None:
    everything = [each["entityId"] for each in events(client, orderby=orderby)["children"]]
    seen: list[str] = []
    query: dict[str, Any] = {"orderby": orderby, "limit": 3, "fields": "eventType", "property": "eventType!=x"}
    while True:
        page = events(client, **query)
        seen.extend(each["entityId"] for each in page["children"])
        assert all(set(each["entity"]) <= {"eventType"} for each in page["children"])
        href = page["_links"]["next"]["href"]
        if not href:
            assert page["_page"]["next"] == ""
            break
        assert href.startswith("/entities?")
        carried = parse_qs(urlsplit(href).query)
        assert carried[cursor] == [page["_page"]["next"]]
        query[cursor] = carried[cursor][0]
        query["limit"] = carried["limit"][0]
    assert seen == everything


def test_properties_filter_events(client: Client) -> None:
    views = events(client, property="eventType=commerce.productViews")["children"]
    assert views
    assert {each["entity"]["eventType"] for each in views} == {"commerce.productViews"}
    both = events(client, property=["eventType=commerce.productViews", "productListItems.SKU=CK-KETTLE-02"])["children"]
    assert 0 < len(both) <= len(views)
    assert events(client, property='timestamp<"2020-01-01"')["children"] == []


def test_events_of_several_page_by_their_payloads(client: Client) -> None:
    everything = [each["entityId"] for each in events(client)["children"]]
    body: dict[str, Any] = {
        "schema": {"name": EVENTS},
        "relatedSchema": {"name": PROFILE},
        "identities": [
            {"relatedEntityId": AGNES, "relatedEntityIdNS": {"code": "email"}},
            {"relatedEntityId": "nobody@example.com", "relatedEntityIdNS": {"code": "email"}},
        ],
        "fields": ["eventType"],
        "limit": 4,
    }
    answer = client.post(ENTITIES, json=body)
    assert answer.status_code == 200
    known, unknown = answer.json.values()
    assert unknown == {
        "_page": {"orderby": "timestamp", "start": "", "count": 0, "next": ""},
        "children": [],
        "_links": {"next": {"href": ""}},
    }
    seen: list[str] = []
    while True:
        seen.extend(each["entityId"] for each in known["children"])
        link = known["_links"]["next"]
        if "payload" not in link:
            assert link == {"href": ""}
            break
        assert link["href"] == "/entities"
        (known,) = client.post(ENTITIES, json=link["payload"]).json.values()
    assert seen == everything


# -- erasing


def erase(client: Client, **query: Any) -> Any:
    sent = {"schema.name": PROFILE, "entityId": MARGUERITE, "entityIdNS": "email", **query}
    return client.delete(ENTITIES, query_string=sent)


def test_an_erased_person_is_in_no_view(client: Client) -> None:
    xids = lookup(client)["identityGraph"]
    answer = erase(client)
    assert (answer.status_code, answer.data) == (202, b"")
    for xid in xids:
        for policy_id in ("", APART, PRECEDENCE):
            assert get(client, entityId=xid, mergePolicyId=policy_id).status_code == 404
    assert erase(client).status_code == 404


@pytest.mark.parametrize(
    "query", [{"schema.name": EVENTS}, {"schema.name": ""}, {"entityId": ""}, {"mergePolicyId": "nope"}]
)
def test_a_wrong_erasure_is_400_and_erases_nothing(client: Client, query: dict[str, str]) -> None:
    assert erase(client, **query).status_code == 400
    assert lookup(client)["entity"]
