"""Targets: what is fuzzed, with its share of the cases, and how one is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is fuzzed: ``check`` raises ``AssertionError`` for a case of ``cases`` that is a fault.

    ``weight`` is its share of all cases, ``begin`` makes what the cases act on, anew every ``ROUND`` of them.
    """

    name: str
    cases: st.SearchStrategy[Any]
    check: Callable[[Any, Any], object]
    begin: Callable[[], Any] = lambda: None
    weight: float = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a target fared: the cases that were run, the real seconds they took, and the fault if there was one."""

    name: str
    cases: int
    seconds: float
    fault: str | None = None


#: How many cases act on the same state.
ROUND = 50


def run(target: Target, cases: int, number: int) -> Outcome:
    """Run so many cases of a target, drawn with the seed ``number``."""
    done, stage = 0, None

    @seed(number)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(target.cases)
    def fuzz(case: Any) -> None:
        nonlocal done, stage
        if done % ROUND == 0:
            stage = target.begin()
        done += 1
        target.check(stage, case)

    begun = perf_counter()
    fault = None
    try:
        fuzz()
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"[:2000]
        cause = error.__cause__ or error.__context__
        if cause is not None:
            fault += f"\n  of {type(cause).__name__}: {cause}"[:1000]
    return Outcome(target.name, done, perf_counter() - begun, fault)
