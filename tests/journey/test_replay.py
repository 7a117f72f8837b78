"""A journal asked again of a fresh emulator answers the same, and says where it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from emulator.cli import main
from emulator.testing.replay import JournalError, Replayed, read_journal, replay
from tests.for_each import for_each
from tests.journey.golden import GOLDEN, recorded
from tests.services.conftest import JOBS, NIGHTLY, SCHEDULES, Client

SEGMENT = [{"segmentId": "4afe34ae-8c98-4513-8a1d-67ccaa54bc05"}]


def journal(emulator: Emulator) -> list[Any]:
    return json.loads(json.dumps([each.to_wire() for each in emulator.requests]))  # type: ignore[no-any-return]


def replayed(exchanges: list[Any], **options: Any) -> list[Replayed]:
    return list(replay(Emulator(**options), exchanges))


def test_the_golden_journal_of_the_nine_steps_is_answered_as_ever() -> None:
    """After a change of answers that is meant: ``python -m tests.journey.golden``."""
    exchanges = read_journal(GOLDEN.read_text(encoding="utf-8")).exchanges
    assert len(exchanges) > 15
    assert [each for each in replayed(list(exchanges)) if not each.is_same] == []


def test_the_tutorial_is_recorded_as_ever() -> None:
    """Walking again makes the same journal; only where the server stands differs."""
    kept = read_journal(GOLDEN.read_text(encoding="utf-8")).exchanges
    host = kept[0]["request"]["headers"]["Host"]
    again = read_journal(recorded()).exchanges
    there = again[0]["request"]["headers"]["Host"]
    assert json.loads(json.dumps(again).replace(there, host)) == kept


def test_time_and_schedules_between_the_requests_happen_again() -> None:
    emulator = Emulator()
    client = Client(emulator)
    client.post(SCHEDULES, json={**NIGHTLY, "state": "active"})
    emulator.clock.advance(days=3, seconds=2)
    client.post(JOBS, json=SEGMENT)
    emulator.clock.advance(seconds=3)
    assert len(client.get(JOBS).json["children"]) > 3
    client.get(JOBS, headers={"x-gw-ims-org-id": "OTHER@AdobeOrg"})
    client.post(JOBS, data=b"\xff", content_type="application/json")
    found = replayed(journal(emulator))
    assert [each.is_same for each in found] == [True, True, True, True, False]
    assert "bytes" in str(found[-1].obstacle)


def test_a_difference_is_told_with_its_place() -> None:
    emulator = Emulator()
    Client(emulator).post(JOBS, json=SEGMENT)
    exchanges = journal(emulator)
    exchanges[0]["status"] = 201
    exchanges[0]["response"]["body"] = exchanges[0]["response"]["body"].replace("NEW", "OLD")
    (found,) = replayed(exchanges)
    assert list(found.differences) == [
        ("/status", 201, 200),
        ("/response/body/status", "OLD", "NEW"),
    ]


def test_a_fault_of_the_scenario_is_met_again_and_one_by_hand_is_said() -> None:
    rule = {"id": "second", "operation": "createSegmentJob", "nth": 2, "respond": 429}
    emulator = Emulator(scenario={"faults": [rule]})
    for _ in range(3):
        Client(emulator).post(JOBS, json=SEGMENT)
    Client(emulator).get(JOBS, headers={"x-emulator-fault": '{"respond": 503}'})
    exchanges = journal(emulator)
    assert [each["status"] for each in exchanges] == [200, 429, 200, 503]
    assert all(each.is_same for each in replayed(exchanges, scenario={"faults": [rule]}))
    without = replayed(exchanges)
    assert [each.obstacle is None for each in without] == [True, False, True, True]
    assert "`second`" in str(without[1].obstacle)


def test_what_is_missing_or_went_back_is_said() -> None:
    emulator = Emulator()
    client = Client(emulator)
    before = emulator.snapshot()
    for _ in range(3):
        client.get(JOBS)
    emulator.clock.advance(seconds=60)
    client.get(JOBS)
    exchanges = journal(emulator)
    with pytest.raises(JournalError, match="has request 2 after 0"):
        replayed(exchanges[1:])
    with pytest.raises(JournalError, match="has request 4 after 2"):
        replayed([*exchanges[:2], exchanges[3]])
    with pytest.raises(JournalError, match="--start"):
        replayed(exchanges, start="2027-01-01T00:00:00Z")
    emulator.restore(before)
    client.get(JOBS)
    assert "a state was put back" in str(replayed(journal(emulator))[-1].obstacle)


def test_a_body_that_was_cut_is_not_asked_again() -> None:
    emulator = Emulator()
    Client(emulator).post(JOBS, data=json.dumps([{"segmentId": "x" * 70_000}]), content_type="application/json")
    (found,) = replayed(journal(emulator))
    assert "65536 of its body's" in str(found.obstacle)


@for_each(
    "text",
    [
        *("", "{", "7", "{}", '{"requests": 1}', "[1]", '[{"ordinal": 1}]', "[" * 100_000),
        GOLDEN.read_text(encoding="utf-8").replace('"at": "2026', '"at": "26', 1),
        GOLDEN.read_text(encoding="utf-8").replace('"headers": {', '"fields": {', 1),
        *('{"requests": [], "seed": "7"}', '{"requests": [], "start": 5}', '{"requests": [], "settings": []}'),
    ],
)
def test_what_is_no_journal_is_refused(text: str) -> None:
    with pytest.raises(JournalError):
        read_journal(text)


def test_the_command_tells_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(GOLDEN)]) == 0
    total = len(read_journal(GOLDEN.read_text(encoding="utf-8")).exchanges)
    assert capsys.readouterr() == (f"{total} of {total} answers are the same\n", "")

    assert main(["replay", str(GOLDEN), "--seed", "7"]) == 1
    out = capsys.readouterr().out
    assert "/status: recorded 200, now 404" in out
    assert out.splitlines()[-1].endswith(f"of {total} answers are the same")

    assert main(["replay", str(GOLDEN), "--start", "2030-01-01T00:00:00Z"]) == 2
    assert "--start" in capsys.readouterr().err
    assert main(["replay", str(tmp_path / "nowhere.json")]) == 2
    assert main(["replay", str(GOLDEN), "--strict-auth", "true"]) == 2


@pytest.mark.parametrize("text", ["[]", '{"requests": []}'])
def test_of_nothing_is_not_said_that_it_is_the_same(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "journal.json"
    file.write_text(text, encoding="utf-8")
    assert main(["replay", str(file)]) == 1
    assert capsys.readouterr() == ("", f"aep-emulator: {file}: the journal has no requests, so nothing was compared\n")


def test_a_journal_brings_start_seed_and_settings_of_the_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = Emulator(start="2027-03-04T05:06:07.089Z", rate=1, seed=7, ups_start="offset", max_schedules=3)
    client = Client(emulator)
    client.post(JOBS, json=SEGMENT)
    client.post("/_emulator/clock", json={"advance": "P1DT5S"})
    client.post(JOBS, json=SEGMENT)
    assert len(client.get(f"{JOBS}?start=1&limit=1").json["children"]) == 1
    document = client.get("/_emulator/requests").json
    told = {"start": "2027-03-04T05:06:07.089Z", "seed": 7, "settings": {"ups_start": "offset", "max_schedules": 3}}
    assert {name: document[name] for name in told} == told

    file = tmp_path / "journal.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert main(["replay", str(file)]) == 0
    assert capsys.readouterr() == ("3 of 3 answers are the same\n", "")
    assert main(["replay", str(file), "--seed", "8"]) == 1

    document["settings"]["ups_stat"] = "offset"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert main(["replay", str(file)]) == 2
    assert "/settings: no setting `ups_stat`; did you mean `ups_start`?" in capsys.readouterr().err


def test_the_start_is_told_after_a_reset_and_a_state_put_back() -> None:
    emulator = Emulator(start="2027-01-01T00:00:00Z")
    client, before = Client(emulator), emulator.snapshot()
    for act in (lambda: emulator.clock.advance(days=1), emulator.reset, lambda: emulator.restore(before)):
        act()
        assert client.get("/_emulator/requests").json["start"] == "2027-01-01T00:00:00Z"


def test_time_has_no_rate_in_a_replay(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["replay", "--help"])
    assert "--rate" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["replay", str(GOLDEN), "--rate", "5"])
