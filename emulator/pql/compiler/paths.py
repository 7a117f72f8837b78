"""Closures for paths: a slot or the frame itself, then steps. The commonest shapes have a closure of their own."""

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
    if any(name.startswith("xdm:") for name in names):
        return _general(slot, names)
    match names:
        case ():
            return itself if slot is None else itemgetter(slot)
        case (name,):
            return _one(slot, name)
        case (first, second):
            return _two(slot, first, second)
        case _:
            return _many(slot, names)


def _one(slot: int | None, name: str) -> Eval:
    if slot is None:
        return lambda value: value.get(name) if value.__class__ is dict else field(value, name)

    def step(frame: Frame) -> Any:
        value = frame[slot]
        return value.get(name) if value.__class__ is dict else field(value, name)

    return step


def _two(slot: int | None, first: str, second: str) -> Eval:
    def steps(frame: Frame) -> Any:
        value = frame if slot is None else frame[slot]
        value = value.get(first) if value.__class__ is dict else field(value, first)
        return value.get(second) if value.__class__ is dict else field(value, second)

    return steps


def _many(slot: int | None, names: tuple[str, ...]) -> Eval:
    def steps(frame: Frame) -> Any:
        value = frame if slot is None else frame[slot]
        for name in names:
            if value.__class__ is dict:
                value = value.get(name)
            elif value is None:
                return None
            else:
                value = field(value, name)
        return value

    return steps


def _general(slot: int | None, names: tuple[str, ...]) -> Eval:
    def steps(frame: Frame) -> Any:
        value = frame if slot is None else frame[slot]
        for name in names:
            value = field(value, name)
        return value

    return steps
