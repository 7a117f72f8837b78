"""Rows as files: Parquet, or JSON with a row a line; a large batch becomes several files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, NamedTuple

from emulator.formats.columns import as_utf8, columns_of
from emulator.simulation import randomness

#: How many rows one file holds at most.
ROWS_PER_FILE = 10_000

#: How many rows of a Parquet file make a row group.
ROWS_PER_GROUP = 5_000

#: What brings the library that writes Parquet.
INSTALL_PARQUET = "pip install pyarrow"

Row = Mapping[str, Any]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Part(NamedTuple):
    """A file of a batch before it is stored: its name, its bytes and the rows they hold."""

    name: str
    content: bytes
    rows: Sequence[Row]


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
    chunks = [rows[start : start + ROWS_PER_FILE] for start in range(0, len(rows), ROWS_PER_FILE)]
    contents = map(_as_lines, chunks) if as_json else _as_parquet(chunks)
    ending = "json" if as_json else "parquet"
    for number, (chunk, content) in enumerate(zip(chunks, contents, strict=True)):
        token = randomness.uuid(batch_id, "part", number)
        yield Part(f"part-{number:05d}-{token}.{ending}", content, chunk)


def _as_lines(rows: Sequence[Row]) -> bytes:
    lines = "\n".join(map(_ENCODER.encode, rows))
    return as_utf8(f"{lines}\n").encode()


def _as_parquet(chunks: Sequence[Sequence[Row]]) -> Iterator[bytes]:
    import pyarrow
    import pyarrow.parquet

    columns = columns_of(chunks)
    schema = pyarrow.schema([(as_utf8(name), column.arrow_type()) for name, column in columns.items()])
    for number, chunk in enumerate(chunks):
        arrays = [column.array(number, len(chunk)) for column in columns.values()]
        table = pyarrow.Table.from_arrays(arrays, schema=schema)
        sink = BytesIO()
        pyarrow.parquet.write_table(table, sink, row_group_size=ROWS_PER_GROUP)
        yield sink.getvalue()


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
