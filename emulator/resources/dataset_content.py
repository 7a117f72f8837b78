"""What a dataset holds now: the files of its successful batches, and how new content takes the place of the old.

Content that was replaced is not lost: its batches become ``inactive`` and are named as predecessors by those that
replaced them, as with Adobe's batch replay. Their files can still be read by batch id, but the dataset does not show
them any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from emulator.formats.row_files import SAMPLED_ROWS, Part, Row, parts
from emulator.resources import batches, files
from emulator.resources.datasets import Dataset
from emulator.resources.files import StoredFile
from emulator.resources.space import Space


def content(space: Space, dataset_id: str) -> list[StoredFile]:
    """Answer the files that a dataset holds now, oldest first."""
    current = [batch for batch in batches.of_dataset(space, dataset_id) if batch.is_current]
    return [file for batch in current for file in files.of_batch(space, batch.id)]


def preview(space: Space, dataset_id: str) -> list[Row]:
    """Answer the first 100 rows of what a dataset holds now."""
    return list(islice(chain.from_iterable(file.sample for file in content(space, dataset_id)), SAMPLED_ROWS))


def files_of(dataset: Dataset, batch_id: str, rows: Iterable[Row]) -> list[Part]:
    """Answer the files that a batch of ``dataset`` has these rows in. Parquet needs ``row_files.can_write_parquet``."""
    return list(parts(batch_id, rows, as_json=dataset.is_json))


def replace_content(
    space: Space, dataset: Dataset, files_by_batch: Mapping[str, Sequence[Part]], began: int, at: int
) -> None:
    """Let ``dataset`` hold exactly the files given, by batch id; batches that do not exist yet are made.

    ``began`` and ``at`` are when the work began and ended, epoch ms.
    """
    predecessors = [
        batch.id
        for batch in batches.of_dataset(space, dataset.id)
        if batch.is_current and batch.id not in files_by_batch
    ]
    for batch_id in predecessors:
        batches.change(space, batch_id, {"status": batches.INACTIVE}, at)
    for batch_id, batch_parts in files_by_batch.items():
        _store(space, dataset, batch_id, batch_parts, predecessors, began, at)


def add_content(space: Space, dataset: Dataset, batch_id: str, rows: Iterable[Row], began: int, at: int) -> None:
    """Let ``dataset`` hold the rows given besides what it holds, as a batch of their own.

    The instants, and what Parquet needs, are as for ``replace_content``.
    """
    _store(space, dataset, batch_id, files_of(dataset, batch_id, rows), (), began, at)


def _store(
    space: Space,
    dataset: Dataset,
    batch_id: str,
    written: Sequence[Part],
    predecessors: Sequence[str],
    began: int,
    at: int,
) -> None:
    for number, part in enumerate(written, 1):
        id = files.file_id(batch_id, number)
        file = StoredFile(id, batch_id, dataset.id, dataset.view_id, created=at, **part._asdict())
        space.files.put(id, file)
    outcome = _outcome(written, predecessors, began, at)
    if batch_id in space.batches:
        batches.change(space, batch_id, outcome, at)
    else:
        related = {"relatedObjects": [{"type": "dataSet", "id": dataset.id}]}
        batches.create(space, {**related, **outcome}, at, batch_id=batch_id)


def _outcome(written: Sequence[Part], predecessors: Sequence[str], began: int, at: int) -> dict[str, Any]:
    count = sum(part.records for part in written)
    outcome: dict[str, Any] = {
        "status": batches.SUCCESS,
        "started": began,
        "completed": at,
        "recordCount": count,
        "failedRecordCount": 0,
        "size": sum(len(part.content) for part in written),
        "metrics": {
            "startTime": began,
            "endTime": at,
            "recordsRead": count,
            "recordsWritten": count,
            "recordsFailed": 0,
        },
    }
    if predecessors:
        outcome["replay"] = {"predecessors": list(predecessors), "reason": "replace"}
    return outcome
