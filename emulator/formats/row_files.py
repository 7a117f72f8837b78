"""Rows as files: Parquet, or JSON with a row a line; a large batch becomes several files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from emulator.formats.columns import Column, as_utf8, see_members
from emulator.simulation import randomness

#: How many rows of a Parquet file make a row group, and how many groups a file.
ROWS_PER_GROUP = 5_000
GROUPS_PER_FILE = 2

#: How many rows one file holds at most.
ROWS_PER_FILE = GROUPS_PER_FILE * ROWS_PER_GROUP

#: How many rows of a file are kept beside it, for the preview of its dataset (Adobe: the first 100 rows).
SAMPLED_ROWS = 100

#: What brings the library that writes Parquet.
INSTALL_PARQUET = "pip install pyarrow"

Row = Mapping[str, Any]

_Content = tuple[bytes, int, tuple[Row, ...]]

T = TypeVar("T")

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Part(NamedTuple):
    """A file of a batch before it is stored: its name, its bytes, how many rows they hold, and the first of these."""

    name: str
    content: bytes
    records: int
    sample: tuple[Row, ...]


def can_write_parquet() -> bool:
    """Answer whether the library that writes Parquet is installed."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        return False
    return True


def parts(batch_id: str, rows: Iterable[Row], *, as_json: bool) -> Iterator[Part]:
    """Answer ``rows`` as files of at most 10,000 rows, which share one schema; no rows make no file.

    Rows are taken as they come; of Parquet, values are kept until all are seen. It needs ``can_write_parquet()``.
    """
    ending = "json" if as_json else "parquet"
    for number, each in enumerate(_as_lines(rows) if as_json else _as_parquet(rows)):
        token = randomness.uuid(batch_id, "part", number)
        yield Part(f"part-{number:05d}-{token}.{ending}", *each)


def _as_lines(rows: Iterable[Row]) -> Iterator[_Content]:
    for some in _cut(rows, ROWS_PER_FILE):
        lines = "\n".join(map(_ENCODER.encode, some))
        yield as_utf8(f"{lines}\n").encode(), len(some), tuple(some[:SAMPLED_ROWS])


def _as_parquet(rows: Iterable[Row]) -> Iterator[_Content]:
    import pyarrow
    import pyarrow.parquet

    columns: dict[str, Column] = {}
    groups: list[tuple[int, int, tuple[Row, ...]]] = []
    for number, some in enumerate(_cut(rows, ROWS_PER_GROUP)):
        see_members(columns, some, number)
        groups.append((number, len(some), tuple(some[:SAMPLED_ROWS])))
    schema = pyarrow.schema([(as_utf8(name), column.arrow_type()) for name, column in columns.items()])
    for file in _cut(groups, GROUPS_PER_FILE):
        sink = BytesIO()
        with pyarrow.parquet.ParquetWriter(sink, schema) as writer:
            for number, size, _ in file:
                arrays = [column.array(number, size) for column in columns.values()]
                writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
        yield sink.getvalue(), sum(size for _, size, _ in file), file[0][2]


def _cut(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def read_rows(content: bytes, *, as_json: bool, start: int, limit: int) -> list[Row]:
    """Answer up to ``limit`` rows of a file, from the ``start``-th on. Parquet needs ``can_write_parquet()``."""
    if as_json:
        lines = content.splitlines()[start : start + limit]
        return [json.loads(line) for line in lines]
    import pyarrow
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content))
    wanted, skipped, end = [], 0, 0
    for number in range(file.num_row_groups):
        begin, end = end, end + file.metadata.row_group(number).num_rows
        if end <= start:
            skipped = end
        elif begin < start + limit:
            wanted.append(number)
    table = file.read_row_groups(wanted).slice(start - skipped, limit)
    rows: list[Row] = table.to_pylist(maps_as_pydicts="strict")
    return rows
