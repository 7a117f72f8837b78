"""The clock: the one place where real time enters.

Virtual time is ``base + rate * (real - real_base)``, after trio's MockClock: frozen (rate 0), real (1) and scaled (60:
a minute a second) are one class, and changing the rate re-bases first, so time never jumps when it changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct

from emulator.simulation.instants import LATEST, format_instant

#: The instant at which ``Emulator()`` and every frozen server start, unless told otherwise: 2026-01-15T09:00:00Z.
DEFAULT_START = 1_768_467_600_000

#: The highest rate: a year of virtual time in about half a second of real time.
MAX_RATE = 1e8


def wall_clock_ms() -> int:
    """Answer the real time, in epoch milliseconds UTC."""
    return time.time_ns() // 1_000_000


def _steady_ms() -> float:
    return time.monotonic() * 1000


class ClockError(ValueError):
    """A clock was asked for something time does not do: run backwards, or leave its range."""


class ClockState(Struct, frozen=True):
    """A clock's reading and rate: what a snapshot keeps of it."""

    now: int
    rate: float


class Clock:
    """Virtual time in epoch milliseconds UTC.

    ``rate`` is virtual seconds per real second: 0 frozen, 1 real time, 60 a minute a second. ``steady`` is the source
    of real milliseconds, a monotonic one by default; tests put a function of their own there. ``start`` is what it read
    first, as do those that were made of it.
    """

    def __init__(self, start: int = DEFAULT_START, rate: float = 0, steady: Callable[[], float] = _steady_ms) -> None:
        self.start = start
        self.steady = steady
        self._base = start
        self._rate = checked_rate(rate)
        self._real_base = steady() if rate else 0.0

    @property
    def rate(self) -> float:
        """Virtual seconds per real second."""
        return self._rate

    def now(self) -> int:
        """Answer the virtual instant, in epoch milliseconds UTC."""
        if not self._rate:
            return self._base
        return min(LATEST, self._base + int(self._rate * (self.steady() - self._real_base)))

    def set_rate(self, rate: float) -> None:
        """Let time run at ``rate`` from now on. Raises ``ClockError`` for a rate that is negative or not finite."""
        checked = checked_rate(rate)
        self._rebase(self.now())
        self._rate = checked

    def run_to(self, instant: int) -> None:
        """Set the reading to ``instant``, unless it is further already. Raises ``ClockError`` past the last one."""
        if instant > LATEST:
            raise ClockError(f"the last instant of the clock is {format_instant(LATEST)}")
        self._rebase(max(instant, self.now()))

    def state(self) -> ClockState:
        """Answer the reading and the rate."""
        return ClockState(self.now(), self._rate)

    def fork(self) -> Clock:
        """Answer a clock of its own that reads the same and runs at the same rate."""
        return self.at(self.state())

    def at(self, state: ClockState) -> Clock:
        """Answer a clock in another ``state``, fed by the same real time."""
        other = Clock(state.now, state.rate, self.steady)
        other.start = self.start
        return other

    def _rebase(self, reading: int) -> None:
        self._base = reading
        self._real_base = self.steady()


def checked_rate(rate: object) -> float:
    """Answer ``rate`` if time can run at it, a whole one as an integer. Raises ``ClockError`` otherwise."""
    if isinstance(rate, int | float) and not isinstance(rate, bool) and 0 <= rate <= MAX_RATE:
        return int(rate) if rate == int(rate) else rate
    raise ClockError(f"a rate is a number from 0 (frozen) to {MAX_RATE:g}, not {rate!r:.80}")
