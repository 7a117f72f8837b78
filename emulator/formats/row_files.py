"""Rows as files: Parquet, or JSON with a row a line; a large batch becomes several files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import chain, count
from typing import Any, NamedTuple

from emulator.formats.columns import as_utf8, columns_of
from emulator.simulation import randomness

#: How many rows one file holds at most.
ROWS_PER_FILE = 10_000

#: How many rows of a Parquet file make a row group.
ROWS_PER_GROUP = 5_000

#: How many rows of a file are kept beside it, for the preview of its dataset (Adobe: the first 100 rows).
SAMPLED_ROWS = 100

#: What brings the library that writes Parquet.
INSTALL_PARQUET = "pip install pyarrow"

Row = Mapping[str, Any]

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


def parts(batch_id: str, rows: Sequence[Row], *, as_json: bool) -> Iterator[Part]:
    """Answer ``rows`` as files of at most 10,000 rows, which share one schema; no rows make no file.

    Parquet needs ``can_write_parquet()``.
    """
    chunks = _cut(rows, ROWS_PER_FILE)
    contents = map(_as_lines, chunks) if as_json else _as_parquet(chunks)
    ending = "json" if as_json else "parquet"
    for number, (chunk, content) in enumerate(zip(chunks, contents, strict=True)):
        token = randomness.uuid(batch_id, "part", number)
        yield Part(f"part-{number:05d}-{token}.{ending}", content, len(chunk), tuple(chunk[:SAMPLED_ROWS]))


def _as_lines(rows: Sequence[Row]) -> bytes:
    lines = "\n".join(map(_ENCODER.encode, rows))
    return as_utf8(f"{lines}\n").encode()


def _as_parquet(chunks: Sequence[Sequence[Row]]) -> Iterator[bytes]:
    import pyarrow
    import pyarrow.parquet

    groups = [_cut(chunk, ROWS_PER_GROUP) for chunk in chunks]
    columns = columns_of(chain.from_iterable(groups))
    schema = pyarrow.schema([(as_utf8(name), column.arrow_type()) for name, column in columns.items()])
    numbers = count()
    for each in groups:
        sink = BytesIO()
        with pyarrow.parquet.ParquetWriter(sink, schema) as writer:
            for group, number in zip(each, numbers):  # noqa: B905  # numbers do not end
                arrays = [column.array(number, len(group)) for column in columns.values()]
                writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
        yield sink.getvalue()


def _cut(rows: Sequence[Row], size: int) -> list[Sequence[Row]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


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
