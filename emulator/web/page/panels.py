"""The table of panels: name, title, what the first paint shows. The rail, the routes and the tests read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from emulator.web.page.look import Look

#: How many definitions, jobs, profiles and requests are shown at a time; the scripts ask for as many.
PAGE, REQUESTS = 25, 200

#: What the tour's steps are about, those of Adobe's tutorial; ``tour.js`` tells more of each and performs it.
STEPS = (
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

Query = Mapping[str, str]
Shown = Mapping[str, Any]


def _overview(look: Look, query: Query) -> Shown:
    return {}  # what it shows, every panel's frame has


def _segments(look: Look, query: Query) -> Shown:
    asked = query.get("page", "")
    page = int(asked) if asked.isdecimal() and len(asked) <= 9 else 0
    listed = look.get("/data/core/ups/segment/definitions", {"limit": PAGE, "page": page})
    sizes: dict[str, int] = {}
    for run in look.get("/_emulator/segments/runs")["runs"]:
        sizes.update(run["sizes"])
    return {"definitions": listed["segments"], "total": listed["page"]["totalCount"], "sizes": sizes}


def _profiles(look: Look, query: Query) -> Shown:
    asked = {"search": query.get("q", ""), "mergePolicyId": query.get("policy", ""), "limit": PAGE}
    found = look.get("/_emulator/profiles", {name: value for name, value in asked.items() if value})
    return {"profiles": found["profiles"], "total": found["total"], "search": query.get("q", "")}


def _jobs(look: Look, query: Query) -> Shown:
    if query.get("kind") == "export":
        listed = look.get("/data/core/ups/export/jobs", {"limit": PAGE})
        return {"kind": "export", "records": listed["records"]}
    listed = look.get("/data/core/ups/segment/jobs", {"limit": PAGE, "start": 0})
    return {"kind": "segment", "records": listed["children"]}


def _schedules(look: Look, query: Query) -> Shown:
    return {"schedules": look.get("/data/core/ups/config/schedules", {"limit": 100})["children"]}


def _data(look: Look, query: Query) -> Shown:
    listed = look.get("/data/foundation/catalog/dataSets", {"limit": 100})
    return {"datasets": [{"id": id, **dataset} for id, dataset in listed.items()]}


def _faults(look: Look, query: Query) -> Shown:
    return {"rules": look.get("/_emulator/faults")["faults"]}


def _requests(look: Look, query: Query) -> Shown:
    return {"requests": look.get("/_emulator/requests", {"limit": REQUESTS})["requests"][::-1]}


def _tour(look: Look, query: Query) -> Shown:
    return {"steps": STEPS}


class Panel(Struct, frozen=True):
    """A panel: its template is ``{name}.html``, its module ``{name}.js``; ``key`` takes the keyboard there.

    ``read`` answers what its first paint shows, from a look at the sandbox and the page's query string.
    """

    name: str
    title: str
    key: str
    summary: str
    read: Callable[[Look, Query], Shown]

    @property
    def path(self) -> str:
        """Where it is."""
        return "/_emulator/" if self.name == "overview" else f"/_emulator/ui/{self.name}"


PANELS: tuple[Panel, ...] = (
    Panel("overview", "Overview", "o", "What is due, what happened, what there is.", _overview),
    Panel("segments", "Segments", "s", "Queries over profiles, and the audiences they make.", _segments),
    Panel("profiles", "Profiles", "p", "Who there is, and why they are in a segment or not.", _profiles),
    Panel("jobs", "Jobs", "j", "Segment and export jobs as they run.", _jobs),
    Panel("schedules", "Schedules", "c", "Jobs that start by themselves.", _schedules),
    Panel("exports", "Data", "d", "Datasets, exported batches and their rows.", _data),
    Panel("faults", "Faults", "f", "What is to go wrong, and how often it did.", _faults),
    Panel("requests", "Requests", "r", "Every call, as it came.", _requests),
    Panel("tour", "Tour", "t", "Adobe's tutorial in nine steps.", _tour),
)

BY_NAME: Mapping[str, Panel] = {panel.name: panel for panel in PANELS}
