"""Reading JSON bodies, whatever is in them: bounded depth, no NaN, and trailing commas where they are tolerated."""

from __future__ import annotations

import json
import re
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import RequestEntityTooLarge

from emulator.resources.refusals import Refusal, unreadable

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

_STRING_OR_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"the number {text[:40]} is too large")
    return number


_loads = partial(json.loads, parse_constant=_refuse_constant, parse_float=_finite)


def read_body(request: Request, most: int) -> bytes:
    """Take a body off the wire. Raises ``RequestEntityTooLarge`` for one of more than ``most`` bytes."""
    request.max_content_length = most
    raw = request.get_data(cache=False)
    is_full = len(raw) >= most and request.environ.get("wsgi.input_terminated")
    if is_full and request.environ["wsgi.input"].read(1):  # a chunked body was cut without a word
        raise RequestEntityTooLarge
    return raw


def parse_json(raw: bytes, *, tolerant: bool, max_depth: int) -> tuple[Any, bool]:
    """Answer the value and whether a trailing comma had to be forgiven, which ``tolerant`` allows.

    Raises ``Refusal`` (400) saying where the fault is.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable(f"The body is not UTF-8: {error.reason} at byte {error.start}.") from None
    if not text.strip():
        raise unreadable("The body is empty; a JSON body is required.")
    if _is_deeper_than(text, max_depth):
        raise unreadable(f"The body is nested deeper than {max_depth} levels.")
    value, repaired = _read(text, tolerant)
    if _SURROGATE.search(text) and not _is_unicode(value):
        raise unreadable("The body has half a surrogate pair: an escape such as \\ud800 that stands for no character.")
    return value, repaired


def _read(text: str, tolerant: bool) -> tuple[Any, bool]:
    try:
        return _loads(text), False
    except json.JSONDecodeError as error:
        fault = f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
    except ValueError as error:  # a constant, or a number beyond all bounds
        told = str(error) if "int_max_str_digits" not in str(error) else "an integer has more than 4300 digits"
        raise unreadable(f"The body is not JSON: {told}.") from None
    if tolerant:
        repaired = _STRING_OR_TRAILING_COMMA.sub(lambda match: match[1] or "", text)
        if repaired != text:
            try:
                return _loads(repaired), True
            except ValueError:
                pass
    raise unreadable(fault)


def json_or_none(raw: bytes, max_depth: int = 100) -> Any:
    """Answer the JSON of a body, trailing commas forgiven; None where it is none."""
    try:
        return parse_json(raw, tolerant=True, max_depth=max_depth)[0]
    except Refusal:
        return None


def _is_unicode(value: Any) -> bool:
    """Answer whether all texts of a value are made of characters that UTF-8 can carry."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_deeper_than(text: str, max_depth: int) -> bool:
    if text.count("[") + text.count("{") <= max_depth:
        return False
    depth = 0
    for token in _STRING_OR_BRACKET.findall(text):
        if token in "[{":
            depth += 1
            if depth > max_depth:
                return True
        elif token in "]}":
            depth -= 1
    return False
