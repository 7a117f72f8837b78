"""``aep-emulator generate``: a made-up population that is valid, believable, the same every time, and of any size."""

from __future__ import annotations

import io
import json
import sys
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from emulator.cli import main
from emulator.cli.generate import _Bar
from emulator.fixtures import check_folder
from emulator.generation import GenerationError, generate
from emulator.generation import folder as generated_folder
from emulator.simulation.clock import Clock
from tests.for_each import for_each
from tests.services.conftest import Client

PEOPLE, MEAN = 400, 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("generated") / "people"
    generate(out, PEOPLE, MEAN, 7)
    return out


def lines(folder: Path, kind: str) -> list[dict[str, Any]]:
    files = sorted((folder / "prod" / kind).iterdir())
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def content(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_folder_is_valid(folder: Path) -> None:
    assert check_folder(folder) == ()


def test_there_are_as_many_people_as_asked_for_and_every_definition_finds_some(folder: Path) -> None:
    emulator = Emulator(folder)
    client = Client(emulator)
    job = client.post("/data/core/ups/segment/jobs", json={"segments": [{"segmentId": "*"}]}).json
    emulator.clock.advance(minutes=1)
    metrics = client.get(f"/data/core/ups/segment/jobs/{job['id']}").json["metrics"]
    assert metrics["totalProfiles"] == PEOPLE
    sizes = metrics["segmentedProfileCounter"]
    assert len(sizes) >= 12
    assert all(0 < size < PEOPLE for size in sizes.values()), sizes


def test_the_spread_is_believable(folder: Path) -> None:
    records = [each["record"] for each in lines(folder, "profiles")]
    countries = Counter(each["homeAddress"]["country"] for each in records if "homeAddress" in each)
    assert len(countries) == 7
    assert countries.most_common(1)[0][0] == "US"
    tiers = [each["loyalty"]["tier"] for each in records if "loyalty" in each]
    assert [tier for tier, _ in Counter(tiers).most_common()] == ["bronze", "silver", "gold", "platinum"]
    assert 0.4 < len(tiers) / PEOPLE < 0.7
    ages = sorted(2026 - each["person"]["birthYear"] for each in records if "person" in each)
    assert (ages[0] >= 18, ages[-1] <= 90) == (True, True)
    assert 30 <= ages[PEOPLE // 2] <= 50


def test_events_lie_in_the_last_120_days_and_some_people_do_much_more_than_others(folder: Path) -> None:
    emulator = Emulator(folder)
    start = emulator.clock.now.timestamp() * 1000
    events = emulator.template.spaces["prod"].population.events
    ages = sorted((start - event.timestamp) / 86_400_000 for event in events)
    assert 0 <= ages[0] < 1
    assert 100 < ages[-1] <= 120
    assert ages[len(ages) // 2] < 60, "more of them are recent"
    busy = Counter(event.identities[0] for event in events)
    assert 0.8 * MEAN < len(events) / PEOPLE < 1.2 * MEAN
    assert max(busy.values()) > 3 * MEAN
    assert len(busy) < PEOPLE


def test_the_same_numbers_write_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", PEOPLE, MEAN, 7)
    generate(tmp_path / "other", PEOPLE, MEAN, 8)
    assert content(tmp_path / "again") == content(folder)
    assert lines(tmp_path / "other", "profiles") != lines(folder, "profiles")


def test_fewer_people_are_the_first_of_more(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_folder, "PEOPLE_A_FILE", 30)
    generate(tmp_path / "few", 100, MEAN, 7)
    assert len(list((tmp_path / "few" / "prod" / "profiles").iterdir())) == 4
    for kind in ("profiles", "events"):
        few = lines(tmp_path / "few", kind)
        assert few == lines(folder, kind)[: len(few)]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_population(tmp_path: Path) -> None:
    def peak(people: int) -> int:
        tracemalloc.start()
        generate(tmp_path / str(people), people, 2, 0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(500) < peak(100) + 64 * 1024


def test_nobody_and_nothing_done(tmp_path: Path) -> None:
    generate(tmp_path / "empty", 0, 5, 0)
    generate(tmp_path / "quiet", 3, 0, 0)
    assert check_folder(tmp_path / "empty") == check_folder(tmp_path / "quiet") == ()
    assert lines(tmp_path / "quiet", "events") == []


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(GenerationError, match="is not empty"):
        generate(tmp_path, 1, 1, 0)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled_and_parents_are_made(tmp_path: Path) -> None:
    empty = tmp_path / "a" / "b"
    generate(empty, 1, 1, 0)
    assert check_folder(empty) == ()
    (tmp_path / "c").mkdir()
    generate(tmp_path / "c", 1, 1, 0)
    assert check_folder(tmp_path / "c") == ()


def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "out", 1_000, 1, 0, interrupt)
    assert list(tmp_path.iterdir()) == []


# -- the command


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    arguments = ["generate", "--profiles", "20", "--events-per-profile", "3", "--seed", "4", "--out", str(out)]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    fragments, events = len(lines(out, "profiles")), len(lines(out, "events"))
    assert printed.out == f"{out}: 20 people, {fragments} profile fragments, {events} events\n"
    assert printed.err == ""
    assert main(arguments) == 2
    assert "is not empty" in capsys.readouterr().err


@for_each(
    "option, text, right",
    [
        *(("--profiles", text, "a whole number, 1 or more") for text in ("x", "0", "-1", "1.5")),
        *(("--events-per-profile", text, "a number from 0 to 1000") for text in ("x", "-1", "nan", "inf", "1e9")),
        ("--seed", "x", "a whole number such as 7"),
    ],
)
def test_a_number_that_is_wrong_is_told_what_would_be_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, text: str, right: str
) -> None:
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as raised:
        main(["generate", "--profiles=1", f"{option}={text}", "--out", str(out)])
    assert raised.value.code == 2
    told = capsys.readouterr().err
    assert f"argument {option}: " in told
    assert f"{right}, not {text!r}" in told
    assert not out.exists()


@for_each("people, mean", [(-1, 1.0), (1, -1.0), (1, float("nan")), (1, float("inf")), (1, 1e9)])
def test_numbers_out_of_range_are_refused(tmp_path: Path, people: int, mean: float) -> None:
    with pytest.raises(GenerationError, match="0 to 1000"):
        generate(tmp_path / "out", people, mean, 0, lambda done: None)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["generate", "--profiles", "1", "--out", str(tmp_path / "file" / "out")]) == 1
    assert "cannot write" in capsys.readouterr().err


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_when_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    real = [0.0]
    bar = _Bar(2_000, Clock(0, 1, lambda: real[0]))
    bar.show(500)
    assert terminal.getvalue() == ""
    real[0] = 1_500
    bar.show(1_000)
    assert terminal.getvalue() == f"\r[{'#' * 20}{'.' * 20}] 1000 of 2000"
    bar.clear()
    assert terminal.getvalue().endswith(" \r")


def test_progress_is_not_shown_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    real = [0.0]
    bar = _Bar(10, Clock(0, 1, lambda: real[0]))
    real[0] = 1e6
    bar.show(5)
    bar.clear()
    assert capsys.readouterr().err == ""
