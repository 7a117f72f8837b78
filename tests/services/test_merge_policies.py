"""Merge policies over HTTP, and bulk-get and paging, which other lists share."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.for_each import for_each
from tests.services.conftest import POLICIES, Client

DEFAULT = "e161dae9-52f0-4c7f-b264-dc43dd903d56"
APART = "mpid1"
PRECEDENCE = "e5bc94de-cd14-4cdf-a2bc-88b6e8cbfac2"
LOOKUP = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=email&entityId="


def document(**members: Any) -> dict[str, Any]:
    return {
        "name": "Another",
        "schema": {"name": "_xdm.context.profile"},
        "identityGraph": {"type": "none"},
        "attributeMerge": {"type": "timestampOrdered"},
        **members,
    }


def listed(client: Client, **query: Any) -> list[str]:
    answer = client.get(POLICIES, query_string=query)
    assert answer.status_code == 200, answer.json
    return [policy["id"] for policy in answer.json["children"]]


def test_the_list_has_both_families_of_page_keys_and_always_a_next_object(client: Client) -> None:
    answer = client.get(POLICIES).json
    assert answer["_page"] == {"totalCount": 3, "pageSize": 3, "count": 3}
    assert answer["_links"] == {"next": {}}

    assert client.get(POLICIES, query_string={"limit": 3}).json == answer
    answer = client.get(POLICIES, query_string={"limit": 2}).json
    assert answer["_page"] == {"totalCount": 3, "pageSize": 2, "count": 2, "next": "1"}
    assert answer["_links"] == {"next": {"href": "@/mergePolicies?start=1&orderBy=&limit=2"}}


def test_following_the_links_with_an_own_limit_beside_finds_everything_once(client: Client) -> None:
    # The most used Python client appends the link's query to the path, and its own parameters to that.
    seen: list[str] = []
    query: list[tuple[str, str]] = [("limit", "1")]
    while True:
        answer = client.get(POLICIES, query_string=[*query, ("limit", "100")]).json
        seen.extend(policy["id"] for policy in answer["children"])
        href = answer["_links"]["next"].get("href", "")
        if not href:
            break
        query = parse_qsl(urlsplit(href).query, keep_blank_values=True)
    assert sorted(seen) == sorted([DEFAULT, APART, PRECEDENCE])


def test_filters(client: Client) -> None:
    assert listed(client, **{"identityGraph.type": "none"}) == [APART]
    assert listed(client, **{"attributeMerge.type": "dataSetPrecedence"}) == [PRECEDENCE]
    assert listed(client, **{"default": "false", "identityGraph.type": "pdg"}) == [PRECEDENCE]
    assert listed(client, **{"schema.name": "_xdm.context.account"}) == []
    client.put(f"{POLICIES}/{APART}", json=document(name="Second"))
    assert listed(client, version="2") == [APART]
    assert listed(client, version="1") == [DEFAULT, APART, PRECEDENCE]


def test_filters_go_on_to_the_next_page(client: Client) -> None:
    answer = client.get(POLICIES, query_string={"identityGraph.type": "pdg", "limit": 1, "orderBy": "-name"}).json
    query = dict(parse_qsl(urlsplit(answer["_links"]["next"]["href"]).query))
    assert query == {"start": "1", "orderBy": "-name", "identityGraph.type": "pdg", "limit": "1"}


@pytest.mark.parametrize("parameter", ["orderBy", "orderby"])
def test_orders(client: Client, parameter: str) -> None:
    by_name = [DEFAULT, APART, PRECEDENCE]
    assert listed(client) == by_name
    for order, expected in (("name", by_name), ("+name", by_name), ("-name", by_name[::-1])):
        assert listed(client, **{parameter: order}) == expected
    assert client.get(f"{POLICIES}?{parameter}=+name").json["children"][0]["id"] == DEFAULT
    assert listed(client, **{parameter: "-id"})[0] == APART
    assert listed(client, **{parameter: "identityGraph.type,-name"}) == [APART, PRECEDENCE, DEFAULT]


# -- bulk-get


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [{"id": DEFAULT}, {"id": APART}]},
        {"ids": [DEFAULT, APART]},
        [{"id": DEFAULT}, {"id": APART}],
        [DEFAULT, APART],
        [DEFAULT, {"id": APART}, DEFAULT],
    ],
)
def test_bulk_get_takes_every_form_in_use(client: Client, body: Any) -> None:
    answer = client.post(f"{POLICIES}/bulk-get", json=body)
    assert answer.status_code == 207
    assert answer.json == {"results": {id: client.get(f"{POLICIES}/{id}").json for id in (DEFAULT, APART)}}


def test_bulk_get_of_unknown_ids_alone_names_them(client: Client) -> None:
    answer = client.post(f"{POLICIES}/bulk-get", json=["one", "two"])
    assert answer.status_code == 404
    assert answer.json["title"] == "The entity one,two is not found."
    assert answer.json["type"].endswith("/UPAPI-113000-404")


@pytest.mark.parametrize("ids", [[], [f"{number}" for number in range(101)]])
def test_bulk_get_wants_one_to_a_hundred_ids(client: Client, ids: list[str]) -> None:
    answer = client.post(f"{POLICIES}/bulk-get", json={"ids": ids})
    assert answer.status_code == 400
    assert answer.json["title"] == "The number of requested IDs is invalid. Cannot be 0 or exceed 100."
    assert answer.json["type"].endswith("/UPAPI-113015-400")
    assert (
        client.post(f"{POLICIES}/bulk-get", json=[DEFAULT, *(f"{number}" for number in range(99))]).status_code == 207
    )


@for_each("body", [{}, {"ids": "x"}, {"ids": [{}]}, {"ids": [7]}, [None], "x", 7, [{"id": ""}]])
def test_bulk_get_of_another_form_is_400(client: Client, body: Any) -> None:
    answer = client.post(f"{POLICIES}/bulk-get", json=body)
    assert answer.status_code == 400
    assert answer.json["type"].endswith("/UPLIB-101206-500")
