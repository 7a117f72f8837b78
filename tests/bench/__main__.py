"""Measures ours and its peers side by side and writes docs/performance.md.

    make bench
    python -m tests.bench [--quick] [SUBJECT ...]

Each subject runs in a process of its own. ``--quick`` is a rough look of a minute or two, which writes nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import msgspec

from emulator.simulation.clock import wall_clock_ms
from tests.bench import machine, page, processes
from tests.bench.findings import Findings
from tests.bench.measuring import Scale
from tests.bench.page import SUBJECTS

#: A subject that takes longer, in s, is given up.
_PATIENCE = 900


def main() -> int:
    """Run subjects one after the other; answers 1 where one of them broke down."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, beside peers in one run.")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all if absent")
    parser.add_argument("--quick", action="store_true", help="a rough look, which writes nothing")
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = [each for each in options.subjects if each not in SUBJECTS]
    if unknown:
        parser.error(f"no subject {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    if options.to:
        _measure(options.subjects[0], Scale(options.quick), options.to)
        return 0
    broken = []
    for name in options.subjects or SUBJECTS:
        start = perf_counter()
        findings = _in_a_process(name, options.quick)
        seconds = perf_counter() - start
        print(f"\n== {name} ({seconds:.0f} s)")
        if findings is None:
            broken.append(name)
            continue
        print(page.printed(findings), flush=True)
        if not options.quick:
            date = f"{datetime.fromtimestamp(wall_clock_ms() / 1000, UTC):%Y-%m-%d}"
            page.keep({name: page.Result(findings, date, machine.told(), seconds, machine.load())})
    if broken:
        print(f"\nbroke down, so not measured: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def _measure(name: str, scale: Scale, to: Path) -> None:
    findings: Findings = import_module(f"tests.bench.{name}").measure(scale)
    to.write_bytes(msgspec.json.encode(findings))


def _in_a_process(name: str, quick: bool) -> Findings | None:
    with TemporaryDirectory() as folder:
        told = Path(folder) / "findings.json"
        command = [sys.executable, "-m", "tests.bench", name, "--to", str(told), *(["--quick"] if quick else [])]
        try:
            subprocess.run(command, env=processes.environment(), cwd=processes.ROOT, check=True, timeout=_PATIENCE)
        except subprocess.SubprocessError:
            return None
        return msgspec.json.decode(told.read_bytes(), type=Findings)


if __name__ == "__main__":
    sys.exit(main())
