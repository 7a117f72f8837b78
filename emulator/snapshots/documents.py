"""Snapshots as documents: one JSON object, of format 1.

    {"format": 1, "product": "aep-segmentation-emulator", "version": "...", "document": "snapshot",
     "populations": [{"fragments": [...], "events": [...]}, ...],
     "template": {world},                                     absent from the snapshot of one organisation
     "orgs": [{"org": "...", world...}, ...]}

A world has ``seed``, ``clock``, ``requests``, ``durations``, ``faults``, ``agenda`` and ``sandboxes``; a sandbox has
its tables under the names they have in ``Space``, and its ``population`` by position. Organisations share populations
as they fork from one template, and so does the document. Instants are epoch ms; members have the names of the records'
fields, since it is records that are written and not resources. ``codec`` has the rest.

Left out are caches, the journal, the settings (they belong to the emulator, not to its state) and what follows from
the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import chain
from typing import Any, NoReturn, get_type_hints

from msgspec import Struct

from emulator.faults.plan import Count
from emulator.faults.rules import FaultRule
from emulator.resources.audiences import ExternalAudience
from emulator.resources.durations import Durations
from emulator.resources.events import Event
from emulator.resources.files import StoredFile
from emulator.resources.population import Population
from emulator.resources.space import Sandbox, Space
from emulator.resources.tables import Table
from emulator.settings import Settings
from emulator.simulation.clock import Clock, ClockState
from emulator.snapshots.codec import Codec, codec, elements, expected, member, members
from emulator.snapshots.errors import SnapshotError
from emulator.snapshots.held import HeldWorld, Snapshot
from emulator.snapshots.invariants import CHECKS
from emulator.version import __version__
from emulator.world import TEMPLATE, World

FORMAT = 1
PRODUCT = "aep-segmentation-emulator"
KIND = "snapshot"

#: The deepest nesting of a document that is read.
MAX_DEPTH = 400

#: What ``Space`` names in its hints and imports for the type checker only: records with and without laws.
_RECORDS = {each.__name__: each for each in (*CHECKS, ExternalAudience, StoredFile)}

#: Fields of ``Space`` that are written elsewhere.
_NOT_TABLES = frozenset(("org", "sandbox", "settings", "durations", "agenda", "mint", "faults", "population"))

_WORLD = ("seed", "clock", "requests", "durations", "faults", "agenda", "sandboxes")


class _Planned(Struct, frozen=True):
    at: int
    event: Event


class _Faults(Struct, frozen=True):
    """Rules and their counts; ``added`` is how many rules there ever were."""

    added: int
    rules: tuple[FaultRule, ...]
    counts: Mapping[str, Count]


@cache
def table_codecs() -> Mapping[str, Codec]:
    """Answer the codec of every table of ``Space``, by name."""
    hints = get_type_hints(Space, localns=_RECORDS)
    return {name: codec(hints[name]) for name in Space.__struct_fields__ if name not in _NOT_TABLES}


# -- writing


def to_text(document: Mapping[str, Any]) -> str:
    """Write a document as JSON. Raises ``SnapshotError`` for a number that JSON does not have."""
    try:
        return json.dumps(document, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise SnapshotError(f"the state holds a number that JSON does not have: {error}") from None


def to_document(snapshot: Snapshot) -> dict[str, Any]:
    """Answer the document of a snapshot. It shares values with the state: to be written, not to be changed."""
    writer = _Writer()
    worlds: dict[str, Any] = {}
    if snapshot.template is not None:
        worlds["template"] = writer.world(snapshot.template)
    worlds["orgs"] = [{"org": org, **writer.world(held)} for org, held in snapshot.orgs.items()]
    return {
        "format": FORMAT,
        "product": PRODUCT,
        "version": __version__,
        "document": KIND,
        "populations": writer.populations(),
        **worlds,
    }


class _Writer:
    """Writes worlds, and each population once."""

    def __init__(self) -> None:
        self._populations: dict[int, tuple[int, Population]] = {}

    def populations(self) -> list[Any]:
        encode = codec(Population).encode
        return [encode(population) for _, population in self._populations.values()]

    def world(self, held: HeldWorld) -> dict[str, Any]:
        world = held.world
        plan = world.faults
        faults = _Faults(plan.ordinal, plan.rules, {rule.id: plan.count(rule.id) for rule in plan.rules})
        agenda = tuple(_Planned(at, event) for at, event in world.agenda.planned())
        return {
            "seed": world.seed,
            "clock": codec(ClockState).encode(held.clock),
            "requests": held.requests,
            "durations": codec(Durations).encode(world.durations),
            "faults": codec(_Faults).encode(faults),
            "agenda": codec(tuple[_Planned, ...]).encode(agenda),
            "sandboxes": [self._space(space) for space in world.spaces.values()],
        }

    def _space(self, space: Space) -> dict[str, Any]:
        population = space.population
        position, _ = self._populations.setdefault(id(population), (len(self._populations), population))
        return {
            "sandbox": codec(Sandbox).encode(space.sandbox),
            "ordinals": codec(Table[str, int]).encode(space.mint.ordinals),
            "population": position,
            **{name: each.encode(getattr(space, name)) for name, each in table_codecs().items()},
        }


# -- reading


def from_text(text: str | bytes) -> Any:
    """Read JSON. Raises ``SnapshotError`` for a text that is none, nests too deep, or holds what JSON does not have."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        document = json.loads(text, parse_constant=_refuse_number, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise SnapshotError(f"the document is not UTF-8: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise SnapshotError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise SnapshotError(f"nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise SnapshotError(f"not JSON: {error}") from None
    layer = [document] if isinstance(document, dict | list) else []
    for _ in range(MAX_DEPTH):
        nested = (each.values() if isinstance(each, dict) else each for each in layer)
        layer = [child for child in chain.from_iterable(nested) if isinstance(child, dict | list)]
    if layer:
        raise SnapshotError(f"nested deeper than {MAX_DEPTH} levels")
    return document


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"no such number as {text}")


