"""Paths: where they start and what steps they take, and their closures."""

from operator import itemgetter
from typing import Any

from emulator.pql.ast import Field, Node
from emulator.pql.compiler.scope import PROFILE, Eval, Frame, Key, key_of
from emulator.pql.values import field


def steps_of(node: Node) -> tuple[Node, tuple[str, ...]]:
    """What a path starts from, and the steps from there, which may be none."""
    names: list[str] = []
    while isinstance(node, Field):
        names.append(node.name)
        node = node.object
    return node, tuple(reversed(names))


def path_of(node: Node, subject: Key) -> tuple[str, ...] | None:
    """The steps from what ``subject`` names to a part, which may be none; None if it is no path, or not from there."""
    head, names = steps_of(node)
    is_of_events = subject == PROFILE and names[:1] == ("xEvent",)
    return names if key_of(head) == subject and not is_of_events else None


def constant(value: Any) -> Eval:
    """The closure that always answers one value."""
    return lambda frame: value


def path(slot: int | None, names: tuple[str, ...]) -> Eval:
    """Steps from a slot of the frame, or from the frame itself if ``slot`` is None."""
    if not names:
        return itemgetter(slot) if slot is not None else lambda frame: frame
    is_plain = not any(name.startswith("xdm:") for name in names)
    if slot is None and len(names) == 1 and is_plain:
        name = names[0]
        return lambda value: value.get(name) if value.__class__ is dict else field(value, name)

    def steps(frame: Frame) -> Any:
        value = frame if slot is None else frame[slot]
        for name in names:
            if is_plain and value.__class__ is dict:
                value = value.get(name)
            elif value is None:
                return None
            else:
                value = field(value, name)
        return value

    return steps
