"""Quartz cron expressions: Quartz's own answers, a day-by-day oracle, croniter, and any text at all."""

import json
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from croniter import CroniterBadDateError, croniter
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.simulation.quartz import QuartzError, parse

DAY_MS = 86_400_000
VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "cases" / "quartz.json").read_text())["vectors"]
VALID = [pytest.param(vector, id=vector["cron"]) for vector in VECTORS if vector["valid"]]
INVALID = [pytest.param(vector["cron"], id=vector["cron"]) for vector in VECTORS if not vector["valid"]]


def ms(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp()) * 1_000


def iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


NOW = ms("2026-11-22T00:00:00Z")
HORIZON = ms("2036-01-01T00:00:00Z")


class TestQuartzItself:
    @pytest.mark.parametrize("vector", VALID)
    def test_fires_when_quartz_does(self, vector: dict[str, Any]) -> None:
        fires = parse(vector["cron"]).fires(NOW, 8)
        told = len(vector["next"])  # fewer than 8 where Quartz ran out, or was stopped soon after 2036
        assert [iso(fire) for fire in fires[:told]] == vector["next"]
        assert all(fire >= HORIZON for fire in fires[told:])

    @pytest.mark.parametrize("vector", VALID)
    def test_is_denser_than_daily_when_quartz_says_so(self, vector: dict[str, Any]) -> None:
        assert parse(vector["cron"]).fires_more_than_daily() is vector["more_than_daily"]

    @pytest.mark.parametrize("vector", VALID)
    def test_never_fires_when_quartz_never_does(self, vector: dict[str, Any]) -> None:
        fire = parse(vector["cron"]).next_fire(NOW)
        assert (fire is None or fire >= HORIZON) is vector["never_fires_before_2036"]

    @pytest.mark.parametrize("cron", INVALID)
    def test_refuses_what_quartz_refuses(self, cron: str) -> None:
        with pytest.raises(QuartzError):
            parse(cron)

    def test_has_vectors_of_both_kinds(self) -> None:
        assert (len(VALID), len(INVALID)) == (121, 16)


class TestFires:
    @pytest.mark.parametrize(
        ("cron", "after", "fires"),
        [
            pytest.param("0 0 1 ? * L", "2026-11-22", ["2026-11-28", "2026-12-05"], id="L as a weekday is Saturday"),
            pytest.param("0 0 1 1W * ?", "2027-04-30", ["2027-05-03", "2027-06-01"], id="1W on a Saturday"),
            pytest.param("0 0 1 31W 1 ?", "2027-01-01", ["2027-01-29", "2028-01-31"], id="31W on a Sunday"),
            pytest.param(
                "0 0 1 31W * ?", "2027-03-31T02:00", ["2027-05-31", "2027-07-30"], id="31W skips short months"
            ),
            pytest.param("0 0 1 L-3W * ?", "2027-01-01", ["2027-01-28", "2027-02-25"], id="L-3W"),
            pytest.param("0 0 1 L-30 * ?", "2027-01-01T02:00", ["2027-03-01", "2027-05-01"], id="L-30 needs 31 days"),
            pytest.param(
                "0 0 1 30-2 * ?", "2027-02-03", ["2027-03-01", "2027-03-02", "2027-03-30"], id="days wrap round"
            ),
            pytest.param("0 0 1 1 NOV-JAN ?", "2027-01-02", ["2027-11-01", "2027-12-01"], id="months wrap round"),
            pytest.param("0 0 1 ? * friL", "2027-01-01", ["2027-01-29", "2027-02-26"], id="a name with L"),
            pytest.param("0 0 1 29 2 ?", "2027-01-01", ["2028-02-29", "2032-02-29"], id="29 February"),
            pytest.param("0 0 1 /15 * ?", "2027-01-02", ["2027-01-16", "2027-01-31"], id="a step from nothing"),
            pytest.param("0\t0 1 1 1 ?\n", "2027-01-02", ["2028-01-01"], id="tabs and a last line feed"),
        ],
    )
    def test_on_the_days_quartz_documents(self, cron: str, after: str, fires: list[str]) -> None:
        found = parse(cron).fires(ms(f"{after}+00:00" if "T" in after else f"{after}T00:00:00Z"), len(fires))
        assert [iso(fire) for fire in found] == [f"{day}T01:00:00Z" for day in fires]

    def test_wraps_round_midnight(self) -> None:
        found = parse("0 0 22-2/2 * * ?").fires(NOW, 4)
        assert [iso(fire)[11:13] for fire in found] == ["02", "22", "00", "02"]

    def test_is_strictly_after(self) -> None:
        daily = parse("0 0 1 * * ?")
        one = ms("2026-11-22T01:00:00Z")
        assert [daily.next_fire(one - 1), daily.next_fire(one)] == [one, one + DAY_MS]

    def test_is_after_a_part_of_a_second(self) -> None:
        assert parse("* * * * * ?").next_fire(NOW + 1) == NOW + 1_000

    def test_begins_with_1970(self) -> None:
        assert parse("0 0 0 * * ?").next_fire(-(10**18)) == 0

    def test_ends_with_2099(self) -> None:
        last = ms("2099-12-31T23:59:59Z")
        every_second = parse("* * * * * ?")
        assert every_second.next_fire(last - 1) == last
        assert every_second.next_fire(last) is None
        assert every_second.next_fire(10**30) is None

    def test_are_as_many_as_there_are(self) -> None:
        assert len(parse("0 0 1 1 1 ? 2027-2029").fires(NOW, 10)) == 3

    def test_keep_the_text_as_written(self) -> None:
        assert parse(" 0 0 1 ? * mon ").text == " 0 0 1 ? * mon "


