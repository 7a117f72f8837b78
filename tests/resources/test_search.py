"""What segment search indexes: audiences by namespace, and the folders that they name."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.formats import lucene
from emulator.resources import audiences, search
from emulator.resources.search import Entity
from emulator.resources.space import Space
from tests.resources.population_cases import START, make_space


def add(space: Space, audience_id: str, namespace: str = "AAM", **members: Any) -> str:
    body = {"audienceId": audience_id, "name": audience_id, "namespace": namespace, **members}
    return audiences.create(space, body, START).id


def names(found: list[Entity]) -> list[str]:
    return [each.name for each in found]


def hits(space: Space, query: str) -> list[str]:
    return names(search.matching(search.entities(space), lucene.parse(query)))


@pytest.fixture
def space() -> Space:
    space = make_space()
    add(space, "porsche", linkedAudienceRef={"audienceFolderId": "fast-cars"}, description="Red ones, mostly")
    add(space, "beetle", audienceMeta={"AAMFolderId": "slow-cars"})
    add(space, "bicycle")
    add(space, "porsche", namespace="AAMTraits", linkedAudienceRef={"flowId": "a flow is no folder"})
    expression = {"type": "PQL", "format": "pql/text", "value": 'car.make = "Porsche"'}
    audiences.create(space, {"name": "Porsche drivers", "expression": expression}, START)
    return space


def test_folders_come_first_then_audiences_by_name(space: Space) -> None:
    found = search.in_namespace(space, "AAM")
    assert names(found) == ["fast-cars", "slow-cars", "beetle", "bicycle", "porsche"]
    assert [each.is_folder for each in found] == [True, True, False, False, False]
    assert [each.parent_id for each in found] == ["root", "root", "slow-cars", "root", "fast-cars"]


def test_every_audience_that_lists_show_is_indexed_under_its_namespace(space: Space) -> None:
    indexed = {each.source_id for each in search.entities(space) if not each.is_folder}
    assert indexed == {each.id for each in audiences.listed(space)}
    assert names(search.in_namespace(space, "AEPSegments")) == ["Porsche drivers"]
    assert names(search.in_namespace(space, "AAMTraits")) == ["porsche"]
    assert search.in_namespace(space, "ECID") == []


def test_what_lists_leave_out_is_not_indexed(space: Space) -> None:
    add(space, "quiet", lifecycleState="inactive")
    add(space, "hidden", isSystem=True)
    assert hits(space, "quiet hidden") == []


def test_the_fields_are_the_documented_ones_and_their_short_names(space: Space) -> None:
    assert hits(space, "segmentName:porsche") == ["porsche", "porsche", "Porsche drivers"]
    assert hits(space, "name:drivers") == ["Porsche drivers"]
    assert hits(space, "segmentDescription:red") == hits(space, "description:red") == ["porsche"]
    assert hits(space, "segmentId:beetle") == ["beetle"]
    assert hits(space, "folderId:fast-cars") == hits(space, "folderLocation:fast-cars") == ["fast-cars"]
    assert hits(space, "parentFolderId:slow-cars") == ["beetle"]
    assert hits(space, "cars") == ["fast-cars", "slow-cars", "beetle", "porsche"]
    assert hits(space, "expression:porsche") == []


def test_no_query_finds_everything(space: Space) -> None:
    assert search.matching(search.entities(space), None) == search.entities(space)


def test_a_folder_narrows_the_search_to_what_lies_in_it(space: Space) -> None:
    found = search.in_namespace(space, "AAM")
    assert names(search.in_folder(found, "fast-cars") or []) == ["porsche"]
    assert names(search.in_folder(found, "root") or []) == ["fast-cars", "slow-cars", "bicycle"]
    assert search.in_folder(found, "porsche") is None
    assert search.in_folder(search.in_namespace(space, "AAMTraits"), "fast-cars") is None


def test_the_way_to_an_audience_begins_at_the_root(space: Space) -> None:
    found = search.in_namespace(space, "AAM")
    way = search.way_to(found, "porsche")
    assert [(each.id, each.parent_id) for each in way] == [("fast-cars", "root"), ("porsche", "fast-cars")]
    assert search.way_to(found, way[-1].source_id) == way
    assert names(search.way_to(found, "bicycle")) == ["bicycle"]
    assert names(search.way_to(found, "fast-cars")) == ["fast-cars"]
    assert search.way_to(found, "red-cars") == []


def test_a_folder_may_have_the_id_of_an_audience_in_it(space: Space) -> None:
    add(space, "twin", linkedAudienceRef={"audienceFolderId": "twin"})
    way = search.way_to(search.in_namespace(space, "AAM"), "twin")
    assert [each.is_folder for each in way] == [True]
