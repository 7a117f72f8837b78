from __future__ import annotations

from typing import Any

import pytest

from emulator.resources import batches
from emulator.resources.refusals import Refusal
from tests.for_each import for_each
from tests.resources.population_cases import START, make_space


def of_dataset(status: str, dataset_id: str = "d") -> dict[str, Any]:
    return {"status": status, "relatedObjects": [{"type": "dataSet", "id": dataset_id}]}


def test_ids_are_32_hexadecimal_digits() -> None:
    space = make_space()
    ids = [batches.create(space, {"status": "loading"}, START).id for _ in range(2)]
    assert len(set(ids)) == 2
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in ids)


def test_an_id_is_taken_once() -> None:
    space = make_space()
    batches.create(space, {"status": "loading"}, START, batch_id="mine")
    with pytest.raises(Refusal, match="already exists"):
        batches.create(space, {"status": "loading"}, START, batch_id="mine")


def test_the_newest_batches_of_a_dataset_follow_what_becomes_of_them() -> None:
    space = make_space()
    old = batches.create(space, of_dataset("success"), START)
    broken = batches.create(space, of_dataset("failed"), START + 1)
    batches.create(space, of_dataset("success", "other"), START + 2)
    new = batches.create(space, of_dataset("loading"), START + 3)
    last = batches.last_batches(space)["d"]
    assert (last.batch_id, last.status, last.successful_id, last.failed_id) == (new.id, "loading", old.id, broken.id)
    batches.change(space, new.id, {"status": "active"}, START + 9)
    last = batches.last_batches(space)["d"]
    assert (last.status, last.successful_id, last.updated) == ("active", new.id, START + 9)
    assert set(batches.last_batches(space)) == {"d", "other"}


def test_changing_sets_some_members_and_overwriting_all() -> None:
    space = make_space()
    batch = batches.create(space, {"status": "loading", "externalId": "x"}, START)
    changed = batches.change(space, batch.id, {"status": "staged"}, START + 1)
    assert changed.document == {"status": "staged", "externalId": "x"}
    assert batches.overwrite(space, batch.id, {"status": "success"}, START + 2).document == {"status": "success"}
    assert batches.to_wire(batches.find(space, batch.id), space)["version"] == "1.0.2"


@for_each(
    "sent, named",
    [
        ({}, "status"),
        ({"status": "SUCCESS"}, "status"),
        ({"status": ["success"]}, "status"),
        ({"status": "success", "recordCount": "5"}, "recordCount"),
        ({"status": "success", "recordCount": True}, "recordCount"),
        ({"status": "success", "relatedObjects": {}}, "relatedObjects"),
        ({"status": "success", "relatedObjects": [{"type": "dataSet", "id": 5}]}, "relatedObjects[0].id"),
        ({"status": "success", "relatedObjects": [{"type": "table"}]}, "relatedObjects[0].type"),
    ],
)
def test_a_wrong_member_is_refused_by_name(sent: dict[str, Any], named: str) -> None:
    with pytest.raises(Refusal) as caught:
        batches.create(make_space(), sent, START)
    assert f"`{named}`" in caught.value.reasons[0]


def test_an_unknown_batch_is_not_found() -> None:
    for ask in (batches.find, batches.delete):
        with pytest.raises(Refusal, match="Batch not found"):
            ask(make_space(), "nowhere")
