"""Byte ranges (RFC 9110, section 14): one range of a content, as a client asks for it."""

from __future__ import annotations

import re

_RANGE = re.compile(r"\s*(?:bytes\s*=)?\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(ValueError):
    """A range that lies wholly outside the content: 416."""


def wanted_range(text: str | None, size: int) -> tuple[int, int] | None:
    """Answer the first byte and the one after the last that ``text`` asks for of ``size`` bytes.

    ``bytes=0-99``, ``bytes=100-`` and ``bytes=-100`` are understood, also without the unit. None is the whole content:
    nothing is asked for, or something that is ignored, as RFC 9110 allows, such as several ranges. Raises
    ``Unsatisfiable``.
    """
    match = _RANGE.fullmatch(text) if text else None
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = int(match[2])
        if not length or not size:
            raise Unsatisfiable(text)
        return max(0, size - length), size
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return None
    if first >= size:
        raise Unsatisfiable(text)
    return first, min(last, size - 1) + 1
