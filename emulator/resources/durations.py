"""How long the phases of jobs last, by kind of job and status. In seconds of virtual time, fixed or drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from emulator.simulation.lengths import length_ms
from emulator.simulation.randomness import Key

#: The lengths unless a scenario says others.
DEFAULT_LENGTHS: Mapping[str, Mapping[str, Any]] = {
    "segment": {"NEW": 1, "QUEUED": 0, "PROCESSING": 4, "CANCELLING": 1},
    "export": {"NEW": 1, "PROCESSING": 5, "CANCELLING": 1},
    "preview": {"NEW": 0.5, "RUNNING": 1.5},
    "query": {"SUBMITTED": 0.5, "IN_PROGRESS": 1.5},
}


class Durations(Struct, frozen=True):
    """Lengths by kind and status; ``speed`` divides them all.

    A length is a number of seconds, ``{"uniform": [a, b]}``, ``{"lognormal": {"median", "sigma"}}``, or
    ``{"base": s, "per_profile": s}``: so much for each merged profile of the sandbox.
    """

    lengths: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: DEFAULT_LENGTHS)
    speed: float = 1

    def with_lengths(self, lengths: Mapping[str, Mapping[str, Any]], speed: float) -> Durations:
        """Answer durations in which ``lengths`` replace the ones they name."""
        merged = {kind: {**known, **lengths.get(kind, {})} for kind, known in self.lengths.items()}
        return Durations(merged, speed)

    def ms(self, kind: str, status: str, profiles: Callable[[], int], *key: Key) -> int:
        """Answer how long a phase lasts, in ms. ``key`` is what a drawn one is keyed by."""
        length = self.lengths[kind][status]
        if isinstance(length, Mapping) and "per_profile" in length:
            length = length.get("base", 0) + length["per_profile"] * profiles()
        return round(length_ms(length, "duration", kind, status, *key) / self.speed)
