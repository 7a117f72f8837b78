"""Runs the load: ``python -m tests.load --seconds 60``."""

from __future__ import annotations

import argparse
import sys

from tests.load.storm import crowd, storm


def main(arguments: list[str] | None = None) -> int:
    """Run, print what was measured, and answer 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--orgs", type=int, default=8)
    parser.add_argument("--crowd", type=int, default=1000, help="how many organisations to fork")
    options = parser.parse_args(arguments)
    report = storm(options.seconds, options.threads, options.orgs)
    print(report)
    print(crowd(options.crowd))
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
