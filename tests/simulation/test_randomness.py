"""Keyed draws: the same key, the same answer; another key, another answer."""

from __future__ import annotations

import re
import subprocess
import sys

from emulator.simulation import randomness


def test_a_draw_depends_on_its_key_alone() -> None:
    first = [randomness.draw(7, "rule", ordinal) for ordinal in range(100)]
    backwards = [randomness.draw(7, "rule", ordinal) for ordinal in reversed(range(100))]
    assert first == backwards[::-1]
    assert len(set(first)) == 100
    assert all(0 <= each < 1 for each in first)


def test_draws_are_spread_evenly() -> None:
    below = sum(randomness.draw("spread", ordinal) < 0.25 for ordinal in range(4000))
    assert 900 < below < 1100


def test_parts_of_a_key_do_not_run_together() -> None:
    assert randomness.uuid("a", "bc") != randomness.uuid("ab", "c")
    assert randomness.uuid("1") != randomness.uuid(1)


def test_forms() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", randomness.uuid("x"))
    assert re.fullmatch(r"[0-9a-f]{24}", randomness.hexadecimal(24, "x"))
    assert re.fullmatch(r"[A-Za-z0-9]{32}", randomness.alphanumeric(32, "x"))
    assert {randomness.integer(3, "x", ordinal) for ordinal in range(50)} == {0, 1, 2}


def test_it_is_the_same_in_another_process() -> None:
    code = "from emulator.simulation.randomness import uuid; print(uuid(7, 'segment-job', 1))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == randomness.uuid(7, "segment-job", 1)