def _finite(text: str) -> float:
    value = float(text)
    return value if abs(value) != float("inf") else _refuse_number(text)


def from_document(document: Any) -> Snapshot:
    """Read the document of a snapshot. Raises ``SnapshotError`` with the JSON pointer of the first fault."""
    _check_head(document)
    template = ("template",) if "template" in document else ()
    members(document, ("format", "product", "version", "document", "populations", *template, "orgs"))
    member(document, "version", codec(str).decode)
    read = codec(tuple[Population, ...]).decode
    reader = _Reader(member(document, "populations", read))
    held = member(document, "template", reader.template) if template else None
    orgs: dict[str, HeldWorld] = {}

    def add(value: Any) -> None:
        org, world = reader.org(value)
        if org in orgs:
            raise SnapshotError(f"{org!r} is there already").within("org")
        orgs[org] = world

    member(document, "orgs", lambda values: elements(values, add))
    if held is None and len(orgs) != 1:
        raise SnapshotError(f"without a template there is one organisation, not {len(orgs)}").within("orgs")
    return Snapshot(held, orgs)


def _check_head(document: Any) -> None:
    expected(document, (dict,), "an object")
    for name, wanted in (("product", PRODUCT), ("document", KIND), ("format", FORMAT)):
        if name not in document:
            raise SnapshotError(f"missing; it is {wanted!r}").within(name)
        if document[name] != wanted or isinstance(document[name], bool):
            raise SnapshotError(
                f"version {__version__} of {PRODUCT} reads {wanted!r} here, not {str(document[name])[:80]!r}"
            ).within(name)


class _Reader:
    """Reads worlds over populations that were read before."""

    def __init__(self, populations: tuple[Population, ...]) -> None:
        self._populations = populations

    def template(self, document: Any) -> HeldWorld:
        members(document, _WORLD)
        return self._world(document, TEMPLATE)

    def org(self, document: Any) -> tuple[str, HeldWorld]:
        members(document, ("org", *_WORLD))
        org = member(document, "org", codec(str).decode)
        if org == TEMPLATE:
            raise SnapshotError("an organisation has a name").within("org")
        return org, self._world(document, org)

    def _world(self, document: Mapping[str, Any], org: str) -> HeldWorld:
        def read(name: str, hint: Any) -> Any:
            return member(document, name, codec(hint).decode)

        seed = member(document, "seed", _seed)
        clock = read("clock", ClockState)
        world = World(
            org, seed=seed, clock=Clock(clock.now), settings=Settings(), durations=read("durations", Durations)
        )
        requests = member(document, "requests", _count)
        faults = read("faults", _Faults)
        world.faults.restore({rule.id: rule for rule in faults.rules}, faults.counts, faults.added)
        for planned in read("agenda", tuple[_Planned, ...]):
            world.agenda.add(planned.at, planned.event)
        member(document, "sandboxes", lambda values: elements(values, lambda each: self._add_space(world, each)))
        return HeldWorld(world, clock, requests)

    def _add_space(self, world: World, document: Any) -> None:
        tables = table_codecs()
        members(document, ("sandbox", "ordinals", "population", *tables))
        sandbox = member(document, "sandbox", codec(Sandbox).decode)
        if sandbox.name in world.spaces:
            raise SnapshotError(f"{sandbox.name!r} is there already").within("name").within("sandbox")
        space = world.add_sandbox(sandbox)
        space.mint.ordinals = member(document, "ordinals", codec(Table[str, int]).decode)
        space.population = member(document, "population", self._population)
        for name, each in tables.items():
            setattr(space, name, member(document, name, each.decode))

    def _population(self, value: Any) -> Population:
        position = _count(value)
        if position >= len(self._populations):
            raise SnapshotError(f"there are {len(self._populations)} populations, and none at {position}")
        return self._populations[position]


def _seed(value: Any) -> int:
    expected(value, (int,), "a whole number")
    return int(value)


def _count(value: Any) -> int:
    count: int = codec(int).decode(value)
    if count < 0:
        raise SnapshotError(f"a number from 0, not {count}")
    return count
