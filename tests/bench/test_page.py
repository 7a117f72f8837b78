"""How the page on performance is drawn from results, and the arithmetic of how these came about."""

from __future__ import annotations

import re
from importlib import import_module
from math import log

import pytest

from tests.bench import page
from tests.bench.findings import Findings, Goal, Table, at_least, at_most
from tests.bench.growth import is_worse
from tests.bench.measuring import exponent, percentile, ratio
from tests.bench.page import SUBJECTS
from tests.docs.generated import renewed


def test_every_subject_has_a_block_and_a_way_to_measure() -> None:
    blocks = re.findall(r"<!-- generated: bench (\S+) -->", page.PAGE.read_text(encoding="utf-8"))
    assert blocks == ["goals", *SUBJECTS]
    assert all(callable(import_module(f"tests.bench.{name}").measure) for name in SUBJECTS)


def test_a_block_is_replaced_and_all_else_stays() -> None:
    result = page.Result(
        Findings([Goal("speed", "5 or more", "4", False)], [Table("Rates", ["a|b", "c"], [["1", "2"]])], ["A note."]),
        "2026-01-15",
        "2 cores",
        3.0,
    )
    lists = "before\n<!-- generated: bench lists -->\nold\n<!-- end -->\nbetween"
    text = f"{lists}\n<!-- generated: bench goals -->\n<!-- end -->"
    blocks = page.blocks({"lists": result})
    drawn = renewed(text, blocks)
    assert "old" not in drawn
    assert "| a\\|b | c |\n| --- | --- |\n| 1 | 2 |" in drawn
    assert "| speed | 5 or more | 4 | **no** |" in drawn
    assert renewed(drawn, blocks) == drawn
    assert renewed(text, page.blocks({})).startswith(lists)


@pytest.mark.parametrize(("power", "costs"), [(0, [5, 5, 5]), (1, [1, 10, 100]), (2, [0.1, 10, 1000])])
def test_the_exponent_is_that_of_the_power(power: int, costs: list[float]) -> None:
    assert exponent((1_000, 10_000, 100_000), costs) == pytest.approx(power)


def test_only_growth_above_n_log_n_is_called_worse() -> None:
    sizes = (1_000, 10_000, 100_000)
    assert not is_worse(sizes, [n * log(n) / 1e4 for n in sizes])
    assert is_worse(sizes, [n * n / 1e7 for n in sizes])
    assert not is_worse(sizes, [1e-6, 1e-4, 1e-2])  # cheap whatever it does


def test_percentiles_and_ratios() -> None:
    assert [percentile([3, 1, 2, 4], percent) for percent in (1, 50, 75, 100)] == [1, 2, 3, 4]
    assert ratio([1, 2, 9], [4, 4]) == 0.5
    assert ratio([1], None) is None


def test_a_goal_without_a_value_is_neither_met_nor_missed() -> None:
    assert at_most("x", 2, 2.0).is_met is True
    assert at_least("x", 2, 1.9).is_met is False
    assert at_least("x", 2, None).is_met is None
