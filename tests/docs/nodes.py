"""Tests named in data, as pytest names them: ``tests/services/test_x.py::test_y``."""

from __future__ import annotations

import re

from tests.docs.rooms import ROOT


def exists(node: str) -> bool:
    """Answer whether there is a test of that name."""
    file, _, name = node.partition("::")
    path = ROOT / file
    return path.is_file() and re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE) is not None
