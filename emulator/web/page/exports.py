"""The data panel: datasets, and the batches that exports left in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.web.page.look import Look


def read(look: Look, query: Mapping[str, str]) -> Mapping[str, Any]:
    """Answer the datasets, the newest first as Catalog lists them."""
    listed = look.get("/data/foundation/catalog/dataSets", {"limit": 100})
    return {"datasets": [{"id": id, **dataset} for id, dataset in listed.items()]}
