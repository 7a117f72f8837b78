"""Jobs: segment and export jobs, a page of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.page.look import Look

#: How many jobs the list shows at a time; ``jobs.js`` asks for as many.
PAGE = 25


def read(look: Look, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Answer a page of the kind of jobs that ``?kind=`` names: segment jobs, unless it is ``export``."""
    if query.get("kind") == "export":
        listed = look.get("/data/core/ups/export/jobs", {"limit": PAGE})
        return {"kind": "export", "records": listed["records"], "total": None}
    listed = look.get("/data/core/ups/segment/jobs", {"limit": PAGE, "start": 0})
    return {"kind": "segment", "records": listed["children"], "total": listed["_page"]["totalCount"]}
