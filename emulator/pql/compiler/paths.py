"""Closures for paths: a slot or the frame itself, then steps. The commonest has a closure of its own."""

from operator import itemgetter
from typing import Any

from emulator.pql.compiler.scope import Eval, Frame
from emulator.pql.values import field


def constant(value: Any) -> Eval:
    """The closure that always answers one value."""
    return lambda frame: value


def itself(frame: Frame) -> Any:
    """The closure of the name whose value is the frame."""
    return frame


def path(slot: int | None, names: tuple[str, ...]) -> Eval:
    """Steps from a slot of the frame, or from the frame itself if ``slot`` is None."""
    if not names:
        return itself if slot is None else itemgetter(slot)
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
