"""The tour: the nine steps of Adobe's tutorial, told and performed. What it does is in ``tour.js``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.page.look import Look

#: What the steps are about; the scripts tell more of each and perform it.
STEPS: tuple[str, ...] = (
    "Get an access token",
    "Look at a segment definition",
    "Schedule the evaluation, or start it now",
    "Wait until the segment job has succeeded",
    "See the memberships on a profile",
    "Make a dataset for the export",
    "Start an export job",
    "Wait until the export job has succeeded",
    "Read the exported rows",
)


def read(look: Look, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Answer the titles of the steps."""
    return {"steps": STEPS}