class TestDensity:
    @pytest.mark.parametrize(
        ("cron", "dense"),
        [
            ("0 0 1,13 ? * MON", True),
            ("0 0 1,13 1 1 ? 2027", True),
            ("0 0 0,23 ? * MON", True),
            ("0 0 1 ? * MON-FRI", False),
            ("0 0 1 1 1 ?", False),
            ("0 0 1,13 30 2 ?", False),
            ("0,0 0 1 * * ?", False),
            ("0 0-0 1 * * ?", False),
            ("1-59/59 0 1 * * ?", False),
        ],
    )
    def test_is_decided_exactly(self, cron: str, dense: bool) -> None:
        assert parse(cron).fires_more_than_daily() is dense

    @pytest.mark.parametrize(
        ("cron", "frequency"),
        [
            ("0 0 1 * * ?", "daily"),
            ("0 0 1 ? * SUN-SAT", "daily"),
            ("0 0 1 1/1 1-12 ?", "daily"),
            ("0 0 1 ? * * 1970-2099", "daily"),
            ("0 0 1 ? * MON", "weekly"),
            ("0 0 1 ? * L", "weekly"),
            ("0 0 1 ? * MON,WED", None),
            ("0 0 1 ? * MON#1", None),
            ("0 0 1 ? * MONL", None),
            ("0 0 1 ? 1-11 MON", None),
            ("0 0 1 * * ? 2027-2030", None),
            ("0 0 1 1-30 * ?", None),
            ("0 0 1 L * ?", None),
        ],
    )
    def test_has_a_name_when_regular(self, cron: str, frequency: str | None) -> None:
        assert parse(cron).frequency == frequency


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 0 1 * * ?", "daily at 01:00 UTC"),
        ("0 45 13 * MAR-JUL ?", "daily in March to July at 13:45 UTC"),
        ("0 15 10 LW * ?", "on the last weekday of each month at 10:15 UTC"),
        ("0 15 10 L * ?", "on the last day of each month at 10:15 UTC"),
        ("0 15 10 L-1 * ?", "1 day before the last day of each month at 10:15 UTC"),
        ("0 15 10 L-3W 2 ?", "on the weekday nearest 3 days before the last day of February at 10:15 UTC"),
        ("30 0 14 23W 7 ?", "on the weekday nearest the 23rd of July at 14:00:30 UTC"),
        ("0 0 1 1,2,11,22 1,6 ?", "on the 1st, 2nd, 11th and 22nd of January and June at 01:00 UTC"),
        ("0 0 12 1/5 * ?", "on the 1st, 6th … 31st of each month at 12:00 UTC"),
        ("0 0 1 ? * MON-FRI", "every Monday to Friday at 01:00 UTC"),
        ("0 0 1 ? 1 SUN,WED", "every Sunday and Wednesday in January at 01:00 UTC"),
        ("0 0 1 ? * 6L", "on the last Friday of each month at 01:00 UTC"),
        ("0 0 1 ? * TUE#5 2027", "on the fifth Tuesday of each month at 01:00 UTC in 2027"),
        ("0 0 1,13 * * ? 2027-2030", "daily at 01:00 and 13:00 UTC in 2027 to 2030"),
        ("0 * * * * ?", "daily, 1,440 times from 00:00 to 23:59 UTC"),
        ("0 0 1 30 2 ?", "on the 30th of February at 01:00 UTC, which never comes"),
    ],
)
def test_describes_itself_in_english(cron: str, words: str) -> None:
    assert parse(cron).describe() == words


