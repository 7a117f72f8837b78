"""Parts of a tree: the path a part is, and another part in its place."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from emulator.pql.ast import Apply, Field, Node, Variable, bound_names, walk
from emulator.pql.compiler.scope import PROFILE, Key, key_of


def path_of(node: Node, subject: Key) -> tuple[str, ...] | None:
    """The steps from what ``subject`` names to a part, which may be none; None if it is no path, or not from there."""
    names: list[str] = []
    while isinstance(node, Field):
        names.append(node.name)
        node = node.object
    if key_of(node) != subject or (subject == PROFILE and names[-1:] == ["xEvent"]):
        return None
    return tuple(reversed(names))


def connected(node: Node, function: str) -> Iterator[Node]:
    """The parts that an ``and`` or ``or`` connects, and those that such parts connect."""
    if isinstance(node, Apply) and node.function == function:
        for param in node.params:
            yield from connected(param, function)
    else:
        yield node


def are_counted(name: str, tree: Node) -> bool:
    """Whether a tree asks nothing of what a variable names but how many elements it has."""
    asked = sum(isinstance(node, Variable) and node.name == name for node in walk(tree))
    return asked == sum(node == Apply("count", (Variable(name),)) for node in walk(tree))


def fresh_name(tree: Node) -> str:
    """A name that a tree neither binds nor asks for."""
    names = bound_names(tree) | {node.name for node in walk(tree) if isinstance(node, Variable)}
    return "_" * (1 + max(map(len, names), default=0))


def replaced(part: Any, others: Mapping[int, Node]) -> Any:
    """A tree, or a part of one, with other nodes at some places, told by the ids of the nodes there."""
    if id(part) in others:
        return others[id(part)]
    if isinstance(part, tuple):
        return tuple(replaced(each, others) for each in part)
    if is_dataclass(part) and not isinstance(part, type):
        parts = {each.name: replaced(getattr(part, each.name), others) for each in fields(part)}
        return replace(part, **parts)
    return part
