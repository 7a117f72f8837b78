"""Fault rules: match, when, effect. Frozen, read from JSON and written back as they came.

The form is product surface: ``{"operation": "createSegmentJob", "nth": 2, "respond": 429}``. Its JSON Schema is
``schemas/rule.json``; Python keywords are the same words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from msgspec import Struct

from emulator.schema_faults import meant, pointer_of, schema_text, told, validator
from emulator.simulation.instants import parse_instant

#: The members that say what a fault does to a request, and what to a job.
REQUEST_EFFECTS = ("respond", "delay", "drop", "drop_after_work", "truncate", "malformed", "stall", "slow_body")
JOB_EFFECTS = ("fail_at", "stuck_in", "slower", "refuse_cancel", "only_segments", "missed")

_REQUEST_MATCHES = ("operation", "method", "path", "header", "body")


class FaultError(ValueError):
    """A rule that says nothing that can be done; ``pointer`` is where in the rule (RFC 6901)."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class Subject(Struct, frozen=True):
    """What a rule is held against: a request, or a job that is being planned (then ``job`` names its kind)."""

    org: str
    sandbox: str | None
    job: str | None = None
    operation: str | None = None
    method: str = ""
    path: str = ""
    headers: Mapping[str, str] = {}
    body: Callable[[], Any] = lambda: None

    def header(self, name: str) -> str:
        """Answer the value of a header, whatever its case; empty where there is none."""
        return next((value for each, value in self.headers.items() if each.lower() == name.lower()), "")


class FaultRule(Struct, frozen=True):
    """One rule, as it was written."""

    id: str
    document: Mapping[str, Any]

    def concerns(self, subject: Subject) -> bool:
        """Answer whether the rule is about ``subject``; whether it fires is another matter."""
        wanted = self.document
        return (
            wanted.get("job") == subject.job
            and wanted.get("org", subject.org) == subject.org
            and wanted.get("sandbox", subject.sandbox) == subject.sandbox
            and wanted.get("operation", subject.operation) == subject.operation
            and wanted.get("method", subject.method).upper() == subject.method
            and fnmatchcase(subject.path, wanted.get("path", "*"))
            and all(fnmatchcase(subject.header(name), like) for name, like in wanted.get("header", {}).items())
            and all(_at(subject.body(), at) == value for at, value in wanted.get("body", {}).items())
        )

    def fires(self, ordinal: int, now: int, chance: float) -> bool:
        """Answer whether the rule fires at its ``ordinal``-th match (from 1), at ``now`` (epoch ms).

        ``chance`` is the keyed draw of this match, in [0, 1). All conditions have to hold.
        """
        when = self.document
        if "between" in when and not parse_instant(when["between"][0]) <= now < parse_instant(when["between"][1]):
            return False
        return bool(
            when.get("nth", ordinal) == ordinal
            and ordinal <= when.get("first", ordinal)
            and ordinal % when.get("every", 1) == 0
            and ordinal > when.get("after", 0)
            and chance < when.get("probability", 1)
        )


def rule_of(document: Mapping[str, Any], id: str) -> FaultRule:
    """Read a rule; ``id`` is its id unless it brings one. Raises ``FaultError`` that says what would be right."""
    for name in document:
        if name not in _properties():
            raise FaultError(f"no member `{name}` in a fault rule; {meant(str(name), _properties())}", f"/{name}")
    if isinstance(operation := document.get("operation"), str):
        refuse_unknown_operation(operation)
    for error in validator("emulator.faults", "rule").iter_errors(dict(document)):
        pointer = pointer_of(error)
        raise FaultError(f"{pointer or 'the rule'}: {told(error)}", pointer)
    for index, instant in enumerate(document.get("between", ())):
        try:
            parse_instant(instant)
        except ValueError as error:
            raise FaultError(str(error), f"/between/{index}") from None
    about_jobs = "job" in document
    wrong = [each for each in (REQUEST_EFFECTS + _REQUEST_MATCHES if about_jobs else JOB_EFFECTS) if each in document]
    if wrong:
        kind = "jobs" if about_jobs else "requests"
        other = "requests" if about_jobs else "jobs, which name `job`"
        raise FaultError(f"`{wrong[0]}` belongs to rules about {other}; this one is about {kind}", f"/{wrong[0]}")
    effects = JOB_EFFECTS if about_jobs else REQUEST_EFFECTS
    if not any(effect in document for effect in effects):
        raise FaultError(f"the rule has no effect; name one of {', '.join(effects)}")
    return FaultRule(str(document.get("id", id)), dict(document))


def refuse_unknown_operation(operation: str) -> None:
    """Raise ``FaultError`` that names the nearest one, unless there is an operation of that operationId."""
    if operation in _operations():
        return
    folded = {each.lower(): each for each in _operations()}
    close = get_close_matches(operation.lower(), folded, n=1)
    hint = (
        f"did you mean `{folded[close[0]]}`?" if close else "they go by Adobe's operationId, such as createSegmentJob"
    )
    raise FaultError(f"no operation `{operation[:80]}`; {hint}", "/operation")


@cache
def _properties() -> Mapping[str, Any]:
    properties: Mapping[str, Any] = json.loads(schema_text("emulator.faults", "rule"))["properties"]
    return properties


@cache
def _operations() -> frozenset[str]:
    return frozenset(_properties()["operation"]["enum"])


def _at(document: Any, pointer: str) -> Any:
    """Answer the value at a JSON pointer, or a value that equals nothing."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping) and name in document:
            document = document[name]
        elif isinstance(document, list) and name.isdecimal() and len(name) < 10 and int(name) < len(document):
            document = document[int(name)]
        else:
            return _NOWHERE
    return document


_NOWHERE = object()