class TestRefusal:
    @pytest.mark.parametrize(
        ("cron", "field", "position", "message"),
        [
            ("", None, 0, "6 or 7 fields"),
            ("0 1 * * *", None, 9, "6 or 7 fields"),
            ("0 0 1 * * ? 2027 x", None, 17, "6 or 7 fields"),
            ("0 60 1 * * ?", "minutes", 2, "a value is 0 to 59, not '60'"),
            ("0 0 1 1,,2 * ?", "day of month", 8, "write 1 to 31"),
            ("0 0 1 1,15W * ?", "day of month", 8, "on its own"),
            ("0 0 1 15,L * ?", "day of month", 9, "on its own"),
            ("0 0 1 L-31 * ?", "day of month", 6, "0 to 30"),
            ("0 0 1 32W * ?", "day of month", 6, "1 to 31"),
            ("0 0 1 MON * ?", "day of month", 6, "write 1 to 31"),
            ("0 0 1 1 JANUARY ?", "month", 8, "JAN to DEC"),
            ("0 0 1 1 1,JAN/2 ?", "month", 10, "cannot follow a name"),
            ("0 0 1 ? * MON-6", "day of week", 10, "mixes a name and a number"),
            ("0 0 1 ? * MON#1,TUE#2", "day of week", 10, "on its own"),
            ("0 0 1 ? * 8#1", "day of week", 10, "1 to 7"),
            ("0 0 1 * * *", "day of week", 10, "must be '?'"),
            ("0 0 1 ? * ?", "day of week", 10, "must be '?'"),
            ("0/0 0 1 * * ?", "seconds", 0, "a step is 1 to 59"),
            ("0 0 */24 * * ?", "hours", 4, "a step is 1 to 23"),
            ("0 0 1 * * ? 1969", "year", 12, "1970 to 2099"),
            ("0 0 1 * * ? 2100", "year", 12, "1970 to 2099"),
            ("0 0 1 * * ? 2030-2027", "year", 12, "write 2027-2030"),
            ("0 0 1 * * ? ٢٠٢٧", "year", 12, "1970 to 2099"),
            ("0 0 1 1 ſEP ?", "month", 8, "JAN to DEC"),
        ],
    )
    def test_says_what_and_where(self, cron: str, field: str | None, position: int, message: str) -> None:
        with pytest.raises(QuartzError) as caught:
            parse(cron)
        assert (caught.value.field, caught.value.position) == (field, position)
        assert message in caught.value.message
        assert f"character {position + 1})" in str(caught.value)

    @pytest.mark.parametrize(
        "text",
        [
            "9" * 1_000_000,
            f"0 0 {'9' * 4_000} * * ?",
            f"{'0' * 4_000}60 0 1 * * ?",
            "1," * 500_000,
            " " * 1_000_000,
            "0 0 1 * * ? " * 80_000,
            "*" * 1_000_000,
        ],
        ids=lambda text: f"{text[:12]}… of {len(text):,}",
    )
    def test_is_short_for_long_text(self, text: str) -> None:
        with pytest.raises(QuartzError) as caught:
            parse(text)
        assert len(str(caught.value)) < 250


fields = st.text("0123456789*/,-?LWlwMONFRI#", min_size=1, max_size=6)


