"""Quartz cron expressions: Quartz's own answers, what is refused and how, and any text at all."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.simulation.quartz import QuartzError, parse
from tests.for_each import for_each

DAY_MS = 86_400_000
VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "cases" / "quartz.json").read_text())["vectors"]
VALID = [vector for vector in VECTORS if vector["valid"]]
INVALID = [vector["cron"] for vector in VECTORS if not vector["valid"]]


def ms(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp()) * 1_000


def iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


NOW = ms("2026-11-22T00:00:00Z")
HORIZON = ms("2036-01-01T00:00:00Z")


class TestQuartzItself:
    def test_fires_when_quartz_does(self) -> None:
        for vector in VALID:
            fires = parse(vector["cron"]).fires(NOW, 8)
            told = len(vector["next"])  # fewer than 8 where Quartz ran out, or was stopped soon after 2036
            assert [iso(fire) for fire in fires[:told]] == vector["next"], vector["cron"]
            assert all(fire >= HORIZON for fire in fires[told:]), vector["cron"]

    def test_is_denser_than_daily_when_quartz_says_so(self) -> None:
        for vector in VALID:
            assert parse(vector["cron"]).fires_more_than_daily() is vector["more_than_daily"], vector["cron"]

    def test_never_fires_when_quartz_never_does(self) -> None:
        for vector in VALID:
            fire = parse(vector["cron"]).next_fire(NOW)
            assert (fire is None or fire >= HORIZON) is vector["never_fires_before_2036"], vector["cron"]

    @for_each("cron", INVALID)
    def test_refuses_what_quartz_refuses(self, cron: str) -> None:
        with pytest.raises(QuartzError):
            parse(cron)

    def test_has_vectors_of_both_kinds(self) -> None:
        assert (len(VALID), len(INVALID)) == (121, 16)


class TestFires:
    @for_each(
        "cron, after, fires",
        {
            "L as a weekday is Saturday": ("0 0 1 ? * L", "2026-11-22", ["2026-11-28", "2026-12-05"]),
            "1W on a Saturday": ("0 0 1 1W * ?", "2027-04-30", ["2027-05-03", "2027-06-01"]),
            "31W on a Sunday": ("0 0 1 31W 1 ?", "2027-01-01", ["2027-01-29", "2028-01-31"]),
            "31W skips short months": ("0 0 1 31W * ?", "2027-03-31T02:00", ["2027-05-31", "2027-07-30"]),
            "L-3W, in either case": ("0 0 1 l-3w * ?", "2027-01-01", ["2027-01-28", "2027-02-25"]),
            "L-30 needs 31 days": ("0 0 1 L-30 * ?", "2027-01-01T02:00", ["2027-03-01", "2027-05-01"]),
            "days wrap round": ("0 0 1 30-2 * ?", "2027-02-03", ["2027-03-01", "2027-03-02", "2027-03-30"]),
            "months wrap round": ("0 0 1 1 NOV-JAN ?", "2027-01-02", ["2027-11-01", "2027-12-01"]),
            "a name with L": ("0 0 1 ? * friL", "2027-01-01", ["2027-01-29", "2027-02-26"]),
            "29 February": ("0 0 1 29 2 ?", "2027-01-01", ["2028-02-29", "2032-02-29"]),
            "a step from nothing": ("0 0 1 /15 * ?", "2027-01-02", ["2027-01-16", "2027-01-31"]),
            "tabs and a last line feed": ("0\t0 1 1 1 ?\n", "2027-01-02", ["2028-01-01"]),
        },
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

    def test_is_the_first_of_a_later_day(self) -> None:
        tuesdays = parse("0 0 1,13 ? * TUE")
        assert tuesdays.next_fire(ms("2026-11-23T12:00:00Z")) == ms("2026-11-24T01:00:00Z")

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


class TestDensity:
    @for_each(
        "cron, dense",
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

    @for_each(
        "cron, frequency",
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


@for_each(
    "cron, words",
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
    @for_each(
        "cron, field, position, message",
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

    @for_each(
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
        assert expression.describe()
    assert 0 <= where <= len(text)
