"""The states of an audience: which there are, which may follow which, and how clients write them.

Source: the OpenAPI document of Segmentation Service for states and texts, Adobe's guide to audiences for the moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.resources.dependencies import dependents
from emulator.resources.refusals import Refusal, missing_field
from emulator.resources.space import Space
from emulator.simulation.timeline import Lifecycle

DRAFT, PUBLISHED, INACTIVE, ARCHIVED = "draft", "published", "inactive", "archived"

#: An audience may begin in any state but archived, which is deleted: nothing is kept of it.
LIFECYCLE = Lifecycle(
    kind="audience",
    initial=DRAFT,
    moves={
        DRAFT: frozenset((PUBLISHED, ARCHIVED)),
        PUBLISHED: frozenset((INACTIVE, ARCHIVED)),
        INACTIVE: frozenset((PUBLISHED, ARCHIVED)),
        ARCHIVED: frozenset(),
    },
)

#: The member's name, and the two other names that Adobe's documents have for it.
MEMBER = "lifecycleState"
_MEMBERS = (MEMBER, "lifecycle", "lifecycleStatus")
_POINTERS = tuple(f"/{member}" for member in _MEMBERS)
_SPELLINGS = {"active": PUBLISHED, "deleted": ARCHIVED}


def refused(reason: str) -> Refusal:
    """Answer the refusal of an audience that would not be valid."""
    return Refusal(400, f"There is a problem in audience validation. {reason}", code="UPAPI-113434-400")


def state_in(sent: Mapping[str, Any]) -> str | None:
    """Answer the state that what a client sent asks for, None when it asks for none. Raises ``Refusal`` (400)."""
    for member in _MEMBERS:
        if member in sent:
            word = sent[member]
            if not isinstance(word, str):
                raise missing_field(member)
            state = _SPELLINGS.get(word.lower(), word.lower())
            if state not in LIFECYCLE.moves:
                raise refused(f"{member} is {DRAFT}, {PUBLISHED} or {INACTIVE}, not {word!r}.")
            return state
    return None


def kept_state_in(sent: Mapping[str, Any]) -> str | None:
    """Answer ``state_in`` unless it is archived: an audience is deleted by DELETE only. Raises ``Refusal`` (400)."""
    state = state_in(sent)
    if state == ARCHIVED:
        raise refused("Cannot set lifecycleState as deleted")
    return state


def usual_pointer(operation: object) -> object:
    """Answer an operation of a JSON Patch on the state as one on ``/lifecycleState``; any other as it is."""
    if isinstance(operation, Mapping) and operation.get("path") in _POINTERS:
        return {**operation, "path": f"/{MEMBER}"}
    return operation


def check_move(space: Space, audience_id: str, state: str, to: str) -> None:
    """Raise ``Refusal`` (400) when ``to`` may not follow ``state``, or when others depend on what is published."""
    if to == state:
        return
    if not LIFECYCLE.may_move(state, to):
        raise refused(f"{MEMBER} cannot go from {state} to {to}.")
    if state == PUBLISHED and (found := dependents(space, audience_id)):
        raise refused(f"{MEMBER} stays {PUBLISHED} while audiences depend on it: {', '.join(found)}")