@given(st.one_of(st.text(), st.lists(fields, min_size=6, max_size=7).map(" ".join)))
@example("0 0 1 L- * ?")
@example("\ud800 0 0 1 * ?")
def test_any_text_is_an_expression_or_a_quartz_error(text: str) -> None:
    try:
        expression = parse(text)
    except QuartzError as error:
        where = error.position
    else:
        where = 0
        assert expression.text == text
        assert expression.describe()
    assert 0 <= where <= len(text)


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

    @given(expressions(), instants, instants)
    def test_next_fire_is_monotone(self, generated: Generated, one: int, other: int) -> None:
        expression = parse(generated.text)
        earlier, later = (expression.next_fire(after) for after in sorted((one, other)))
        assert later is None or (earlier is not None and earlier <= later)

    @given(expressions(), instants)
    def test_nothing_fires_between_an_instant_and_its_next_fire(self, generated: Generated, after: int) -> None:
        expression = parse(generated.text)
        fire = expression.next_fire(after)
        if fire is not None:
            assert expression.next_fire(fire - 1) == fire
            assert expression.next_fire((after + fire) // 2) in (fire, expression.next_fire(fire))

    @given(expressions())
    def test_names_are_numbers_without_case(self, generated: Generated) -> None:
        assert parse(generated.text.lower()).fires(BEGIN, 5) == parse(generated.text).fires(BEGIN, 5)


def croniter_fires(cron: str, after: int, count: int) -> list[int]:
    """What croniter makes of ``cron``, in its own dialect."""
    found = croniter(cron, after / 1_000, ret_type=float, second_at_beginning=True)
    try:
        return [int(found.get_next()) * 1_000 for _ in range(count)]
    except CroniterBadDateError:
        return []


def plain(low: int, high: int) -> st.SearchStrategy[str]:
    """Lists that both dialects read alike: croniter takes 5-5 for every number there is."""
    return lists(low, high, wrap=False).map(itemgetter(0)).filter(lambda text: not re.search(r"\b(\d+)-\1\b", text))


class TestCroniter:
    """croniter as a second opinion, where the two dialects can say the same thing."""

    @given(plain(0, 59), plain(0, 59), plain(0, 23), plain(1, 31), plain(1, 12))
    def test_agrees_on_days_of_month(self, second: str, minute: str, hour: str, day: str, month: str) -> None:
        cron = f"{second} {minute} {hour} {day} {month}"
        assert parse(f"{cron} ?").fires(NOW, 5) == croniter_fires(f"{cron} *", NOW, 5)

    @given(plain(0, 59), plain(0, 23), plain(1, 12), st.sets(st.integers(1, 7), min_size=1))
    def test_agrees_on_weekdays(self, minute: str, hour: str, month: str, weekdays: set[int]) -> None:
        ours = ",".join(str(weekday) for weekday in weekdays)
        theirs = ",".join(str(weekday - 1) for weekday in weekdays)
        fires = parse(f"0 {minute} {hour} ? {month} {ours}").fires(NOW, 5)
        assert fires == croniter_fires(f"0 {minute} {hour} * {month} {theirs}", NOW, 5)

    @given(st.integers(1, 7), st.integers(1, 5))
    def test_agrees_on_nth_and_last_weekdays(self, weekday: int, nth: int) -> None:
        for ours, theirs in ((f"{weekday}#{nth}", f"{weekday - 1}#{nth}"), (f"{weekday}L", f"L{weekday - 1}")):
            assert parse(f"0 0 1 ? * {ours}").fires(NOW, 12) == croniter_fires(f"0 0 1 * * {theirs}", NOW, 12)

    @given(st.integers(1, 28))
    def test_agrees_on_the_nearest_weekday(self, day: int) -> None:
        assert parse(f"0 0 1 {day}W * ?").fires(NOW, 24) == croniter_fires(f"0 0 1 {day}W * *", NOW, 24)

    def test_means_another_weekday_by_the_same_number(self) -> None:
        assert parse("0 0 1 ? * 1").fires(NOW, 1) != croniter_fires("0 0 1 ? * 1", NOW, 1)
