"""Runs the fuzzing: ``python -m tests.fuzz --cases 5000 --seed 0``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from time import perf_counter

from tests.fuzz.targets import Outcome, Target, run

#: The fewest cases of a target.
_LEAST = 2


@cache
def _targets() -> dict[str, Target]:
    from tests.fuzz import http, texts, wire

    found = [*http.targets(), *texts.targets(), *wire.targets()]
    return {each.name: each for each in found}


def _run(name: str, cases: int, seed: int) -> Outcome:
    logging.disable()  # a defect is told by the case that shows it
    return run(_targets()[name], cases, seed)


def _shares(cases: int) -> dict[str, int]:
    """Answer how many cases each target has; a third of all are no requests of an OpenAPI document."""
    targets = _targets().values()
    shares: dict[str, int] = {}
    for is_request, part in ((True, 2 / 3), (False, 1 / 3)):
        group = [each for each in targets if (": " in each.name) is is_request]
        whole = sum(each.weight for each in group)
        shares |= {each.name: max(_LEAST, round(cases * part * each.weight / whole)) for each in group}
    return shares


def _group(name: str) -> str:
    return name.partition(": ")[0] if ": " in name else name


def main(arguments: list[str] | None = None) -> int:
    """Run, print a report, and answer 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="targets whose name has this in it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    begun = perf_counter()
    shares = {name: cases for name, cases in _shares(options.cases).items() if options.only in name}
    order = sorted(shares, key=lambda name: -shares[name])
    with ProcessPoolExecutor(options.jobs) as pool:
        outcomes = list(pool.map(_run, order, map(shares.__getitem__, order), [options.seed] * len(order), chunksize=2))
    faults = [each for each in outcomes if each.fault is not None]
    for each in faults:
        print(f"FAULT in {each.name} after {each.cases} cases\n  {each.fault}\n")
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        groups[_group(each.name)].append(each)
    for name, found in groups.items():
        print(f"{name:14} {sum(each.cases for each in found):6} cases {sum(each.seconds for each in found):7.1f} s")
    total = sum(each.cases for each in outcomes)
    took = perf_counter() - begun
    print(f"seed {options.seed}: {total} cases of {len(outcomes)} targets in {took:.0f} s, {len(faults)} faults")
    return 1 if faults or total < sum(shares.values()) * 0.9 else 0


if __name__ == "__main__":
    sys.exit(main())
