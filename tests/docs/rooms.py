"""The house as it is: its storeys, their rooms, how large each is and which it imports from."""

from __future__ import annotations

from pathlib import Path

import grimp

from tests.docs.generated import table

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "emulator"

#: The storeys, top down, and the rooms of each: a module or a package right below ``emulator``.
STOREYS = {
    "doors": ("__main__", "cli", "pytest_plugin", "testing", "emulator"),
    "web": ("web",),
    "universes": ("universes", "universe", "snapshots", "faultbook", "scenarios", "fixtures"),
    "domain": ("world", "resources"),
    "machinery": (
        "transport",
        "faults",
        "formats",
        "exchanges",
        "curl",
        "generation",
        "journal",
        "schema_faults",
        "long_work",
    ),
    "leaves": ("simulation", "pql", "settings", "version"),
}


def lines_of(room: str) -> int:
    """Answer how many lines of Python a room has."""
    path = PACKAGE / room
    files = path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
    return sum(len(each.read_text(encoding="utf-8").splitlines()) for each in files)


def arrows() -> set[tuple[str, str]]:
    """Answer which rooms import from which, as pairs; what is imported for the type checker alone does not count."""
    graph = grimp.build_graph("emulator", exclude_type_checking_imports=True)
    found = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = _room(module), _room(imported)
            if all(pair) and pair[0] != pair[1]:
                found.add(pair)
    return found


def _room(module: str) -> str:
    return [*module.split("."), ""][1]


def drawing() -> str:
    """Answer the house as a table, top floor first; shares of all lines are told to the next 5 %."""
    pairs = arrows()
    storey_of = {room: storey for storey, rooms in STOREYS.items() for room in rooms}
    total = sum(map(lines_of, storey_of))
    rows = []
    for storey, rooms in STOREYS.items():
        for number, room in enumerate(rooms):
            below = [other for other in storey_of if (room, other) in pairs]
            share = 5 * round(20 * lines_of(room) / total)
            told = ", ".join(f"`{each}`" for each in below)
            name = f"**{storey}**" if not number else ""
            rows.append([name, f"`{room}`", f"{share} %" if share else "", told])
    return table(["storey", "room", "share", "imports from"], rows)
