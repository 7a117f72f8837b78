"""``aep-emulator generate``: a synthetic population as a fixture folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.cli import starting
from emulator.cli.usage import Commands, UsageError, whole_number

if TYPE_CHECKING:
    from emulator.simulation.clock import Clock

#: Runs shorter than this, in ms, show no progress.
_PATIENCE = 1_000

_WIDTH = 40


def register(commands: Commands) -> None:
    """Add the command."""
    generate = commands.add_parser(
        "generate",
        help="write a synthetic population as fixtures",
        description="Write made-up people, what they did in the last 120 days, and segment definitions about them. "
        "The same numbers and seed write the same folder.",
    )
    generate.add_argument("--profiles", type=whole_number(1), required=True, metavar="N", help="how many people")
    generate.add_argument(
        "--events-per-profile", type=_mean, default=5, metavar="M", help="events of a person on average (%(default)s)"
    )
    generate.add_argument(
        "--seed", type=starting.seed, metavar="N", default=0, help="another seed, other people (%(default)s)"
    )
    generate.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder; new, or empty")
    generate.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the folder and print what is in it."""
    from emulator.generation import GenerationError, generate
    from emulator.simulation.clock import Clock

    bar = _Bar(options.profiles, Clock(0, rate=1))
    try:
        totals = generate(options.out, options.profiles, options.events_per_profile, options.seed, bar.show)
    except GenerationError as error:
        raise UsageError(f"generate: {error}") from None
    except OSError as error:
        raise UsageError(f"generate: cannot write {options.out}: {error.strerror}", code=1) from None
    finally:
        bar.clear()
    print(f"{options.out}: {totals.people} people, {totals.fragments} profile fragments, {totals.events} events")
    return 0


def _mean(text: str) -> float:
    from emulator.generation.folder import MOST_EVENTS

    try:
        mean = float(text)
    except ValueError:
        mean = -1
    if not 0 <= mean <= MOST_EVENTS:
        raise argparse.ArgumentTypeError(f"a number from 0 to {MOST_EVENTS}, not {text!r}")
    return mean


class _Bar:
    """A progress bar on stderr; only on a terminal, and only when it takes long by the clock that starts at 0."""

    def __init__(self, total: int, waited: Clock) -> None:
        self._total = total
        self._waited = waited
        self._is_wanted = sys.stderr.isatty()
        self._is_shown = False

    def show(self, done: int) -> None:
        """Draw the bar with ``done`` of all people."""
        if self._is_wanted and (self._is_shown or self._waited.now() >= _PATIENCE):
            self._is_shown = True
            filled = _WIDTH * done // self._total
            bar = "#" * filled + "." * (_WIDTH - filled)
            print(f"\r[{bar}] {done} of {self._total}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the bar away."""
        if self._is_shown:
            print("\r" + " " * (_WIDTH + 40) + "\r", end="", file=sys.stderr, flush=True)
