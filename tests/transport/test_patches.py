"""Libraries are patched when they are imported, and none is imported for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from emulator.transport.patches import Patches

PATCHER = """
def install(replace):
    import made_up
    replace(made_up.Thing, "own", lambda original: lambda self: "replaced " + original(self))
    replace(made_up.Thing, "inherited", lambda original: lambda self: "replaced " + original(self))
"""

LIBRARY = """
class Base:
    def inherited(self):
        return "inherited"

class Thing(Base):
    def own(self):
        return "own"
"""


@pytest.fixture
def patches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patches]:
    (tmp_path / "made_up.py").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / "made_up_patcher.py").write_text(PATCHER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    patches = Patches({"made_up": "made_up_patcher", "no_such_library": "made_up_patcher"})
    yield patches
    patches.restore()
    sys.modules.pop("made_up", None)
    sys.modules.pop("made_up_patcher", None)


def seen(library: ModuleType) -> tuple[str, str]:
    thing: Any = library.Thing()
    return thing.own(), thing.inherited()


PLAIN, REPLACED = ("own", "inherited"), ("replaced own", "replaced inherited")


def test_a_library_in_use_is_patched_at_once(patches: Patches) -> None:
    library = import_module("made_up")
    assert seen(library) == PLAIN
    patches.apply()
    patches.apply()
    assert seen(library) == REPLACED
    patches.restore()
    assert seen(library) == PLAIN
    assert "inherited" not in vars(library.Thing)


def test_a_library_is_patched_when_it_is_imported(patches: Patches) -> None:
    patches.apply()
    assert "made_up" not in sys.modules
    library = import_module("made_up")
    assert seen(library) == REPLACED
    patches.restore()
    assert seen(library) == PLAIN


def test_a_library_imported_after_the_end_is_not_patched(patches: Patches) -> None:
    patches.apply()
    patches.restore()
    assert seen(import_module("made_up")) == PLAIN


def test_a_patched_library_keeps_its_own_loader(patches: Patches) -> None:
    patches.apply()
    library = import_module("made_up")
    assert library.__spec__ is not None
    assert library.__spec__.loader is library.__loader__
    assert type(library.__loader__).__name__ == "SourceFileLoader"


def test_a_library_that_is_missing_is_missing_as_ever(patches: Patches) -> None:
    patches.apply()
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        import_module("no_such_library")


def test_intercepting_imports_no_client_and_patches_those_that_come_later() -> None:
    script = """
import sys
from emulator import Emulator
emulator = Emulator()
with emulator.intercept():
    assert not {"requests", "httpx", "urllib3", "aiohttp"} & set(sys.modules), "imported for nothing"
    import requests
    assert "httpx" not in sys.modules
    assert requests.get("https://platform.adobe.io/data/core/ups/segment/jobs").status_code in (400, 401, 403)
    import httpx
    assert httpx.get("https://platform.adobe.io/data/core/ups/segment/jobs").status_code in (400, 401, 403)
print(len(emulator.requests))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("2\n", "")
