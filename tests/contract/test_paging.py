"""Paging to the end, in every style there is: each item once, in the order of the whole list, and then an end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from emulator import Emulator, create_app
from emulator.formats import row_files
from tests.contract.cases import EMULATED, NAMESPACE
from tests.contract.stage import ACCESS, CATALOG, QUERIES, SEGMENT, UPS, ContractClient, Stage, prepared
from tests.for_each import for_each

SANDBOXES = "/data/foundation/sandbox-management"
PERSON_EVENTS = {
    "schema.name": "_xdm.context.experienceevent",
    "relatedEntityId": "agnes.thwaite@example.com",
    "relatedEntityIdNS": "email",
}

#: Answers the URLs of the pages that follow the first, from the body of the page before; ends on the last page.
Follow = Callable[[Mapping[str, Any], str, int], str | None]


@dataclass(frozen=True, slots=True)
class Paged:
    """A list that comes in pages: where, under which key, what names an item, and how the next page is found."""

    url: str
    key: str | None
    follow: Follow
    name: str | None = "id"
    query: Mapping[str, str] | None = None
    most: int = 1000

    def items(self, body: Any) -> list[Any]:
        listed = body if self.key is None else body[self.key]
        return [each if self.name is None or not isinstance(each, dict) else each[self.name] for each in listed]


def by_reference(body: Mapping[str, Any], url: str, limit: int) -> str | None:
    """``_page.next`` and ``_links.next.href`` are there together, or neither."""
    href = body["_links"]["next"].get("href")
    assert ("next" in body["_page"]) == (href is not None)
    if href is None:
        return None
    assert f"start={body['_page']['next']}" in href
    place, _, query = str(href).removeprefix("@").partition("?")
    assert url.partition("?")[0].endswith(place)
    return f"{url.partition('?')[0]}?{query}"


def by_page_number(body: Mapping[str, Any], url: str, limit: int) -> str | None:
    """The pages are numbered from 0 and their number is told."""
    base, _, query = url.partition("?")
    page = int(dict(each.split("=") for each in query.split("&")).get("page", 0))
    if page + 1 >= body["page"]["totalPages"]:
        return None
    return f"{base}?limit={limit}&page={page + 1}"


def by_search_page(body: Mapping[str, Any], url: str, limit: int) -> str | None:
    """The page shown and the number of pages are told."""
    page = body["page"]["pageOffset"] + 1
    return None if page == body["page"]["totalPages"] else f"{url.partition('&page=')[0]}&page={page}"


def by_cursor(body: Mapping[str, Any], url: str, limit: int) -> str | None:
    """``link.next`` is a text, empty on the last page."""
    following = body["link"]["next"]
    assert isinstance(following, str)
    assert following == "" or following.endswith(f"offset={body['page']['pageOffset']}")
    return UPS + following if following else None


def by_counting(body: Mapping[str, Any], url: str, limit: int) -> str | None:
    """There is no total: a page that is not full is the last."""
    base, _, start = url.partition("&start=")
    return None if len(body) < limit else f"{base}&start={int(start or 0) + limit}"


def by_optional_link(body: Mapping[str, Any], url: str, limit: int) -> str | None:
    """``_links.next.href`` is absolute, and not there on the last page."""
    return _local(body.get("_links", {}).get("next", {}).get("href"))


def by_event(body: Mapping[str, Any], url: str, limit: int) -> str | None:
    """``_page.next`` names the first event of the next page; it and the link are empty on the last."""
    href = body["_links"]["next"]["href"]
    assert (href == "") == (body["_page"]["next"] == "")
    return f"{UPS}/access{href}" if href else None


def by_preview_link(body: Mapping[str, Any], url: str, limit: int) -> str | None:
    """``links.next`` is absolute, and empty on the last page."""
    return _local(body["links"]["next"])


def _local(href: str | None) -> str | None:
    assert not href or href.startswith("http://localhost/")
    return href.removeprefix("http://localhost") if href else None


def lists(ids: Mapping[str, str]) -> dict[str, Paged]:
    """Answer the lists, by operation and where they show different things."""
    search = {**NAMESPACE, "namespace": "AEPSegments"}
    return {
        "listSegmentJobs": Paged(f"{UPS}/segment/jobs", "children", by_reference),
        "listSchedules": Paged(f"{UPS}/config/schedules", "children", by_reference),
        "listAudiences": Paged(f"{UPS}/audiences", "children", by_reference),
        "getMany": Paged(f"{UPS}/config/mergePolicies", "children", by_reference),
        "listSegmentDefinitions": Paged(f"{UPS}/segment/definitions", "segments", by_page_number),
        "listFullTextIndexedObjects": Paged(
            f"{UPS}/search/entities", "entities", by_search_page, query=search, most=50
        ),
        "listExportJobs": Paged(f"{UPS}/export/jobs", "records", by_cursor),
        "listDatasets": Paged(f"{CATALOG}/dataSets", None, by_counting, name=None, most=100),
        "listBatches": Paged(f"{CATALOG}/batches", None, by_counting, name=None, most=100),
        "listLastBatches": Paged(f"{CATALOG}/lastBatches", None, by_counting, name=None, most=100),
        "retrieveUniqueBatchValues": Paged(f"{CATALOG}/batches/uniques/status", None, by_counting, name=None, most=100),
        "listDatasetViewFiles": Paged(
            f"{CATALOG}/dataSets/{ids.get('dataset')}/views/{ids.get('view')}/files",
            None,
            by_counting,
            name=None,
            most=100,
        ),
        "listDatasetFiles": Paged(
            f"{ACCESS}/batches/{ids.get('export batch')}/files",
            "data",
            by_optional_link,
            name="dataSetFileId",
            most=100,
        ),
        "listSandboxes": Paged(f"{SANDBOXES}/sandboxes", "sandboxes", by_optional_link, name="name"),
        "listAvailableSandboxes": Paged(f"{SANDBOXES}/", "sandboxes", by_optional_link, name="name"),
        "retrieveEntity": Paged(f"{UPS}/access/entities", "children", by_event, name="entityId", query=PERSON_EVENTS),
        "retrievePreview": Paged(f"{UPS}/preview/{ids.get('preview')}", "results", by_preview_link, name="objectId"),
        "listQueries": Paged(QUERIES, "queries", by_optional_link),
    }


#: Lists that do not come in pages.
WHOLE = {
    "listSearchCounts",
    "retrieveSearchObjectStructure",
    "listSandboxTypes",
    "listIdentityNamespaces",
    "profileDatasetReport",
    "profileNamespaceReport",
    "retrieveDatasetPreview",
    "retrieveFailedBatch",  # one file at most
    "retrieveBatchMeta",  # none
    "retrieveDatasetFile",  # one
}
NAMES = list(lists({}))


@pytest.fixture(scope="module")
def full() -> Stage:
    """The prepared state with several of everything, and files of ten rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_files, "ROWS_PER_FILE", 10)
        stage = prepared()
    client = stage.client
    for number in range(3):
        client.request("POST", f"{UPS}/config/schedules", json=weekly(number))  # the last is one too many
        client.json("POST", QUERIES, json={"dbName": "prod:all", "sql": f"SELECT {number} AS one"})
    return stage


