"""Lengths of time that are fixed or drawn: seconds, ``{"uniform": [a, b]}``, ``{"lognormal": {...}}``."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, exp, log, pi, sqrt
from typing import Any

from emulator.simulation.randomness import Key, draw


def length_ms(length: Any, *key: Key) -> float:
    """Answer a length in ms; a drawn one is keyed, so that it is the same in every run."""
    if not isinstance(length, Mapping):
        return float(length) * 1000
    if "uniform" in length:
        low, high = length["uniform"]
        return float(low + (high - low) * draw(*key)) * 1000
    shape = length["lognormal"]
    # Box-Muller: two uniform draws make one normal one
    normal = sqrt(-2 * log(1 - draw(*key, "radius"))) * cos(2 * pi * draw(*key, "angle"))
    return float(shape["median"] * exp(shape["sigma"] * normal)) * 1000
