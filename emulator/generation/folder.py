"""The folder: written person by person, so that its size does not matter, and in place at once or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import IO, Any

from msgspec import Struct

from emulator.generation.people import Person

#: What every folder holds besides people.
TEMPLATE = Path(__file__).parent / "template"

#: How many people, and their events, go into one file; whoever loads the folder holds one file's text at a time.
PEOPLE_A_FILE = 20_000

#: The most events that people may have on average.
MOST_EVENTS = 1_000

#: How many people are written between two calls of ``progress``.
_STEP = 500


class GenerationError(ValueError):
    """A population that cannot be made; the message says what would be right."""


class Totals(Struct):
    """What was written: people, their profile fragments, and their events."""

    people: int = 0
    fragments: int = 0
    events: int = 0


def generate(
    out: Path, people: int, mean_events: float, seed: int, progress: Callable[[int], None] = lambda done: None
) -> Totals:
    """Write a fixture folder with ``people`` persons and about ``mean_events`` events each, and answer what is in it.

    The same numbers and ``seed`` write the same bytes; fewer people are the first ones of more. ``progress`` is told
    how many are done. Raises ``GenerationError``, also where ``out`` holds something already; ``OSError`` where it
    cannot be written, and then nothing is left behind.
    """
    if people < 0 or not 0 <= mean_events <= MOST_EVENTS:
        raise GenerationError(f"the number of profiles is 0 or more, that of events a profile 0 to {MOST_EVENTS}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise GenerationError(f"{out} is not empty; name a folder that is, or a new one")
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as scratch:
        staged = Path(scratch) / "staged"
        sandbox = staged / "prod"
        sandbox.mkdir(parents=True)
        for file in TEMPLATE.rglob("*.json"):
            copyfile(file, staged / file.relative_to(TEMPLATE))
        totals = _write_people(sandbox, people, mean_events, seed, progress)
        if out.exists():
            out.rmdir()
        staged.rename(out)
    return totals


def _write_people(sandbox: Path, people: int, mean_events: float, seed: int, progress: Callable[[int], None]) -> Totals:
    totals = Totals()
    for first in range(0, people, PEOPLE_A_FILE):
        name = f"{first // PEOPLE_A_FILE:05d}.ndjson"
        with _opened(sandbox / "profiles" / name) as profiles, _opened(sandbox / "events" / name) as events:
            for number in range(first, min(first + PEOPLE_A_FILE, people)):
                person = Person(seed, number)
                totals.fragments += _write_lines(profiles, person.fragments())
                totals.events += _write_lines(events, person.events(mean_events))
                totals.people += 1
                if totals.people % _STEP == 0:
                    progress(totals.people)
    return totals


def _opened(file: Path) -> IO[str]:
    file.parent.mkdir(exist_ok=True)
    return file.open("w", encoding="utf-8", newline="\n")


def _write_lines(file: IO[str], documents: Iterable[dict[str, Any]]) -> int:
    """Write one JSON document a line, and answer how many."""
    count = 0
    for document in documents:
        file.write(_ENCODER.encode(document) + "\n")
        count += 1
    return count


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
