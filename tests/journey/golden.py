"""Writes the golden journal of the nine steps anew, after a change of answers that is meant:

python -m tests.journey.golden
"""

from __future__ import annotations

import json
from pathlib import Path

from emulator import Emulator
from tests.journey.nine_steps import Walk

GOLDEN = Path(__file__).parents[1] / "cases" / "journals" / "nine_steps.json"


def recorded() -> str:
    """Walk through the tutorial and answer its journal."""
    emulator = Emulator()
    with emulator.serve() as base:
        for _ in Walk(base).steps():
            continue
    return json.dumps({"requests": [each.to_wire() for each in emulator.requests]}, indent=1) + "\n"


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(recorded(), encoding="utf-8")
