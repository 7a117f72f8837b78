"""Quartz cron expressions: which instants a schedule fires at, in UTC.

The fields and their meaning are those of Quartz 2.3.2's ``CronExpression``. They are read and stepped through here and
not by croniter, whose dialect numbers weekdays from 0, takes ``5-5`` for every number and has no ``LW`` or ``L-3``: the
translation would be longer than the search it saves, and ten times slower.

Text that Quartz itself passes over without a word is refused, so that no expression means less than it says: fields
after the seventh, lists with ``W`` or ``#`` in them, steps after a name, ``MONDAY``, an empty item, a step of 0.
A day a month does not have is not moved into that month by ``W``: ``31W`` skips April.
"""

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from itertools import product
from typing import Literal

from msgspec import Struct

from emulator.simulation.quartz_days import (
    LAST,
    MONTHS,
    SATURDAY,
    WEEKDAYS,
    DayRule,
    DaysOfMonth,
    DaysOfWeek,
    LastDayOfMonth,
    NearestWeekday,
    NthWeekdayOfMonth,
    describe_days,
    every_day,
    fire_days,
    listed,
)

_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_LONGEST = 4_096  # the longest list of every number in every field is about 1,300 characters
_TIMES_SPELT_OUT = 4


class QuartzError(ValueError):
    """Text that is not a Quartz cron expression.

    ``message`` says what is wrong and what would be right, ``field`` names the field it is in (None when it is the
    expression as a whole), and ``position`` counts characters of the text from 0.
    """

    def __init__(self, message: str, field: str | None, position: int) -> None:
        super().__init__(message, field, position)
        self.message = message
        self.field = field
        self.position = position

    def __str__(self) -> str:
        where = f"{self.field}, character" if self.field else "character"
        return f"{self.message} ({where} {self.position + 1})"


