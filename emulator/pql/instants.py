"""Instants and the calendar of PQL: UTC, proleptic Gregorian, weeks from Sunday, with no smallest or largest year.

An instant is an integer of epoch milliseconds. Python's ``datetime`` ends at the years 1 and 9999, which
``3 millennia before now`` leaves at once; dates are therefore counted in whole cycles of the calendar and the rest.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

FIXED_UNITS = {"millisecond": 1, "second": SECOND, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}
"""Units of constant length, in milliseconds."""

MONTH_UNITS = {"month": 1, "year": 12, "decade": 120, "century": 1_200, "millennium": 12_000}
"""Units of calendar length, in months."""

_PLURALS = {"century": "centuries", "millennium": "millennia"}
PLURALS = {unit: _PLURALS.get(unit, f"{unit}s") for unit in (*FIXED_UNITS, *MONTH_UNITS)}
"""Unit -> its plural."""

UNITS = {**{unit: unit for unit in PLURALS}, **{plural: unit for unit, plural in PLURALS.items()}}
"""Every spelling of a unit -> the unit in the singular."""

DAY_WORDS = {"yesterday": -1, "today": 0, "tomorrow": 1}
"""Day words -> days from the current one."""

RELATIVES = {"last": -1, "this": 0, "next": 1}
"""Relative words -> units from the current one."""

_DAYS_BEFORE_EPOCH = date(1970, 1, 1).toordinal()
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097  # after which the calendar repeats

_SUNDAY = 3 * DAY  # the epoch was a Thursday; 1970-01-04 was the first Sunday after it


@dataclass(frozen=True, slots=True)
class Timestamp:
    """An instant as a value of PQL. ``ms``: epoch milliseconds, UTC."""

    ms: int


def day_number(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a date of the proleptic Gregorian calendar."""
    cycle, year = divmod(year - 1, _CYCLE_YEARS)
    return cycle * _CYCLE_DAYS + date(year + 1, month, day).toordinal() - _DAYS_BEFORE_EPOCH


def civil_date(days: int) -> tuple[int, int, int]:
    """The (year, month, day) a number of days after 1970-01-01; the inverse of ``day_number``."""
    cycle, day = divmod(days + _DAYS_BEFORE_EPOCH - 1, _CYCLE_DAYS)
    found = date.fromordinal(day + 1)
    return cycle * _CYCLE_YEARS + found.year, found.month, found.day


def date_instant(year: int, month: int, day: int) -> int | None:
    """00:00 UTC of a day of the years 1 to 9999, or None if there is no such day."""
    try:
        return (date(year, month, day).toordinal() - _DAYS_BEFORE_EPOCH) * DAY
    except (ValueError, OverflowError):
        return None


def date_of(instant: int) -> tuple[int, int, int]:
    """The UTC (year, month, day) of an instant."""
    return civil_date(instant // DAY)


def shift(instant: int, amount: int, unit: str) -> int:
    """``amount`` units later. Months and longer keep the day of the month, or clamp it to the month's end."""
    if unit in FIXED_UNITS:
        return instant + amount * FIXED_UNITS[unit]
    days, time_of_day = divmod(instant, DAY)
    year, month, day = civil_date(days)
    year, month = divmod(year * 12 + month - 1 + amount * MONTH_UNITS[unit], 12)
    month += 1
    return day_number(year, month, min(day, monthrange(year, month)[1])) * DAY + time_of_day


def start_of(instant: int, unit: str) -> int:
    """The start of the calendar unit an instant lies in: weeks from Sunday, decades from years ending in 0."""
    if unit == "week":
        return (instant - _SUNDAY) // WEEK * WEEK + _SUNDAY
    if unit in FIXED_UNITS:
        length = FIXED_UNITS[unit]
        return instant // length * length
    year, month, _ = date_of(instant)
    if unit == "month":
        return day_number(year, month, 1) * DAY
    years = MONTH_UNITS[unit] // 12
    return day_number(year // years * years, 1, 1) * DAY


def word_bounds(word: str, now: int) -> tuple[int, int]:
    """First and last millisecond of a time word: a day, a calendar unit, or ``now`` itself."""
    if word == "now":
        return now, now
    if word in DAY_WORDS:
        start = start_of(now, "day") + DAY_WORDS[word] * DAY
        return start, start + DAY - 1
    relative, unit = word.split(" ")
    start = shift(start_of(now, unit), RELATIVES[relative], unit)
    return start, shift(start, 1, unit) - 1


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MINUTE = re.compile(r"[Tt ]([0-9]{2}):([0-9]{2})")
_SECOND = re.compile(r"(?::([0-9]{2})(?:\.([0-9]+))?)?(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))?")


def parse_instant(text: str) -> int | None:
    """The instant of an RFC 3339 date-time, or of a plain date (00:00 UTC); None if it is neither.

    Without an offset the time is UTC. Seconds may be missing, the offset may be written ``+0200``, and digits beyond
    the millisecond are dropped.
    """
    midnight, since, rest = _midnight(text[:10]), _minutes(text[10:16]), _seconds(text[16:])
    return None if midnight is None or since is None or rest is None else midnight + since + rest


# An instant is the sum of three parts of its text, each of which takes few values, however many instants there are.


@lru_cache(maxsize=1 << 16)
def _midnight(text: str) -> int | None:
    """00:00 UTC of ``YYYY-MM-DD``."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return (date.fromisoformat(text).toordinal() - _DAYS_BEFORE_EPOCH) * DAY
    except ValueError:
        return None


@lru_cache(maxsize=1 << 13)
def _minutes(time: str) -> int | None:
    """Milliseconds from midnight to ``THH:MM``, 0 for an empty text."""
    if not time:
        return 0
    found = _MINUTE.fullmatch(time)
    if found is None:
        return None
    hour, minute = map(int, found.groups())
    return hour * HOUR + minute * MINUTE if hour < 24 and minute < 60 else None


@lru_cache(maxsize=1 << 16)
def _seconds(rest: str) -> int | None:
    """Milliseconds from a full minute, in an offset, to ``:SS.fff`` and the same in UTC; 0 for an empty text."""
    found = _SECOND.fullmatch(rest)
    if found is None:
        return None
    second, fraction, sign, offset_hours, offset_minutes = found.groups()
    if (second or "0") > "60" or (offset_hours or "0") > "23" or (offset_minutes or "0") > "59":
        return None
    since = int(second or 0) * SECOND + int((fraction or "0")[:3].ljust(3, "0"))
    offset = int(offset_hours or 0) * HOUR + int(offset_minutes or 0) * MINUTE
    return since + offset if sign == "-" else since - offset


def is_plain_date(text: str) -> bool:
    """Whether a string is a readable date without a time of day."""
    return len(text) == 10 and parse_instant(text) is not None


def format_instant(instant: int) -> str:
    """RFC 3339 in UTC, with milliseconds if there are any; years beyond 0-9999 get a sign and six digits (ISO 8601)."""
    days, time_of_day = divmod(instant, DAY)
    year, month, day = civil_date(days)
    years = f"{year:04d}" if 0 <= year <= 9999 else f"{year:+07d}"
    hours, rest = divmod(time_of_day, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, millis = divmod(rest, SECOND)
    fraction = f".{millis:03d}" if millis else ""
    return f"{years}-{month:02d}-{day:02d}T{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}Z"
