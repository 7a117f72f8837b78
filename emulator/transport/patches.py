"""Replacing attributes of client libraries and putting them back, in libraries that are imported now or later.

No library is imported for it: those in use already are patched at once, the others when somebody imports them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import RLock
from types import ModuleType
from typing import Any

_ABSENT = object()

#: Makes a replacement of the attribute that it is given.
Replacing = Callable[[Any], Any]


class Patches(MetaPathFinder):
    """The attributes of some libraries, replaced between ``apply`` and ``restore``.

    ``patchers`` names, for each library, the module of ours that patches it: its ``install(replace)`` is called once
    the library is there.
    """

    def __init__(self, patchers: dict[str, str]) -> None:
        self._patchers = patchers
        self._lock = RLock()
        self._patched: set[str] = set()
        self._replaced: list[tuple[Any, str, object, object]] = []

    def apply(self) -> None:
        """Replace what is imported and not replaced yet, and wait for the rest."""
        with self._lock:
            if self not in sys.meta_path:
                sys.meta_path.insert(0, self)
        for library in self._patchers:
            if library in sys.modules:
                # outside the lock: waits for a thread that is in the middle of importing it
                import_module(library)
                self._patch(library)

    def restore(self) -> None:
        """Put everything back; what somebody else has replaced since stays theirs, and passes through ours."""
        with self._lock:
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            while self._replaced:
                owner, name, original, replacement = self._replaced.pop()
                if vars(owner).get(name) is not replacement:
                    continue
                if original is _ABSENT:
                    delattr(owner, name)
                else:
                    setattr(owner, name, original)
            self._patched.clear()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find as the other finders do; what is found is patched after its import."""
        if fullname not in self._patchers:
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)) is not None:
                if spec.loader is not None:
                    spec.loader = _PatchingLoader(spec.loader, self._patch)
                return spec
        return None

    def _patch(self, library: str) -> None:
        with self._lock:
            if self in sys.meta_path and library not in self._patched:
                self._patched.add(library)
                import_module(self._patchers[library]).install(self._replace)

    def _replace(self, owner: Any, name: str, replacing: Replacing) -> None:
        original = vars(owner).get(name, _ABSENT)
        replacement = replacing(getattr(owner, name))
        setattr(owner, name, replacement)
        self._replaced.append((owner, name, original, replacement))


class _PatchingLoader(Loader):
    """Loads as the library's own loader does, leaves that one in its place, and patches."""

    def __init__(self, own: Loader, patch: Callable[[str], None]) -> None:
        self._own = own
        self._patch = patch

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._own
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        self._own.exec_module(module)
        self._patch(module.__name__)
