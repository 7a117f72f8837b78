"""Instants and durations as text.

Inside the emulator an instant is an integer of epoch milliseconds, UTC. Outside it is RFC 3339 text; durations are
seconds or ISO 8601 text such as ``P1DT2H``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from msgspec import ValidationError, convert, to_builtins

#: One day, in milliseconds.
DAY = 86_400_000

#: The last instant that time can reach: 9000-01-01T00:00:00Z.
LATEST = 221_845_392_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_WHOLE_SECOND = len("1970-01-01T00:00:00Z")

#: What ``format_instant`` writes of a whole second: by far the most common form, and the one quickest to read.
_CANONICAL = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\dZ", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?",
    re.ASCII,
)
_DURATION = re.compile(
    r"([+-])?P(?=[\dT])(?:(\d{1,12})W)?(?:(\d{1,12})D)?"
    r"(?:T(?=\d)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12})(?:\.(\d{1,3}))?S)?)?",
    re.ASCII,
)

#: The beginning of a duration that has years or months.
_CALENDAR_DURATION = re.compile(r"[+-]?P[\d.,]+[YM]", re.ASCII)


def format_instant(instant: int) -> str:
    """Write epoch milliseconds as RFC 3339, ``2026-11-22T01:00:00Z``, without a fraction when it is zero."""
    text: str = to_builtins(_EPOCH + instant * _MILLISECOND)
    return f"{text[:-4]}Z" if len(text) > _WHOLE_SECOND else text  # which has microseconds


def parse_instant(text: str) -> int:
    """Read RFC 3339 text (or a plain date: 00:00 UTC of it) as epoch milliseconds. No offset means UTC.

    Raises ``ValueError`` saying what would be right.
    """
    return parse_canonical(text)[0]


def parse_canonical(text: str) -> tuple[int, str]:
    """Answer what ``parse_instant`` answers, and the same as ``format_instant`` writes it. Raises ``ValueError``."""
    if _CANONICAL.fullmatch(text):
        try:
            since = datetime.fromisoformat(text) - _EPOCH
        except ValueError:
            return _parse_any(text), text  # which says what is wrong
        return since.days * DAY + since.seconds * 1000, text
    instant = _parse_any(text)
    return instant, format_instant(instant)


def _parse_any(text: str) -> int:
    match = _INSTANT.fullmatch(text) if len(text) < 64 else None
    if match is None:
        raise ValueError(f"not an RFC 3339 instant such as 2026-11-22T01:00:00Z: {text[:80]!r}")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError as error:
        raise ValueError(f"no such instant: {text!r} ({error})") from None
    instant = (moment - _EPOCH) // _MILLISECOND + int((fraction or "0").ljust(3, "0")[:3])
    if offset and offset not in "Zz":
        digits = offset[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        instant -= (minutes if offset[0] == "+" else -minutes) * 60_000
    return instant


def to_instant(value: str | int | datetime) -> int:
    """Answer epoch ms of an instant in any form that users write: RFC 3339 text, an aware datetime, epoch ms itself.

    Raises ``ValueError``.
    """
    if isinstance(value, str):
        return parse_instant(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone; use datetime(..., tzinfo=UTC)")
        return round(value.timestamp() * 1000)
    return value


def parse_duration(text: str) -> int:
    """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds (``P1DT2H``) as milliseconds.

    Raises ``ValueError``; years and months are refused, since their length depends on where they start.
    """
    if text.isupper() and "." not in text:
        try:
            return convert(text, timedelta) // _MILLISECOND
        except ValidationError:  # it knows neither weeks nor as many digits, and has other words
            pass
    match = _DURATION.fullmatch(text) if len(text) < 80 else None
    if match is None:
        if _CALENDAR_DURATION.match(text):
            raise ValueError(f"years and months have no fixed length; write days, such as P30D: {text[:80]!r}")
        raise ValueError(f"not an ISO 8601 duration in weeks to seconds such as P1DT2H or PT90S: {text[:80]!r}")
    sign, weeks, days, hours, minutes, seconds, fraction = match.groups("0")
    total = (
        (int(weeks) * 7 + int(days)) * DAY
        + (int(hours) * 60 + int(minutes)) * 60_000
        + int(seconds) * 1000
        + int(fraction.ljust(3, "0"))
    )
    return -total if sign == "-" else total
