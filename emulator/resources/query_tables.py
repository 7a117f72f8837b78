"""Datasets as tables: what Query Service finds in them.

A dataset goes by the name in its tag ``adobe/pqs/table``, and by its own name when no other dataset has that. Its rows
are what was ingested of it into the profile store, records and events, and what its current batches hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from emulator.formats.query_engine import Table
from emulator.formats.row_files import Row, read_rows
from emulator.resources import dataset_content
from emulator.resources.datasets import Dataset
from emulator.resources.files import StoredFile
from emulator.resources.identities import to_identity_map
from emulator.resources.space import Space


def find(space: Space, name: str) -> Dataset | None:
    """Answer the dataset that a table name means, whatever its case, or None."""
    return _by_name(space).get(name.casefold())


def named(space: Space, names: frozenset[str]) -> dict[str, Table]:
    """Answer the tables that any of ``names``, which are folded, may mean, by dataset id."""
    tables: dict[str, Table] = {}
    by_name = _by_name(space)
    for name in by_name.keys() & names:
        dataset = by_name[name]
        if dataset.id not in tables:
            aliases = [each for each in (dataset.name,) if by_name.get(each.casefold()) is dataset]
            aliases = [each for each in aliases if each.casefold() != dataset.table.casefold()]
            tables[dataset.id] = Table(dataset.table, list(rows(space, dataset)), tuple(aliases))
    return tables


def _by_name(space: Space) -> dict[str, Dataset]:
    found: dict[str, Dataset] = {}
    for dataset in space.datasets:
        found.setdefault(dataset.table.casefold(), dataset)
    uses = Counter(dataset.name.casefold() for dataset in space.datasets)
    for dataset in space.datasets:
        if uses[dataset.name.casefold()] == 1:
            found.setdefault(dataset.name.casefold(), dataset)
    return found


def rows(space: Space, dataset: Dataset) -> Iterator[Row]:
    """Answer the rows of a dataset, in order of arrival: records, events, then those of its files."""
    for fragment in space.population.fragments:
        if fragment.dataset_id == dataset.id:
            yield {"identityMap": to_identity_map(fragment.identities), **fragment.record}
    for event in space.population.events:
        if event.dataset_id == dataset.id:
            yield {"identityMap": to_identity_map(event.identities), **event.document}
    for file in dataset_content.content(space, dataset.id):
        yield from _rows_of(file)


def _rows_of(file: StoredFile) -> Iterator[Row]:
    if len(file.sample) == file.records:
        return iter(file.sample)
    as_json = file.name.endswith(".json")
    found = read_rows(file.content, as_json=as_json, start=0, limit=file.records)
    return iter(found) if as_json else map(_without_nulls, found)


def _without_nulls(value: Any) -> Any:
    """Answer a value of Parquet, whose objects have all members of their type, with those that were written."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value
