"""Quartz expressions drawn with what they mean: a day-by-day oracle, and laws of time."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from emulator.simulation.quartz import parse
from tests.simulation.test_quartz import DAY_MS, ms


@dataclass(frozen=True)
class Generated:
    """An expression together with what it means, stated without the parser."""

    text: str
    times: list[int]
    is_fire_day: Callable[[date], bool]
    every_year: bool


@st.composite
def items(draw: st.DrawFn, low: int, high: int, wrap: bool = True) -> tuple[str, set[int]]:
    """One item of a field and the numbers it means, counted off one by one."""
    numbers = list(range(low, high + 1))
    first = draw(st.sampled_from(numbers))
    step = draw(st.integers(1, min(high, 20)))
    match draw(st.sampled_from(["number", "range", "range/step", "number/step", "*/step", "*"])):
        case "number":
            return f"{first}", {first}
        case "number/step":
            return f"{first}/{step}", set(numbers[numbers.index(first) :: step])
        case "*/step":
            return f"*/{step}", set(numbers[::step])
        case "*":
            return "*", set(numbers)
        case kind:
            last = draw(st.sampled_from(numbers if wrap else numbers[numbers.index(first) :]))
            counted = [first]
            while counted[-1] != last:
                counted.append(counted[-1] + 1 if counted[-1] < high else low)
            text = f"{first}-{last}"
            return (text, set(counted)) if kind == "range" else (f"{text}/{step}", set(counted[::step]))


@st.composite
def lists(draw: st.DrawFn, low: int, high: int, wrap: bool = True) -> tuple[str, set[int]]:
    drawn = draw(st.lists(items(low, high, wrap), min_size=1, max_size=3))
    return ",".join(text for text, _ in drawn), set().union(*(numbers for _, numbers in drawn))


@st.composite
def day_rules(draw: st.DrawFn) -> tuple[str, str, Callable[[date], bool]]:
    """Both day fields, and whether a date is one of their days."""

    def last_day(of: date) -> int:
        return monthrange(of.year, of.month)[1]

    def weekday(of: date) -> int:
        return of.isoweekday() % 7 + 1

    def nearest(to: int, of: date) -> int:
        working = [day for day in range(1, last_day(of) + 1) if of.replace(day=day).isoweekday() < 6]
        return min(working, key=lambda day: abs(day - to))

    day, offset = draw(st.integers(1, 31)), draw(st.integers(0, 30))
    wanted, nth = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    match draw(st.sampled_from(["days", "weekdays", "L", "L-n", "LW", "L-nW", "nW", "wL", "w#n"])):
        case "days":
            text, days = draw(lists(1, 31))
            return text, "?", lambda at: at.day in days
        case "weekdays":
            text, weekdays = draw(lists(1, 7))
            return "?", text, lambda at: weekday(at) in weekdays
        case "L":
            return "L", "?", lambda at: (at + timedelta(1)).day == 1
        case "LW":
            return "LW", "?", lambda at: at.day == nearest(last_day(at), at)
        case "L-n":
            return f"L-{offset}", "?", lambda at: at.day == last_day(at) - offset
        case "L-nW":
            return (
                f"L-{offset}W",
                "?",
                lambda at: last_day(at) > offset and at.day == nearest(last_day(at) - offset, at),
            )
        case "nW":
            return f"{day}W", "?", lambda at: day <= last_day(at) and at.day == nearest(day, at)
        case "wL":
            return "?", f"{wanted}L", lambda at: weekday(at) == wanted and (at + timedelta(7)).month != at.month
        case _:
            return "?", f"{wanted}#{nth}", lambda at: weekday(at) == wanted and (at.day + 6) // 7 == nth


EVERY_YEAR = set(range(1970, 2100))
YEARS = {
    "": EVERY_YEAR,
    "*": EVERY_YEAR,
    "2028": {2028},
    "2020-2027": set(range(2020, 2028)),
    "2027,2035": {2027, 2035},
    "2022/3": set(range(2022, 2100, 3)),
    "*/2": set(range(1970, 2100, 2)),
    "1999": {1999},
}


@st.composite
def expressions(draw: st.DrawFn) -> Generated:
    seconds, minutes, hours = (draw(st.sets(st.integers(0, top), min_size=1, max_size=2)) for top in (59, 59, 23))
    clock = [",".join(map(str, numbers)) for numbers in (seconds, minutes, hours)]
    day_of_month, day_of_week, is_day = draw(day_rules())
    month, months = draw(st.just(("*", set(range(1, 13)))) | lists(1, 12))
    year, years = draw(st.just(("", EVERY_YEAR)) | st.sampled_from(sorted(YEARS.items())))
    return Generated(
        " ".join([*clock, day_of_month, month, day_of_week, year]).rstrip(),
        sorted(h * 3_600 + m * 60 + s for h in hours for m in minutes for s in seconds),
        lambda at: at.year in years and at.month in months and is_day(at),
        years == EVERY_YEAR,
    )


START = date(2027, 1, 1)
WINDOW = [START + timedelta(day) for day in range(731)]  # two years, the second a leap year
BEGIN, END = ms("2027-01-01T00:00:00Z"), ms("2029-01-01T00:00:00Z")


class TestOracle:
    @given(expressions())
    def test_fires_on_the_days_that_match_one_by_one(self, generated: Generated) -> None:
        expected = [
            BEGIN + day * DAY_MS + time * 1_000
            for day, at in enumerate(WINDOW)
            if generated.is_fire_day(at)
            for time in generated.times
        ]
        expression = parse(generated.text)
        fires = expression.fires(BEGIN - 1, len(expected) + 1)
        assert [fire for fire in fires if fire < END] == expected
        if expected:
            gaps = [following - fire for fire, following in pairwise(expected)]
            assert expression.fires_more_than_daily() is any(gap < DAY_MS for gap in gaps)

    @given(expressions())
    def test_frequency_is_that_of_the_days(self, generated: Generated) -> None:
        days = {at for at in WINDOW if generated.is_fire_day(at)}
        weeks = [{at for at in WINDOW if at.weekday() == weekday} for weekday in range(7)]
        regular = "daily" if len(days) == len(WINDOW) else "weekly" if days in weeks else None
        assert parse(generated.text).frequency == (regular if generated.every_year else None)


instants = st.integers(ms("1969-01-01T00:00:00Z"), ms("2101-01-01T00:00:00Z"))


class TestLaws:
    @given(expressions(), instants)
    def test_fires_increase_and_are_after(self, generated: Generated, after: int) -> None:
        fires = parse(generated.text).fires(after, 20)
        assert all(fire < following for fire, following in pairwise([after, *fires]))

    @given(expressions(), instants)
    def test_nothing_fires_between_an_instant_and_its_next_fire(self, generated: Generated, after: int) -> None:
        expression = parse(generated.text)
        fire = expression.next_fire(after)
        if fire is not None:
            assert expression.next_fire(fire - 1) == fire
            assert expression.next_fire((after + fire) // 2) in (fire, expression.next_fire(fire))
