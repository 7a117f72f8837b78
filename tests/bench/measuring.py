"""How it is measured: contestants take turns, so that a busy moment hits them all; medians, percentiles, growth."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil, log
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: ``quick`` is a rough look of a minute, whose figures go into no page."""

    quick: bool

    def of(self, usual: int, quick: int) -> int:
        """Answer the number for this scale."""
        return quick if self.quick else usual


@dataclass(frozen=True, slots=True)
class Spent:
    """What an act cost, in s: by the wall's clock, and by that of this process's CPU."""

    wall: float
    cpu: float


def spent(act: Callable[[], object]) -> Spent:
    """Do something and answer what it cost."""
    wall, cpu = perf_counter(), process_time()
    act()
    return Spent(perf_counter() - wall, process_time() - cpu)


def ms(act: Callable[[], object], times: int = 1) -> list[float]:
    """Do something again and again; answers the ms of each by the wall's clock."""
    return _timed(perf_counter, act, times)


def cpu_ms(act: Callable[[], object], times: int = 1) -> list[float]:
    """Do something again and again; answers the ms of this process's CPU that each took.

    On an idle machine that is the time that passes; on a busy one it leaves out the waiting for a core.
    """
    return _timed(process_time, act, times)


def _timed(clock: Callable[[], float], act: Callable[[], object], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        start = clock()
        act()
        taken.append((clock() - start) * 1000)
    return taken


def in_turn(contestants: Mapping[K, Callable[[], T]], rounds: int) -> dict[K, list[T]]:
    """Let contestants run in turn, ``rounds`` times each; answers what each answered."""
    results: dict[K, list[T]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            results[name].append(run())
    return results


def percentile(values: Sequence[float], percent: float) -> float:
    """Answer the smallest of ``values`` that is no less than ``percent`` of them."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def ratio(ours: Sequence[float], theirs: Sequence[float] | None) -> float | None:
    """Answer the median of ours over the median of theirs; None without theirs."""
    return median(ours) / median(theirs) if theirs else None


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """Answer the ``e`` of the power of the size that fits the costs best: 0 is constant, 1 linear, 2 quadratic."""
    xs, ys = [log(size) for size in sizes], [log(max(cost, 1e-9)) for cost in costs]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return above / sum((x - mean_x) ** 2 for x in xs)


def resident_mib(pid: int | None = None) -> float:
    """Answer the resident memory of a process in MiB, this one unless told."""
    pid = os.getpid() if pid is None else pid
    statm = Path(f"/proc/{pid}/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * _PAGE / 2**20
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


def children_of(pid: int) -> list[int]:
    """Answer the processes that a process has started and that still run, and theirs."""
    told = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    children = [int(each) for each in told.stdout.split()]
    return children + [each for child in children for each in children_of(child)]


def cpu_ms_of(pid: int) -> float:
    """Answer the ms of CPU that all threads of a process have had; 0 where the system does not tell."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    spent = 0
    for each in tasks:
        with suppress(OSError):  # a thread that has ended since
            spent += int(each.read_text(encoding="ascii").split()[0])
    return spent / 1e6
