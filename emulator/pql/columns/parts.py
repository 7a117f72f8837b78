"""Parts of a tree, and other parts in their places."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from emulator.pql.ast import Apply, Node, Variable, bound_names, walk


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
