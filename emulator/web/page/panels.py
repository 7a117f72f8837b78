"""The table of panels: name, title, what the first paint shows. The rail, the routes and the tests read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from emulator.web.page import exports, faults, jobs, overview, profiles, requests, schedules, segments, tour
from emulator.web.page.look import Look

#: What a panel reads for its first paint: the look, and the page's query string.
Read = Callable[[Look, Mapping[str, str]], Mapping[str, Any]]


class Panel(Struct, frozen=True):
    """A panel: its template is ``{name}.html``, its module ``{name}.js``; ``key`` takes the keyboard there."""

    name: str
    title: str
    key: str
    summary: str
    read: Read

    @property
    def path(self) -> str:
        """Where it is."""
        return "/_emulator/" if self.name == "overview" else f"/_emulator/ui/{self.name}"


PANELS: tuple[Panel, ...] = (
    Panel("overview", "Overview", "o", "What is due, what happened, what there is.", overview.read),
    Panel("segments", "Segments", "s", "Queries over profiles, and the audiences they make.", segments.read),
    Panel("profiles", "Profiles", "p", "Who there is, and why they are in a segment or not.", profiles.read),
    Panel("jobs", "Jobs", "j", "Segment and export jobs as they run.", jobs.read),
    Panel("schedules", "Schedules", "c", "Jobs that start by themselves.", schedules.read),
    Panel("exports", "Data", "d", "Datasets, exported batches and their rows.", exports.read),
    Panel("faults", "Faults", "f", "What is to go wrong, and how often it did.", faults.read),
    Panel("requests", "Requests", "r", "Every call, as it came.", requests.read),
    Panel("tour", "Tour", "t", "Adobe's tutorial in nine steps.", tour.read),
)

BY_NAME: Mapping[str, Panel] = {panel.name: panel for panel in PANELS}