class QuartzExpression(Struct, frozen=True):
    """A Quartz cron expression; :func:`parse` makes one.

    It fires at each of ``times`` (seconds since midnight, UTC) on each day that ``days`` names in ``months`` of
    ``years``. All are sorted and none is empty.
    """

    times: tuple[int, ...]
    days: DayRule
    months: tuple[int, ...]
    years: tuple[int, ...]

    def next_fire(self, after_ms: int) -> int | None:
        """The first fire time strictly after ``after_ms`` (both epoch ms, UTC); None when there is none up to 2099."""
        day, second = divmod(max(after_ms // 1_000 + 1, 0), _DAY)
        passed = bisect_left(self.times, second)
        if passed == len(self.times):
            day, passed = day + 1, 0
        fire_day = self._day_from(day)
        if fire_day is None:
            return None
        time = self.times[passed] if fire_day == day else self.times[0]
        return (fire_day * _DAY + time) * 1_000

    def fires(self, after_ms: int, count: int) -> list[int]:
        """The first ``count`` fire times strictly after ``after_ms``; fewer when the expression runs out of years."""
        found: list[int] = []
        while len(found) < count and (fire := self.next_fire(after_ms)) is not None:
            found.append(fire)
            after_ms = fire
        return found

    def fires_more_than_daily(self) -> bool:
        """Whether two consecutive fire times, from 1970 to 2099, are ever less than 24 hours apart.

        Every fire day has the same times of day, so a single time of day keeps fires whole days apart, and two times
        of day bring two fires into one day unless there is no fire day at all.
        """
        return len(self.times) > 1 and self.next_fire(-1) is not None

    @property
    def frequency(self) -> Literal["daily", "weekly"] | None:
        """``daily`` when it fires on every day from 1970 to 2099, ``weekly`` when on one weekday of every week."""
        if len(self.months) < 12 or len(self.years) < len(_YEAR.values()):
            return None
        match self.days:
            case DaysOfWeek([_]):
                return "weekly"
            case rule:
                return "daily" if every_day(rule) else None

    def describe(self) -> str:
        """When it fires, in English: ``on the last weekday of each month at 10:15 UTC``."""
        words = describe_days(self.days, self.months)
        if len(self.times) <= _TIMES_SPELT_OUT:
            words += f" at {listed(self.times, self._clock_time)} UTC"
        else:
            first, last = self._clock_time(self.times[0]), self._clock_time(self.times[-1])
            words += f", {len(self.times):,} times from {first} to {last} UTC"
        if len(self.years) < len(_YEAR.values()):
            words += f" in {listed(self.years, str)}"
        return words if self.next_fire(-1) is not None else f"{words}, which never comes"

    def _clock_time(self, time: int) -> str:
        hours_and_minutes = f"{time // 3_600:02}:{time // 60 % 60:02}"
        return f"{hours_and_minutes}:{time % 60:02}" if any(time % 60 for time in self.times) else hours_and_minutes

    def _day_from(self, earliest: int) -> int | None:
        """The first fire day at or after ``earliest``, in days since 1970-01-01."""
        if earliest + _EPOCH > date.max.toordinal():
            return None
        start = date.fromordinal(earliest + _EPOCH)
        for year in self.years[bisect_left(self.years, start.year) :]:
            start = max(start, date(year, 1, 1))
            for month in self.months[bisect_left(self.months, start.month) :]:
                monday_based, length = monthrange(year, month)
                days = fire_days(self.days, (monday_based + 1) % 7 + 1, length)
                passed = bisect_left(days, start.day) if month == start.month else 0
                if passed < len(days):
                    return date(year, month, days[passed]).toordinal() - _EPOCH
        return None


class _Field(Struct, frozen=True):
    """One field of an expression: its name and the numbers it takes, ``names`` standing for those from ``lowest``."""

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()

    def values(self) -> range:
        return range(self.lowest, self.highest + 1)

    def words(self) -> str:
        names = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.lowest} to {self.highest}{names}"


_SECOND = _Field("seconds", 0, 59)
_MINUTE = _Field("minutes", 0, 59)
_HOUR = _Field("hours", 0, 23)
_DAY_OF_MONTH = _Field("day of month", 1, 31)
_MONTH = _Field("month", 1, 12, tuple(name[:3].upper() for name in MONTHS))
_DAY_OF_WEEK = _Field("day of week", 1, 7, tuple(name[:3].upper() for name in WEEKDAYS))
_YEAR = _Field("year", 1970, 2099)
_FIELDS = (_SECOND, _MINUTE, _HOUR, _DAY_OF_MONTH, _MONTH, _DAY_OF_WEEK, _YEAR)

_ITEM = re.compile(
    r"(?:\*|(?P<first>[0-9]+|[A-Z]{3})(?:-(?P<last>[0-9]+|[A-Z]{3}))?)?(?:/(?P<step>[0-9]+))?", re.ASCII | re.IGNORECASE
)
_LAST_DAY = re.compile(r"L(?:-(?P<offset>[0-9]+))?(?P<weekday>W)?", re.ASCII | re.IGNORECASE)
_DAY_WEEKDAY = re.compile(r"(?P<day>[0-9]+)W", re.ASCII | re.IGNORECASE)
_NTH_WEEKDAY = re.compile(r"(?P<weekday>[0-9]+|[A-Z]{3})(?:L|#(?P<nth>[0-9]+))", re.ASCII | re.IGNORECASE)


class _Part(Struct, frozen=True):
    """The text of one field, and where in the expression it starts."""

    field: _Field
    text: str
    position: int

    def error(self, message: str) -> QuartzError:
        return QuartzError(message, self.field.name, self.position)

    def number(self, digits: str, what: str, lowest: int, highest: int) -> int:
        """``digits`` as a number from ``lowest`` to ``highest``."""
        if not lowest <= int(digits) <= highest:
            raise self.error(f"{what} is {lowest} to {highest}, not {_shown(digits)}")
        return int(digits)

    def value(self, text: str) -> int:
        """The number that ``text``, digits or a name, stands for in this field."""
        field = self.field
        if text[0].isdigit():
            return self.number(text, "a value", field.lowest, field.highest)
        if text.upper() not in field.names:
            raise self.error(f"{_shown(text)} is not a {field.name} value: write {field.words()}")
        return field.lowest + field.names.index(text.upper())

    def values(self) -> tuple[int, ...]:
        """The sorted numbers of a comma-separated list of values, ranges and steps."""
        found: set[int] = set()
        position = self.position
        for item in self.text.split(","):
            found.update(_Part(self.field, item, position)._item_values())
            position += len(item) + 1
        return tuple(sorted(found))

    def _item_values(self) -> Sequence[int]:
        field = self.field
        match = _ITEM.fullmatch(self.text)
        if not match or not self.text:
            raise self.error(f"{_shown(self.text)} is not a {field.name} value: write {_forms(field)}")
        first, last, step = match.group("first", "last", "step")
        increment = self.number(step, "a step", 1, field.highest) if step else 1
        if first is None:
            return field.values()[::increment]
        low = self.value(first)
        if step and not first.isdigit():
            raise self.error(f"a step cannot follow a name: write {_shown(self.text)} in numbers")
        if last is None:
            return range(low, field.highest + 1, increment) if step else (low,)
        if first.isdigit() != last.isdigit():
            raise self.error(f"{_shown(self.text)} mixes a name and a number: write both ends as names or as numbers")
        high = self.value(last)
        if low <= high:
            return range(low, high + 1, increment)
        if field is _YEAR:
            raise self.error(f"the years {low}-{high} run backwards: write {high}-{low}")
        size = len(field.values())
        return [(value - field.lowest) % size + field.lowest for value in range(low, high + size + 1, increment)]


def parse(text: str) -> QuartzExpression:
    """Read a Quartz cron expression of 6 or 7 fields.

    Raises :class:`QuartzError` for any other text.
    """
    if len(text) > _LONGEST:
        raise QuartzError(f"an expression has at most {_LONGEST:,} characters, not {len(text):,}", None, _LONGEST)
    words = list(re.finditer(r"[^ \t]+", text.rstrip()))
    if not 6 <= len(words) <= 7:
        raise QuartzError(
            f"an expression has 6 or 7 fields ({', '.join(field.name for field in _FIELDS)}), not {len(words)}",
            None,
            words[7].start() if len(words) > 7 else len(text),
        )
    parts = [_Part(field, word[0], word.start()) for field, word in zip(_FIELDS, words, strict=False)]
    seconds, minutes, hours, day_of_month, month, day_of_week = parts[:6]
    clock = product(hours.values(), minutes.values(), seconds.values())
    return QuartzExpression(
        times=tuple(hour * 3_600 + minute * 60 + second for hour, minute, second in clock),
        days=_day_rule(day_of_month, day_of_week),
        months=month.values(),
        years=parts[6].values() if len(parts) == 7 else tuple(_YEAR.values()),
    )


def _day_rule(day_of_month: _Part, day_of_week: _Part) -> DayRule:
    if (day_of_month.text == "?") == (day_of_week.text == "?"):
        raise day_of_week.error("one of day of month and day of week must be '?', and the other must not")
    return _day_of_week_rule(day_of_week) if day_of_month.text == "?" else _day_of_month_rule(day_of_month)


def _day_of_month_rule(part: _Part) -> DayRule:
    if match := _LAST_DAY.fullmatch(part.text):
        offset = part.number(match["offset"] or "0", "the number of days before the last", 0, 30)
        return LastDayOfMonth(offset, nearest_weekday=match["weekday"] is not None)
    if match := _DAY_WEEKDAY.fullmatch(part.text):
        return NearestWeekday(part.value(match["day"]))
    return DaysOfMonth(part.values())


def _day_of_week_rule(part: _Part) -> DayRule:
    if part.text in ("L", "l"):
        return DaysOfWeek((SATURDAY,))
    if match := _NTH_WEEKDAY.fullmatch(part.text):
        weekday, nth = part.value(match["weekday"]), match["nth"]
        return NthWeekdayOfMonth(weekday, part.number(nth, "the number after '#'", 1, 5) if nth else LAST)
    return DaysOfWeek(part.values())


def _forms(field: _Field) -> str:
    """What an item of the field may be."""
    forms = f"{field.words()}, a range, '*' or a step such as */2"
    if field is _DAY_OF_MONTH:
        return f"{forms}, or on its own '?', L, L-3, LW, L-3W or 15W"
    if field is _DAY_OF_WEEK:
        return f"{forms}, or on its own '?', L, 6L or 6#2"
    return forms


def _shown(text: str) -> str:
    return repr(text if len(text) <= 20 else text[:20] + "…")
