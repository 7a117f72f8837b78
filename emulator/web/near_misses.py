"""Near misses: what a request that was answered 404 or 400 probably meant.

Worked out when somebody asks, from the journal's record and from what the organisation holds by then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from emulator.resources.identities import Identity, registered_code
from emulator.web.gateway import DEFAULT_SANDBOX
from emulator.web.json_body import json_or_none
from emulator.web.operations import OPERATIONS, Operation
from emulator.web.resemblance import id_like, name_like, operation_like

if TYPE_CHECKING:
    from emulator.journal import Exchange
    from emulator.resources.space import Space
    from emulator.universes import Universes
    from emulator.world import World

_SEGMENT, _AUDIENCE = "segment definition", "audience"

#: What a sandbox holds, by the words for it: the ids under which a client finds it.
_IDS: Mapping[str, Callable[[Space], Iterator[str]]] = {
    _SEGMENT: lambda space: space.definitions.keys(),
    _AUDIENCE: lambda space: chain(space.audiences.keys(), space.definitions.keys()),
    "segment job": lambda space: space.segment_jobs.keys(),
    "export job": lambda space: map(str, space.export_jobs.keys()),
    "schedule": lambda space: space.schedules.keys(),
    "preview": lambda space: space.previews.keys(),
    "merge policy": lambda space: (policy.id for policy in space.merge_policies),
    "dataset": lambda space: space.datasets.keys(),
    "batch": lambda space: space.batches.keys(),
    "file": lambda space: space.files.keys(),
    "query": lambda space: space.queries.keys(),
}

#: What the variables of paths name.
_BY_VARIABLE = {
    "SEGMENT_ID": _SEGMENT,
    "AUDIENCE_ID": _AUDIENCE,
    "SEGMENT_JOB_ID": "segment job",
    "EXPORT_JOB_ID": "export job",
    "SCHEDULE_ID": "schedule",
    "PREVIEW_ID": "preview",
    "ESTIMATE_ID": "preview",
    "mergePolicyId": "merge policy",
    "DATASET_ID": "dataset",
    "id": "dataset",
    "BATCH_ID": "batch",
    "batchId": "batch",
    "dataSetFileId": "file",
    "queryId": "query",
}

#: What members of bodies and parameters of query strings name.
_BY_MEMBER = {
    "segmentId": _AUDIENCE,
    "segments": _SEGMENT,
    "mergePolicyId": "merge policy",
    "mergePolicy": "merge policy",
    "datasetId": "dataset",
    "dataSetId": "dataset",
}

#: What a client sends where it has no id.
_NO_ID = re.compile(r"none|null|undefined|nan|\[object object\]|.*[{}<>$].*", re.IGNORECASE)

_UNUSABLE = re.compile(r"No usable value for (\w+)")


def near_miss(emulator: Universes, exchange: Exchange) -> str | None:
    """Answer what a request with status 404 or 400 probably meant; None for others, and where nothing comes near."""
    if exchange.status not in (400, 404):
        return None
    rows = (each for each in OPERATIONS if each.id == exchange.operation and each.method == exchange.method)
    operation = next(rows, None)
    if operation is None:
        like = operation_like(exchange.method, exchange.path)
        return None if like is None else f"no operation at {exchange.path}; did you mean {like.method} {like.path}?"
    worlds = emulator.worlds()
    world = next((each for each in worlds if each.org == (exchange.org or "")), worlds[0])
    with world.lock:
        held = world.fork()  # no lock is held while other organisations are looked at
    held.journal = world.journal
    return "; ".join(dict.fromkeys(_findings(worlds, held, operation, exchange))) or None


def _arguments(operation: Operation, exchange: Exchange) -> dict[str, str]:
    """Answer the variables of a path."""
    pairs = zip(operation.path.split("/"), exchange.path.split("/"), strict=False)
    return {name.strip("{}"): value for name, value in pairs if name.startswith("{")}


def _findings(worlds: list[World], world: World, operation: Operation, exchange: Exchange) -> Iterator[str]:
    missing = list(_missing_headers(world, operation, exchange))
    if missing:
        yield from missing
        return
    arguments = _arguments(operation, exchange)
    if "sandboxName" in arguments and arguments["sandboxName"] not in world.spaces:
        yield _about_sandbox(world, arguments["sandboxName"])
    if not operation.needs_sandbox:
        return
    sandbox = exchange.sandbox or DEFAULT_SANDBOX
    if sandbox not in world.spaces:
        yield _about_sandbox(world, sandbox)
        return
    parameters = dict(parse_qsl(exchange.query))
    body = json_or_none(exchange.request.body.encode())
    references = _references(operation, arguments, parameters, body)
    unknown = [told for kind, id in references if (told := _about(worlds, world, sandbox, kind, id))]
    yield from unknown
    if not unknown and exchange.status == 404 and operation.path.endswith("/access/entities"):
        person = _about_person(world, sandbox, parameters)
        if person:
            yield person
    yield from _misspelt_members(exchange, body)


def _missing_headers(world: World, operation: Operation, exchange: Exchange) -> Iterator[str]:
    if exchange.status != 400 or not operation.is_guarded:
        return
    sent = {name.lower() for name in exchange.request.headers}
    required = ["x-gw-ims-org-id"]
    if operation.needs_sandbox and world.settings.sandbox_header == "required":
        required.append("x-sandbox-name")
    for name in required:
        if name not in sent:
            like = name_like(name, sent)
            yield f"no header {name}" + (f"; the request has {like}" if like else "")


def _about_sandbox(world: World, name: str) -> str:
    like = name_like(name, world.spaces)
    there = f"did you mean `{like}`?" if like else f"there is {_listed(sorted(world.spaces))}"
    return f"no sandbox `{name}`; {there}"


# -- ids


def _references(
    operation: Operation, arguments: Mapping[str, str], parameters: Mapping[str, str], body: Any
) -> Iterator[tuple[str, str]]:
    """Answer the kind and id of everything that a request names."""
    for name, value in arguments.items():
        if name in _BY_VARIABLE:
            yield _BY_VARIABLE[name], value
    named: list[tuple[str, Any]] = [*parameters.items(), *members(body)]
    for name, value in named:
        kind = _BY_MEMBER.get(name)
        if kind is None:
            continue
        if kind == _AUDIENCE and operation.id == "createSegmentJob":
            kind = _SEGMENT
        ids = value.get("id") if isinstance(value, Mapping) else value
        for each in ids if isinstance(ids, list) else [ids]:
            if isinstance(each, str) and each != "*":
                yield kind, each


def members(body: Any) -> Iterator[tuple[str, Any]]:
    """Answer every member of a document, at any depth."""
    if isinstance(body, Mapping):
        for name, value in body.items():
            yield name, value
            yield from members(value)
    elif isinstance(body, list):
        for each in body:
            yield from members(each)


def _about(worlds: list[World], world: World, sandbox: str, kind: str, id: str) -> str | None:
    ids = _IDS[kind]
    known = list(dict.fromkeys(ids(world.spaces[sandbox])))
    if id in known:
        return None
    miss = f"no {kind} `{id}` in sandbox `{sandbox}`"
    if _NO_ID.fullmatch(id):
        return f"{miss}: that is no id; the client had no value to put there"
    if there := [name for name, space in world.spaces.items() if id in ids(space)]:
        return f"{miss}; sandbox `{there[0]}` has it"
    if other := next((each for each in _IDS if id in _IDS[each](world.spaces[sandbox])), None):
        return f"{miss}; it is the id of {'an' if other[0] in 'ae' else 'a'} {other}"
    if gone := _deleted(world, id):
        return f"{miss}; {gone}"
    if like := id_like(id, known):
        return f"{miss}; did you mean `{like[0]}`, {like[1]}?"
    others = (each.org for each in worlds if each.org not in ("", world.org) and _holds(each, ids, id))
    if owner := next(others, None):
        return f"{miss}; organisation `{owner}` has it"
    return f"{miss}, which has {_listed(known) if len(known) <= 3 else f'{len(known)} others'}"


def _holds(world: World, ids: Callable[[Space], Iterator[str]], id: str) -> bool:
    with world.lock:
        return any(id in ids(space) for space in world.spaces.values())


def _deleted(world: World, id: str) -> str | None:
    for each in world.journal:
        if each.method == "DELETE" and each.status < 300 and each.path.rstrip("/").endswith(f"/{id}"):
            return f"request {each.ordinal} deleted it"
    return None


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


# -- people


def _about_person(world: World, sandbox: str, parameters: Mapping[str, str]) -> str | None:
    id = parameters.get("relatedEntityId") or parameters.get("entityId")
    if not id:
        return None
    code = parameters.get("relatedEntityIdNS") or parameters.get("entityIdNS")
    known = world.spaces[sandbox].population.graph
    miss = f"no profile with {code or 'XID'} `{id}` in sandbox `{sandbox}`"
    if code is not None:
        sought = Identity(registered_code(code), id)
        if sought in known:
            policy = parameters.get("mergePolicyId", "the default one")
            return f"{miss} under merge policy {policy}, which does not stitch; the identity is known under another"
        there = [name for name, space in world.spaces.items() if sought in space.population.graph]
        if there:
            return f"{miss}; sandbox `{there[0]}` has it"
    namesakes = [identity.namespace for identity in known if identity.id == id]
    if namesakes:
        hint = "name it in entityIdNS" if code is None else "that is its namespace"
        return f"{miss}; there is {namesakes[0]} `{id}`: {hint}"
    like = id_like(id, (each.id for each in known if code is None or each.namespace == registered_code(code)))
    return f"{miss}; did you mean `{like[0]}`, {like[1]}?" if like else miss


# -- members


def _misspelt_members(exchange: Exchange, body: Any) -> Iterator[str]:
    names = {name for name, _ in members(body)}
    for wanted in _UNUSABLE.findall(exchange.response.body):
        like = name_like(wanted, names - {wanted})
        if like:
            yield f"the body has `{like}`; the member is `{wanted}`"
