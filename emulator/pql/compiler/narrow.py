"""The commonest condition on the elements of a list, ``xEvent[eventType = "..."]``, tested in one stroke.

A list is narrowed to the elements whose field has a text before any closure is called for them. This exists for speed
alone: whatever is not as expected is left to the functions that carry the meaning.
"""

from collections.abc import Callable, Sequence
from typing import Any

from emulator.pql.ast import Apply, Field, Literal, Node, Variable
from emulator.pql.values import equal, field

Pick = Callable[[Sequence[Any]], list[Any]]
"""Answers those elements of a list that pass."""


def narrowed(element: str, condition: Node) -> tuple[Pick, Node | None] | None:
    """What picks the elements that pass the first part of a condition, and the part that is left, None for nothing.

    None if the condition does not begin with ``element.field = "text"``.
    """
    match condition:
        case Apply(function="and", params=(first, *others)):
            found = narrowed(element, first)
            if found is None:
                return None
            pick, rest = found
            parts = [*([] if rest is None else [rest]), *others]
            return pick, parts[0] if len(parts) == 1 else Apply("and", tuple(parts), condition.at)
        case Apply(function="=", params=(Field(object=Variable(name=name), name=member), Literal(value=str() as text))):
            return None if name != element or member.startswith("xdm:") else (_having(member, text), None)
    return None


def _having(name: str, text: str) -> Pick:
    def pick(values: Sequence[Any]) -> list[Any]:
        return [
            value
            for value in values
            if (found := value.get(name) if value.__class__ is dict else field(value, name)) == text
            or (found.__class__ is not str and found is not None and equal(found, text))
        ]

    return pick
