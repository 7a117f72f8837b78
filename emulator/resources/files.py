"""Dataset files: what batches left behind, and Data Access Service serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from emulator.resources.refusals import Refusal

if TYPE_CHECKING:
    from emulator.resources.space import Space

_MEDIA_TYPES = {".parquet": "application/parquet", ".json": "application/x-ndjson"}


class StoredFile(Struct, frozen=True):
    """A file of a batch. ``sample`` are its first rows, 100 at most; ``created`` is epoch ms.

    The id is that of the batch with a number from 1 behind it: ``{batch id}-{n}``.
    """

    id: str
    batch_id: str
    dataset_id: str
    view_id: str
    name: str
    content: bytes
    records: int
    sample: tuple[Mapping[str, Any], ...]
    created: int

    @property
    def media_type(self) -> str:
        """The content type under which it is served."""
        return next((each for end, each in _MEDIA_TYPES.items() if self.name.endswith(end)), "application/octet-stream")


def file_id(batch_id: str, number: int) -> str:
    """Answer the id of the ``number``-th file of a batch, from 1."""
    return f"{batch_id}-{number}"


def find(space: Space, id: str) -> StoredFile:
    """Answer a file. Raises ``Refusal`` (404)."""
    return space.files.find(id, lambda id: Refusal(404, f"The file {id} is not found."))


def of_batch(space: Space, batch_id: str) -> Iterator[StoredFile]:
    """Answer the files of a batch, in order."""
    number = 1
    while (file := space.files.get(file_id(batch_id, number))) is not None:
        yield file
        number += 1


def remove_of_batch(space: Space, batch_id: str) -> None:
    """Take the files of a batch away."""
    for file in list(of_batch(space, batch_id)):
        space.files.remove(file.id)
