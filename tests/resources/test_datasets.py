from __future__ import annotations

from typing import Any

import pytest

from emulator.resources import batches, dataset_content, datasets
from emulator.resources.catalog import deep_merge
from emulator.resources.refusals import Refusal
from emulator.resources.space import Space
from tests.for_each import for_each
from tests.resources.export_cases import TARGET, add_target, asked, export_space, exported, replace_rows
from tests.resources.population_cases import START, make_space


def table_of(space: Space, **members: Any) -> str:
    return datasets.create(space, {"name": "x", **members}, START).table


@pytest.mark.parametrize(
    ("name", "table"),
    [("Segment Export", "segment_export"), ("  Ünï / 2 ", "n_2"), ("日本", "dataset"), ("a__b", "a_b")],
)
def test_the_table_of_a_dataset_is_named_after_it(name: str, table: str) -> None:
    assert table_of(make_space(), name=name) == table


def test_no_two_datasets_share_a_table() -> None:
    space = make_space()
    assert [table_of(space, name="Segment Export") for _ in range(3)] == [
        "segment_export",
        "segment_export_1",
        "segment_export_2",
    ]


def test_a_table_that_is_named_by_the_client_stays_so() -> None:
    assert table_of(make_space(), tags={"adobe/pqs/table": ["mine"], "unifiedProfile": ["enabled:true"]}) == "mine"


def test_every_dataset_has_tags_and_a_classification_whatever_becomes_of_it() -> None:
    space = make_space()
    dataset = datasets.create(space, {"name": "Till", "schemaRef": {"id": "https://x/experienceevent"}}, START)
    assert dataset.document["classification"] == {"dataBehavior": "time-series", "managedBy": "CUSTOMER"}
    changed = datasets.overwrite(space, dataset.id, {"name": "Till"}, START + 1)
    assert "schemaRef" not in changed.document
    assert changed.document["tags"] == {"adobe/pqs/table": ["till"]}
    assert changed.document["classification"]["dataBehavior"] == "record"


def test_what_the_service_keeps_cannot_be_written() -> None:
    space = make_space()
    sent = {"name": "x", "id": "mine", "version": "9", "lastBatchId": "b", "viewId": "v", "colour": "green"}
    dataset = datasets.create(space, sent, START)
    wire = datasets.to_wire(dataset, space, None)
    assert (len(dataset.id), wire["version"], wire["colour"]) == (24, "1.0.0", "green")
    assert "lastBatchId" not in wire
    assert wire["viewId"] != "v"


def test_a_change_raises_the_version_and_keeps_who_made_it() -> None:
    space = make_space()
    dataset = datasets.create(space, {"name": "x"}, START, "maker")
    datasets.overwrite(space, dataset.id, {"name": "y"}, START + 5, "changer")
    wire = datasets.to_wire(datasets.find(space, dataset.id), space, None)
    assert (wire["version"], wire["created"], wire["updated"]) == ("1.0.1", START, START + 5)
    assert (wire["createdClient"], wire["updatedUser"]) == ("maker", "changer@techacct.adobe.com")


@for_each(
    "sent, named",
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "schemaRef": "profile"}, "schemaRef"),
        ({"name": "x", "schemaRef": {"id": 5}}, "schemaRef.id"),
        ({"name": "x", "fileDescription": {"format": "xlsx"}}, "fileDescription.format"),
        ({"name": "x", "fileDescription": {"format": []}}, "fileDescription.format"),
        ({"name": "x", "tags": {"a": "b"}}, "tags"),
        ({"name": "x", "enableErrorDiagnostics": "no"}, "enableErrorDiagnostics"),
    ],
)
def test_a_wrong_member_is_refused_by_name(sent: dict[str, Any], named: str) -> None:
    space = make_space()
    with pytest.raises(Refusal) as caught:
        datasets.create(space, sent, START)
    assert caught.value.status == 400
    assert f"`{named}`" in caught.value.reasons[0]
    assert len(space.datasets) == 0


def test_a_fixture_keeps_its_id_and_time() -> None:
    space = make_space()
    datasets.from_fixture(space, {"id": TARGET, "name": "Segment Export"}, START - 5)
    assert datasets.find(space, TARGET).provenance.created == START - 5


def test_deleting_a_dataset_takes_its_files_and_leaves_its_batches_deleted() -> None:
    space = export_space()
    job, _ = exported(space, asked())
    assert datasets.delete(space, TARGET, START)
    assert not datasets.delete(space, TARGET, START)
    assert len(space.files) == 0
    assert batches.find(space, job.batch_ids[0]).status == "deleted"
    assert dataset_content.content(space, TARGET) == []


def test_the_preview_of_a_dataset_is_its_first_hundred_rows() -> None:
    space = make_space()
    add_target(space)
    rows = [{"n": number} for number in range(150)]
    replace_rows(space, datasets.find(space, TARGET), {"a": rows[:60], "b": rows[60:]}, START, START)
    assert dataset_content.preview(space, TARGET) == rows[:100]


def test_content_can_be_replaced_by_batches_that_do_not_exist_yet() -> None:
    space = make_space()
    add_target(space)
    replace_rows(space, datasets.find(space, TARGET), {"a": [{"n": 1}]}, START, START + 7)
    document = batches.find(space, "a").document
    assert (document["status"], document["recordCount"], document["started"]) == ("success", 1, START)
    assert [file.id for file in dataset_content.content(space, TARGET)] == ["a-1"]


def test_a_deep_merge_follows_rfc_7396() -> None:
    document = {"tags": {"a": ["1"], "b": ["2"]}, "name": "x", "description": "y"}
    partial = {"tags": {"a": None, "c": ["3"]}, "description": None, "new": {"deep": {"gone": None, "kept": 1}}}
    assert deep_merge(document, partial) == {
        "tags": {"b": ["2"], "c": ["3"]},
        "name": "x",
        "new": {"deep": {"kept": 1}},
    }
    assert document["tags"] == {"a": ["1"], "b": ["2"]}