def weekly(number: int) -> dict[str, Any]:
    """Answer a schedule as it is sent."""
    schedule = {"name": f"weekly {number}", "type": "batch_segmentation", "schedule": "0 0 1 ? * SUN"}
    return {**schedule, "properties": {"segments": ["*"]}}


def pages(client: ContractClient, paged: Paged, limit: int) -> list[list[Any]]:
    """Answer the items of each page, up to the one that is the last by its own words."""
    query = {**(paged.query or {}), "limit": limit}
    url: str | None = f"{paged.url}?{urlencode(query)}"
    found: list[list[Any]] = []
    while url is not None:
        body = client.json("GET", url)
        found.append(paged.items(body))
        assert len(found) < 200, "no end"
        url = paged.follow(body, url, limit)
    return found


@for_each("limit", [1, 2, 3, 7])
@for_each("name", NAMES)
def test_every_item_comes_once_and_then_there_is_an_end(full: Stage, name: str, limit: int) -> None:
    paged = lists(full.ids)[name]
    (whole, *rest) = pages(full.client, paged, paged.most)
    assert rest == []
    assert len(whole) == len(set(whole)) > 1
    found = pages(full.client, paged, limit)
    assert [item for page in found for item in page] == whole
    full_pages = found[:-1]
    assert all(len(page) == limit for page in full_pages)
    if paged.follow is not by_counting:
        assert len(found) == -(-len(whole) // limit)


def test_start_may_count_records() -> None:
    client = ContractClient(create_app(Emulator(ups_start="offset", max_schedules=3)))
    for number in range(3):
        client.json("POST", f"{UPS}/segment/jobs", json=[{"segmentId": SEGMENT}])
        client.json("POST", f"{UPS}/config/schedules", json=weekly(number))
    for name in ("listSegmentJobs", "listSchedules", "listAudiences", "getMany"):
        paged = lists({})[name]
        (whole,) = pages(client, paged, 1000)
        assert len(whole) > 2
        assert [item for page in pages(client, paged, 2) for item in page] == whole
        query = {**(paged.query or {}), "start": 1, "limit": 2}
        assert paged.items(client.json("GET", paged.url, query_string=query)) == whole[1:3]


def test_a_page_past_the_end_is_empty(full: Stage) -> None:
    for url, key in (
        (f"{UPS}/segment/definitions?limit=100&page=1", "segments"),
        (f"{UPS}/segment/jobs?start=99&limit=2", "children"),
        (f"{UPS}/config/mergePolicies?start=99&limit=2", "children"),
        (f"{UPS}/export/jobs?offset=99", "records"),
        (f"{UPS}/search/entities?{urlencode(NAMESPACE)}&page=99", "entities"),
        (f"{ACCESS}/batches/{full.ids['export batch']}/files?start=999", "data"),
        (f"{SANDBOXES}/sandboxes?offset=99", "sandboxes"),
        (f"{QUERIES}?start=99", "queries"),
    ):
        assert full.client.json("GET", url)[key] == [], url
    assert full.client.json("GET", f"{CATALOG}/batches?start=999") == {}


def test_every_list_is_paged_here_or_comes_whole() -> None:
    many = {each.id for each in EMULATED if each.id.startswith(("list", "getMany"))}
    assert many <= {*NAMES, *WHOLE}
