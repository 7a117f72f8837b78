"""Instants and durations as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.simulation.instants import DAY, LATEST, format_instant, parse_canonical, parse_duration, parse_instant
from tests.for_each import for_each


@for_each(
    "text, instant",
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01.25Z", 1250),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:00:00-0100", 0),
        ("2018-10-25T13:22:04-07:00", 1540498924000),
        ("2018-04-26T15:52:25+00:00", 1524757945000),
    ],
)
def test_rfc_3339_is_read(text: str, instant: int) -> None:
    assert parse_instant(text) == instant


@for_each(
    "text",
    [
        *("", "now", "2026-13-01", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "x" * 10**6),
        *("2026-01-01T00:00:00+99:99", "2026-01-01T00:00:00-24:00", "2026-01-01T00:00:00+0060"),
    ],
)
def test_anything_else_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|no such instant"):
        parse_instant(text)


def test_a_fraction_is_written_only_when_there_is_one() -> None:
    assert format_instant(1_000) == "1970-01-01T00:00:01Z"
    assert format_instant(1_050) == "1970-01-01T00:00:01.050Z"


@given(st.integers(-62_135_596_800_000, LATEST))
def test_what_is_written_reads_the_same(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


@given(st.integers(0, LATEST // 1000), st.sampled_from(["Z", "z", ".000Z", ".5Z", "+00:00", "-07:30"]))
def test_any_writing_has_a_canonical_one(seconds: int, ending: str) -> None:
    text = format_instant(seconds * 1000)[:-1] + ending
    instant = parse_instant(text)
    assert parse_canonical(text) == (instant, format_instant(instant))


def read(text: str) -> int | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None


@given(st.from_regex(r"[0-9]{3}[1-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]", fullmatch=True))
def test_every_way_to_write_utc_reads_the_same(text: str) -> None:
    assert read(f"{text}Z") == read(f"{text}z") == read(f"{text}+00:00") == read(f"{text}.000Z") == read(text)


@pytest.mark.parametrize(
    "text", ["2026-W47-7T01:00:00Z", "2026-11-22T24:00:00Z", "20261122T010000.123Z", "2026-11-22_01:00:00Z"]
)
def test_other_forms_of_iso_8601_are_refused(text: str) -> None:
    assert read(text) is None


@for_each(
    "text, length",
    [
        ("PT0S", 0),
        ("P1D", DAY),
        ("P1W", 7 * DAY),
        ("P1DT2H3M4.5S", DAY + 7_384_500),
        ("-PT1M", -60_000),
        ("+PT1S", 1000),
    ],
)
def test_durations_are_read(text: str, length: int) -> None:
    assert parse_duration(text) == length


@for_each("text", ["", "P", "PT", "1D", "P1DT", "PT1D", "P" + "9" * 40 + "D"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601 duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P1Y", "P1M", "-P2M", "P1Y2DT3H"])
def test_lengths_of_the_calendar_are_refused_as_such(text: str) -> None:
    with pytest.raises(ValueError, match="years and months have no fixed length; write days"):
        parse_duration(text)
