"""Answers, held against OpenAPI documents: our own, which has to fit exactly, and Adobe's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from jsonschema_rs import Draft202012, Draft202012Validator, Registry, ValidationError

from emulator.web.openapi.document import document
from tests.services.conftest import Answer

OURS = "urn:ours"
ADOBE = Path(__file__).parents[1] / "cases" / "adobe"

_VARIABLE = re.compile(r"\{\w+\}")


@cache
def _registry(uri: str) -> Registry:
    read: Any = document() if uri == OURS else json.loads((ADOBE / uri.rpartition(":")[2]).read_text(encoding="utf-8"))
    return Registry([(uri, read)], draft=Draft202012)


@cache
def validator(uri: str, *pointer: str) -> Draft202012Validator:
    """Answer the validator of the schema at ``pointer`` in a document."""
    escaped = "/".join(quote(each.replace("~", "~0").replace("/", "~1"), safe="~") for each in pointer)
    return Draft202012Validator({"$ref": f"{uri}#/{escaped}"}, registry=_registry(uri))


def faults(uri: str, pointer: tuple[str, ...], body: Any) -> list[str]:
    """Answer what is wrong with ``body``, each fault with the path to it; nothing when it fits."""
    checker = validator(uri, *pointer)
    return [] if checker.is_valid(body) else [_told(error) for error in checker.iter_errors(body)]


def _told(error: ValidationError) -> str:
    return f"{'/'.join(map(str, error.instance_path))}: {_shortened(error.message)}"


def _shortened(message: str) -> str:
    return message if len(message) < 400 else f"{message[:200]} ... {message[-200:]}"


class Described(NamedTuple):
    """The operation object that a request falls under: its path, its method, and what the document says of it."""

    path: str
    method: str
    operation: Mapping[str, Any]


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    paths = sorted(document()["paths"], key=lambda path: len(_VARIABLE.findall(path)))
    return [(re.compile(_VARIABLE.sub("[^/]+", path.rstrip("/")) + "/?"), path) for path in paths]


def path_of(url: str) -> str | None:
    """Answer the path of the document that ``url`` is of, None where there is none."""
    place = urlsplit(url).path
    if place.startswith("/data/foundation/schemaregistry/tenant/unions/"):
        return "/data/foundation/schemaregistry/tenant/unions/{schemaId}"
    return next((path for pattern, path in _templates() if pattern.fullmatch(place)), None)


def described(method: str, url: str) -> Described | None:
    """Answer what our document says of a request, None where it says nothing."""
    path = path_of(url)
    operation = document()["paths"][path].get(method.lower()) if path is not None else None
    return None if path is None or operation is None else Described(path, method.lower(), operation)


def check_answer(method: str, url: str, answer: Answer) -> None:
    """Fail unless our document describes ``answer``: its status, its headers and its body."""
    found = described(method, url) or (described("GET", url) if method == "HEAD" else None)
    told = f"{method} {url} answered {answer.status_code} {answer.data[:1500]!r}"
    if found is None:
        assert answer.status_code in (404, 405), told
        return
    response = found.operation["responses"].get(str(answer.status_code))
    assert response is not None, f"a status that is not documented: {told}"
    for name, header in response.get("headers", {}).items():
        assert name in answer.headers or not header.get("required"), f"without {name}: {told}"
    if method == "HEAD":
        assert answer.data == b"", told
        return
    contents = response.get("content")
    if contents is None:
        assert (answer.data, answer.content_type) == (b"", None), told
        return
    media_type = answer.content_type or ""
    assert media_type in contents, told
    if "schema" in contents[media_type]:
        pointer = ("paths", found.path, found.method, "responses", str(answer.status_code))
        wrong = faults(OURS, (*pointer, "content", media_type, "schema"), answer.json)
        assert not wrong, f"{wrong[:5]}: {told}"


def check_accepted(method: str, url: str, body: Any) -> None:
    """Fail unless our document allows ``body``, which was accepted."""
    found = described(method, url)
    assert found is not None, f"{method} {url}"
    if "application/json" in found.operation.get("requestBody", {}).get("content", {}):
        pointer = ("paths", found.path, found.method, "requestBody", "content", "application/json", "schema")
        wrong = faults(OURS, pointer, body)
        assert not wrong, f"{method} {url} was accepted, which the document does not allow: {wrong[:3]}: {body!r}"
