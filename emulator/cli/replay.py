"""``aep-emulator replay``: a journal asked again of a fresh emulator, and every answer compared."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.cli import starting
from emulator.cli.usage import Commands, UsageError
from emulator.settings import SettingError, Settings

if TYPE_CHECKING:
    from emulator.testing.replay import Recording, Replayed

#: How many differences of one answer are printed.
_SHOWN = 5


def register(commands: Commands) -> None:
    """Add the command."""
    replay = commands.add_parser(
        "replay",
        help="ask a journal again and compare the answers",
        description="Ask a fresh emulator what a journal (GET /_emulator/requests) has, at the same instants, and"
        " compare every answer. Give it the data and the scenario of the recording; its start, seed and settings are"
        " in the journal, unless others are named.",
        usage="aep-emulator replay [options] JOURNAL",
    )
    replay.add_argument("journal", type=Path, metavar="JOURNAL", help="what GET /_emulator/requests answered")
    starting.add_options(replay, rate=False)
    replay.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print where answers differ, and how many; answers 1 unless there are some, and all are the same."""
    from emulator.testing.replay import JournalError, read_journal, replay

    try:
        recording = read_journal(options.journal.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{options.journal}: {error.strerror}") from None
    except (UnicodeDecodeError, JournalError) as error:
        raise UsageError(f"{options.journal}: {error}") from None
    emulator = starting.emulator_of(_as_recorded(options, recording))
    if emulator.settings.strict_auth:
        raise UsageError("replay: the journal keeps no tokens, so nothing can be asked again under strict_auth")
    same = others = 0
    try:
        for each in replay(emulator, recording.exchanges):
            same += each.is_same
            others += not each.is_same
            _tell(each)
    except JournalError as error:
        raise UsageError(f"{options.journal}: {error}") from None
    if not same + others:
        print(f"aep-emulator: {options.journal}: the journal has no requests, so nothing was compared", file=sys.stderr)
        return 1
    print(f"{same} of {same + others} answers are the same")
    return 0 if not others else 1


def _as_recorded(options: argparse.Namespace, recording: Recording) -> argparse.Namespace:
    """Answer the options with those of the recording where none is named; time moves from request to request."""
    try:
        Settings().with_values(recording.settings)
    except SettingError as error:
        raise UsageError(f"{options.journal}: /settings: {error}") from None
    told = {"start": recording.start, "seed": recording.seed}
    told |= {f"setting_{name}": value for name, value in recording.settings.items()}
    named = {name: value for name, value in vars(options).items() if value is not None}
    return argparse.Namespace(**{**vars(options), **told, **named, "rate": 0})


def _tell(replayed: Replayed) -> None:
    if replayed.is_same:
        return
    exchange = replayed.exchange
    print(f"{exchange['at']} {exchange['org'] or '-'} #{exchange['ordinal']} {exchange['method']} {exchange['path']}")
    if replayed.obstacle is not None:
        print(f"  not asked: {replayed.obstacle}")
    for pointer, recorded, now in replayed.differences[:_SHOWN]:
        print(f"  {pointer}: recorded {_shown(recorded)}, now {_shown(now)}")
    if len(replayed.differences) > _SHOWN:
        print(f"  and {len(replayed.differences) - _SHOWN} more differences")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else f"{text[:100]}..."
