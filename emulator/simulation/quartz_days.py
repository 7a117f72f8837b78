"""The day rules of Quartz expressions: which days of a month each names, and how it reads in English.

Weekdays are Quartz's numbers: 1 is Sunday, 7 is Saturday. A month is its first weekday and its length, which is all
that any rule depends on.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
SUNDAY, SATURDAY = 1, 7
LAST = 0
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}


class DaysOfMonth(Struct, frozen=True):
    """``1,15`` or ``*``: days by number, sorted."""

    days: tuple[int, ...]


class LastDayOfMonth(Struct, frozen=True):
    """``L`` or ``L-3``: so many days before the last; with ``nearest_weekday``, ``LW`` or ``L-3W``."""

    offset: int
    nearest_weekday: bool


class NearestWeekday(Struct, frozen=True):
    """``15W``: the Monday to Friday nearest to the day, in the same month."""

    day: int


class DaysOfWeek(Struct, frozen=True):
    """``MON-FRI`` or ``*``: weekdays, sorted."""

    weekdays: tuple[int, ...]


class NthWeekdayOfMonth(Struct, frozen=True):
    """``6#2`` or ``6L``: the nth of a weekday, ``nth`` from 1 or ``LAST``."""

    weekday: int
    nth: int


DayRule = DaysOfMonth | LastDayOfMonth | NearestWeekday | DaysOfWeek | NthWeekdayOfMonth


@lru_cache(maxsize=512)
def fire_days(rule: DayRule, first_weekday: int, length: int) -> Sequence[int]:
    """The sorted days that fire in a month of ``length`` days which starts on ``first_weekday``."""
    match rule:
        case DaysOfMonth(days):
            return days[: bisect_right(days, length)]
        case DaysOfWeek(weekdays):
            return [day for day in range(1, length + 1) if (first_weekday + day - 2) % 7 + 1 in weekdays]
        case LastDayOfMonth(offset, nearest_weekday):
            day = length - offset
            if day < 1:
                return ()
            return (_nearest_weekday(day, first_weekday, length) if nearest_weekday else day,)
        case NearestWeekday(day):
            return (_nearest_weekday(day, first_weekday, length),) if day <= length else ()
        case NthWeekdayOfMonth(weekday, nth):
            weekly = range((weekday - first_weekday) % 7 + 1, length + 1, 7)
            return weekly[-1:] if nth == LAST else weekly[nth - 1 : nth]


def _nearest_weekday(day: int, first_weekday: int, length: int) -> int:
    weekday = (first_weekday + day - 2) % 7 + 1
    if weekday == SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == SUNDAY:
        return day + 1 if day < length else day - 2
    return day


def every_day(rule: DayRule) -> bool:
    """Whether the rule names every day of every month."""
    match rule:
        case DaysOfMonth(days):
            return len(days) == 31
        case DaysOfWeek(weekdays):
            return len(weekdays) == 7
    return False


def describe_days(rule: DayRule, months: Sequence[int]) -> str:
    """The rule in English, within the sorted ``months`` of a year."""
    named = listed(months, lambda month: MONTHS[month - 1])
    ending = f"of {named}" if len(months) < 12 else "of each month"
    within = f" in {named}" if len(months) < 12 else ""
    if every_day(rule):
        return f"daily{within}"
    match rule:
        case DaysOfMonth(days):
            return f"on the {listed(days, _ordinal)} {ending}"
        case DaysOfWeek(weekdays):
            return f"every {listed(weekdays, _weekday_name)}{within}"
        case LastDayOfMonth(0, nearest_weekday):
            return f"on the last {'weekday' if nearest_weekday else 'day'} {ending}"
        case LastDayOfMonth(offset, nearest_weekday):
            before = f"{offset} {'day' if offset == 1 else 'days'} before the last day {ending}"
            return f"on the weekday nearest {before}" if nearest_weekday else before
        case NearestWeekday(day):
            return f"on the weekday nearest the {_ordinal(day)} {ending}"
        case NthWeekdayOfMonth(weekday, nth):
            return f"on the {_NTH[nth]} {_weekday_name(weekday)} {ending}"


def listed(values: Sequence[int], name: Callable[[int], str]) -> str:
    """Sorted values by name: as a run, cut short when they are evenly spaced, in full otherwise."""
    steps = {following - value for value, following in pairwise(values)}
    if len(values) >= 3 and steps == {1}:
        return f"{name(values[0])} to {name(values[-1])}"
    if len(values) > 4 and len(steps) == 1:
        return f"{name(values[0])}, {name(values[1])} … {name(values[-1])}"
    *leading, last = map(name, values)
    return f"{', '.join(leading)} and {last}" if leading else last


def _weekday_name(weekday: int) -> str:
    return WEEKDAYS[weekday - 1]


def _ordinal(number: int) -> str:
    suffix = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
