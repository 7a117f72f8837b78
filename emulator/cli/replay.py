"""``aep-emulator replay``: a journal asked again of a fresh emulator, and every answer compared."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.cli import starting
from emulator.cli.usage import UsageError

if TYPE_CHECKING:
    from emulator.cli.usage import Commands
    from emulator.testing.replay import Replayed

#: How many differences of one answer are printed.
_SHOWN = 5


def register(commands: Commands) -> None:
    """Add the command."""
    replay = commands.add_parser(
        "replay",
        help="ask a journal again and compare the answers",
        description="Ask a fresh emulator what a journal (GET /_emulator/requests) has, at the same instants, and"
        " compare every answer. Give it the data, scenario, seed, start and settings of the recording.",
        usage="aep-emulator replay [options] JOURNAL",
    )
    replay.add_argument("journal", type=Path, metavar="JOURNAL", help="what GET /_emulator/requests answered")
    starting.add_options(replay)
    replay.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print where answers differ, and how many; answers 1 unless all are the same."""
    from emulator.testing.replay import JournalError, read_journal, replay

    options.rate = 0
    emulator = starting.emulator_of(options)
    if emulator.settings.strict_auth:
        raise UsageError("replay: the journal keeps no tokens, so nothing can be asked again under strict_auth")
    same = others = 0
    try:
        text = options.journal.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{options.journal}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{options.journal}: {error}") from None
    try:
        for each in replay(emulator, read_journal(text)):
            same += each.is_same
            others += not each.is_same
            _tell(each)
    except JournalError as error:
        raise UsageError(f"{options.journal}: {error}") from None
    print(f"{same} of {same + others} answers are the same")
    return 0 if not others else 1


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
