"""The JSON Schemas of the package, and what they find wrong: in our own words, with what would be right."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}

#: Of so many values the first ones are told.
_SHOWN = 12


def schema_text(package: str, name: str) -> str:
    """Answer the text of a published JSON Schema of a package, such as ``emulator.faults``."""
    return files(package).joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")


@cache
def validator(package: str, name: str) -> Draft202012Validator:
    """Answer the validator of a published JSON Schema."""
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(schema_text(package, name))


def pointer_to(parts: Iterable[object]) -> str:
    """Answer the JSON pointer (RFC 6901) of what names and positions lead to."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def pointer_of(error: ValidationError) -> str:
    """Answer where the fault is (RFC 6901)."""
    return pointer_to(error.instance_path)


def told(error: ValidationError) -> str:
    """Answer what is wrong in one sentence."""
    tell = _WORDS.get(error.kind.name)
    return error.message[:300] if tell is None else tell(error.kind.value, error.instance)


def meant(name: str, known: Collection[str]) -> str:
    """Answer which of the known names was probably meant by one that is unknown, or else which there are."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"there are {', '.join(known)}"


def _wanted(value: Any, instance: Any) -> str:
    types = [value] if isinstance(value, str) else value
    return f"this is {_listed([_TYPES[each] for each in types])}, not {_shown(instance)}"


def _any_of(branches: list[list[ValidationError]], _: Any) -> str:
    """Tell of the branch that came nearest: one that is not about another type; else what the types are."""
    near = [branch for branch in branches if all(each.kind.name not in ("type", "const", "enum") for each in branch)]
    if near:
        return told(near[0][0])
    return "; or ".join(dict.fromkeys(told(branch[0]) for branch in branches))


def _not_of_form(pattern: str, instance: Any) -> str:
    if "@start" in pattern:
        return f"an instant is RFC 3339 or counted from the start, @start-P3D or @start+PT2H, not {_shown(instance)}"
    return f"{_shown(instance)} is not of the form {pattern}"


_WORDS: Mapping[str, Callable[[Any, Any], str]] = {
    "type": _wanted,
    "anyOf": _any_of,
    "enum": lambda value, instance: (
        f"this is one of {_listed([_shown(each) for each in value])}, not {_shown(instance)}"
    ),
    "const": lambda value, instance: f"this is {_shown(value)}, not {_shown(instance)}",
    "required": lambda value, _: f"`{value}` is missing",
    "additionalProperties": lambda value, _: f"no member {_listed([f'`{each}`' for each in value])} here",
    "minimum": lambda value, instance: f"at least {value}, not {_shown(instance)}",
    "maximum": lambda value, instance: f"at most {value}, not {_shown(instance)}",
    "exclusiveMinimum": lambda value, instance: f"more than {value}, not {_shown(instance)}",
    "minLength": lambda value, instance: f"a text of {value} characters or more, not {_shown(instance)}",
    "maxLength": lambda value, instance: f"a text of {value} characters at most, not {_shown(instance)}",
    "minItems": lambda value, instance: f"{value} elements or more, not {len(instance)}",
    "maxItems": lambda value, instance: f"{value} elements at most, not {len(instance)}",
    "minProperties": lambda value, instance: f"{value} members or more, not {len(instance)}",
    "pattern": _not_of_form,
}


def _listed(words: list[str]) -> str:
    shown = words[:_SHOWN] + ["..."] * (len(words) > _SHOWN)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:80]}..."
