"""Paging of the lists that answer ``children``, ``_page`` and ``_links``: jobs, schedules, audiences, merge policies.

What ``start`` counts is disputed among Adobe's documents (setting ``ups_start``): whole pages, or records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from emulator.web.exchange import Call

R = TypeVar("R")

#: The page size of a call that names a ``start`` but no ``limit``, where the list has no default of its own.
USUAL_LIMIT = 100


def page(
    call: Call,
    records: Sequence[R],
    default_limit: int | None = None,
    *,
    keeping: Iterable[tuple[str, str]] = (),
    next_as: type[int] | type[str] = int,
) -> tuple[list[R], dict[str, Any], dict[str, Any]]:
    """Answer the records of the page that ``start`` and ``limit`` ask for, its ``_page`` and its ``_links``.

    A ``default_limit`` of None is everything. ``next`` is there only when there is another page; its link carries the
    parameters of ``keeping`` (name and value) on. ``next_as`` is its type, which Adobe's documents disagree on by list.
    Raises ``Refusal`` (400) for a ``start`` or ``limit`` that is none.
    """
    start = call.query.number("start", 0)
    if default_limit is None:
        default_limit = USUAL_LIMIT if call.query.text("start") else max(1, len(records))
    limit = call.query.number("limit", default_limit, least=1)
    counts_pages = call.world.settings.ups_start == "page"
    begin = start * limit if counts_pages else start
    end = begin + limit
    shown = list(records[begin:end])
    page: dict[str, Any] = {"totalCount": len(records), "pageSize": len(shown)}
    link: dict[str, str] = {}
    if end < len(records):
        following = start + 1 if counts_pages else end
        page["next"] = next_as(following)
        query = urlencode([("start", following), *keeping, ("limit", limit)])
        reference = call.path.removeprefix("/data/core/ups").removeprefix("/config")  # as in the one sample that tells
        link["href"] = f"@{reference}?{query}"
    return shown, page, {"next": link}
