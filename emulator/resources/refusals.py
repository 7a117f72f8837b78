"""Refusals: what the domain answers to a request it will not carry out.

A refusal says what was wrong in the domain's terms; ``web.problems`` writes it in the error shape of the service asked.
Codes follow Adobe's where one is public. Those of the form ``EMULATOR-...`` are our own and say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A request that is not carried out; nothing has changed.

    ``status`` is the HTTP status, ``reasons`` the messages (first one the title), ``code`` the service's error code.
    """

    def __init__(self, status: int, *reasons: str, code: str | None = None) -> None:
        super().__init__(reasons[0])
        self.status = status
        self.reasons = reasons
        self.code = code


class UnknownSandbox(Refusal):
    """A call about a sandbox that the organisation does not have, or not yet, or no longer."""

    def __init__(self, name: str) -> None:
        super().__init__(404, f"Sandbox with name '{name}' not found.", code="EMULATOR-404001-404")


_DEFECT = "The emulator itself failed"


def defect(error: BaseException) -> str:
    """Answer what is said of a request or a job that a defect of our own let fail."""
    cause = type(error).__name__
    return f"{_DEFECT} ({cause}), which is a defect of it. Its standard error has the details."


def is_defect(said: str) -> bool:
    """Answer whether this is what ``defect`` says."""
    return said.startswith(_DEFECT)


def not_found(identifier: str, kind: str = "entity") -> Refusal:
    """Answer the refusal for an id that the sandbox does not hold; the text is Adobe's."""
    return Refusal(404, f"The {kind} {identifier} is not found.", code="UPAPI-113000-404")


def invalid(*reasons: str) -> Refusal:
    """Answer the refusal of a request whose content is wrong: 400 with a code of the emulator's own range."""
    return Refusal(400, *reasons, code="EMULATOR-400001-400")


def missing_field(name: str, wanted: str = "java.lang.String") -> Refusal:
    """Answer the refusal for a mandatory field that is absent or of another type; the texts are Adobe's.

    Source: the OpenAPI document of Segmentation Service, POST /audiences.
    """
    expected = f"Did not find value which can be converted into {wanted}"
    return unreadable(f"No usable value for {name}\n{expected}", expected)


def required_text(document: Mapping[str, Any], name: str, within: str = "") -> str:
    """Answer a member that has to be a text, and not an empty one. Raises ``Refusal`` (400) that names it."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise missing_field(f"{within}{name}")
    return value


def unreadable(*reasons: str) -> Refusal:
    """Answer the refusal of a body that is not JSON, or not the JSON that was asked for."""
    return Refusal(
        400,
        "There is a problem extracting the user JSON, field(s) missing or invalid.  Correct and try again.",
        *reasons,
        code="UPLIB-101206-500",
    )
