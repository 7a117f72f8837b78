"""``aep-emulator cron``: when a schedule fires next, or why its text is refused."""

from __future__ import annotations

import argparse
import sys

from emulator.cli.usage import Commands, UsageError, instant, whole_number


def register(commands: Commands) -> None:
    """Add the command."""
    cron = commands.add_parser(
        "cron",
        help="next fire times of a Quartz cron text, or why it is refused",
        description="Print the next fire times of a Quartz cron text, or why it is refused.",
    )
    cron.add_argument("words", metavar="EXPR", nargs="+", help="six or seven fields in one argument: '0 0 1 * * ?'")
    cron.add_argument(
        "--from", dest="after", type=instant, metavar="INSTANT", help="fire times after this one; now if absent"
    )
    cron.add_argument("--count", type=whole_number(1, 10_000), metavar="N", default=5, help="how many (%(default)s)")
    cron.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the fire times; answers 1 for a text that is refused."""
    from emulator.resources.cron import report
    from emulator.simulation.clock import wall_clock_ms

    if len(options.words) > 1:
        raise UsageError("cron: put the text in quotes, so that the shell leaves it whole: '0 0 1 * * ?'")
    after = wall_clock_ms() if options.after is None else options.after
    answer = report(options.words[0], after, options.count)
    for fire in answer["next"]:
        print(fire)
    if answer["reason"]:
        print(f"{'refused' if not answer['accepted'] else 'note'}: {answer['reason']}", file=sys.stderr)
    return 0 if answer["accepted"] else 1
