"""``serve --state FILE``: the state outlives the server, written whole or not at all; no other file is written over."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from emulator import Emulator
from emulator.cli import main
from emulator.snapshots import Snapshot, SnapshotError, files
from tests.for_each import for_each
from tests.services.conftest import HEADERS, JOBS, Client
from tests.serving import serving

SEGMENT = [{"segmentId": "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"}]

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


def lived() -> Emulator:
    """An emulator in which something has happened."""
    emulator = Emulator()
    Client(emulator).post(JOBS, json=SEGMENT)
    emulator.clock.advance(seconds=2)
    return emulator


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    state = lived().snapshot()
    files.write(state, file)
    again = files.read(file)
    assert again is not None
    assert again.to_json() == state.to_json()
    assert list(tmp_path.iterdir()) == [file]


def test_no_file_is_no_state(tmp_path: Path) -> None:
    assert files.read(tmp_path / "state.json") is None
    with pytest.raises(OSError, match="state"):
        files.read(tmp_path / "nowhere" / "state.json")


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "state.json"
    files.write(Emulator({}).snapshot(), file)
    before = file.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="no space left"):
        files.write(lived().snapshot(), file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_it_is_on_the_disk_before_it_takes_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "state.json"
    done: list[str] = []

    def noted(name: str, act: Callable[..., None]) -> Callable[..., None]:
        def note(*arguments: Any) -> None:
            done.append(name)
            act(*arguments)

        return note

    monkeypatch.setattr(os, "fsync", noted("fsync", os.fsync))
    monkeypatch.setattr(os, "replace", noted("replace", os.replace))
    files.write(Emulator({}).snapshot(), file)
    assert done[:2] == ["fsync", "replace"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "state.json", tmp_path / "link.json"
    try:
        link.symlink_to(file)
    except OSError:
        pytest.skip("no links here")
    files.write(Emulator({}).snapshot(), link)
    assert link.is_symlink()
    assert files.read(file) is not None


@pytest.fixture(scope="module")
def document() -> str:
    return lived().snapshot().to_json()


def changed(document: str, without: str = "", **members: Any) -> str:
    whole = {**json.loads(document), **members}
    return json.dumps({name: value for name, value in whole.items() if name != without})


#: How a file is made one that holds no state.
SPOILED: dict[str, Callable[[str], str]] = {
    "empty": lambda document: "",
    "cut": lambda document: document[: len(document) // 2],
    "cut at the end": lambda document: document[:-1],
    "doubled": lambda document: document + document,
    "newer": lambda document: changed(document, format=2),
    "of another product": lambda document: changed(document, product="other"),
    "with an unknown member": lambda document: changed(document, more=1),
    "without a member": lambda document: changed(document, without="populations"),
    "of one organisation": lambda document: lived().snapshot("TEST@AdobeOrg").to_json(),
    "no JSON": lambda document: "state",
    "another JSON": lambda document: "[]",
}


@for_each("spoil", SPOILED)
def test_a_file_that_holds_no_state_is_refused_and_never_overwritten(
    document: str, spoil: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = spoil(document)
    file = tmp_path / "state.json"
    file.write_text(content, encoding="utf-8")
    code = main(["serve", "--port", "0", "--state", str(file)])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith(f"aep-emulator: --state {file} cannot be put back, and is left as it is: ")
    assert "Traceback" not in err
    assert file.read_text(encoding="utf-8") == content


def test_every_cut_is_told(document: str, tmp_path: Path) -> None:
    """However few bytes are missing."""
    file = tmp_path / "state.json"
    for length in [*range(1, len(document), len(document) // 40), len(document) - 1]:
        file.write_text(document[:length], encoding="utf-8")
        with pytest.raises(SnapshotError):
            files.read(file)


def ask(base: str, body: object = None) -> str:
    sent = None if body is None else json.dumps(body).encode()
    with urlopen(Request(base + JOBS, sent, {**HEADERS, "Content-Type": "application/json"}), timeout=20) as answer:
        return str(answer.read().decode())


@needs_signals
def test_the_state_outlives_the_server(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with serving("--state", str(file)) as (base, _):
        made = json.loads(ask(base, SEGMENT))["id"]
        assert not file.exists()
    with serving("--state", str(file)) as (base, process):
        assert made in ask(base)
        second = json.loads(ask(base, SEGMENT))["id"]
        assert second != made
        earlier = file.stat().st_ino
        process.send_signal(signal.SIGUSR1)
        while file.stat().st_ino == earlier:
            continue
        saved = Snapshot.from_json(file.read_bytes())
        assert {made, second} <= set(saved.of(HEADERS["x-gw-ims-org-id"]).world.spaces["prod"].segment_jobs.keys())
        assert made in ask(base)
