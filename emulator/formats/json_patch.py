"""JSON Patch (RFC 6902), with the operations and paths that a resource allows."""

from collections.abc import Collection, Mapping, Sequence
from types import NoneType
from typing import Any

RFC_6902_OPS = frozenset({"add", "remove", "replace", "move", "copy", "test"})
_WITH_VALUE = frozenset({"add", "replace", "test"})
_WITH_FROM = frozenset({"move", "copy"})

#: What a JSON value is called, by its type.
_KINDS: Mapping[type, str] = {
    NoneType: "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    dict: "an object",
    list: "a list",
}


class PatchError(ValueError):
    """A JSON Patch that cannot be applied; nothing has changed.

    ``message`` says what is wrong and what would be right, ``index`` counts operations from 0 (None when the patch is
    not a list), and ``pointer`` is the operation's path (None when it has none).
    """

    def __init__(self, message: str, index: int | None = None, pointer: str | None = None) -> None:
        super().__init__(message, index, pointer)
        self.message = message
        self.index = index
        self.pointer = pointer

    def __str__(self) -> str:
        if self.index is None:
            return self.message
        where = f"operation {self.index}" if self.pointer is None else f"operation {self.index}, {_shown(self.pointer)}"
        return f"{where}: {self.message}"


def apply(
    document: Mapping[str, Any], patch: object, *, ops: Collection[str] | None, paths: Collection[str] | None
) -> dict[str, Any]:
    """Answer ``document`` with the operations of ``patch`` applied in order: all of them, or none.

    ``ops`` and ``paths`` are the operations and the exact JSON Pointers that are allowed, None when all are. The answer
    shares nothing that could change with ``document`` or ``patch``.

    Raises :class:`PatchError` when the patch is not one, is not allowed, or does not fit the document.
    """
    if not isinstance(patch, list):
        raise PatchError(f"a JSON Patch is a list of operations, not {_kind(patch)}")
    for index, operation in enumerate(patch):
        _check(index, operation, RFC_6902_OPS if ops is None else ops, paths)
    try:
        patched: dict[str, Any] = _copied(document)
    except RecursionError:
        raise PatchError("the document is nested too deeply") from None
    for index, operation in enumerate(patch):
        patched = _applied(patched, index, operation)
    return patched


def _check(index: int, operation: object, ops: Collection[str], paths: Collection[str] | None) -> None:
    if not isinstance(operation, Mapping):
        raise PatchError(f"an operation is an object with op, path and value, not {_kind(operation)}", index)
    path = operation.get("path")
    pointer = path if isinstance(path, str) else None
    op = operation.get("op")
    if not isinstance(op, str) or op not in ops:
        given = "is missing" if "op" not in operation else f"cannot be {_shown(op)}"
        raise PatchError(f"op {given}: use {_either(ops)}", index, pointer)
    for member in ("path", "from") if op in _WITH_FROM else ("path",):
        location = operation.get(member)
        if not isinstance(location, str):
            given = f"is {_kind(location)}" if member in operation else "is missing"
            raise PatchError(f"{member} {given}: {op} needs a JSON Pointer, such as /name", index, pointer)
        if paths is not None and location not in paths:
            raise PatchError(f"{member} cannot be {_shown(location)}: use {_either(paths)}", index, pointer)
    if op in _WITH_VALUE and "value" not in operation:
        raise PatchError(f"value is missing: {op} needs one, and null is one", index, pointer)


def _applied(document: dict[str, Any], index: int, operation: Mapping[str, Any]) -> dict[str, Any]:
    from jsonpatch import JsonPatch, JsonPatchException, JsonPatchTestFailed
    from jsonpointer import JsonPointerException

    op, pointer = operation["op"], operation["path"]
    try:
        patched = JsonPatch([_copied(operation)]).apply(document, in_place=True)
    except JsonPatchTestFailed as error:
        raise PatchError(f"the test failed: {_shortened(str(error))}", index, pointer) from error
    except (JsonPatchException, JsonPointerException, TypeError, ValueError) as error:
        # jsonpatch 1.33 lets a TypeError through for a move from "/list/-", and a ValueError for an index too long.
        raise PatchError(f"{op} does not fit the document: {_shortened(str(error))}", index, pointer) from error
    except RecursionError:
        raise PatchError("the value is nested too deeply", index, pointer) from None
    if not isinstance(patched, dict):
        raise PatchError(f"the whole document must stay an object, not become {_kind(patched)}", index, pointer)
    return patched


def _copied(value: Any) -> Any:
    """A JSON value of its own: unlike deepcopy's, no part of it is the same object as another part."""
    if isinstance(value, Mapping):
        return {name: _copied(member) for name, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_copied(element) for element in value]
    return value


def _kind(value: object) -> str:
    return _KINDS.get(type(value), f"a Python {type(value).__name__}")


def _either(choices: Collection[str]) -> str:
    *others, last = sorted(choices) or ["none"]
    return f"{', '.join(others)} or {last}" if others else last


def _shown(value: object) -> str:
    return _shortened(repr(value)) if isinstance(value, str) else _kind(value)


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"
