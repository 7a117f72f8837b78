"""What the tests of audiences share: bodies of both kinds, their wire form, and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.resources import audiences
from emulator.resources.audiences import Audience
from emulator.resources.dependencies import dependencies
from emulator.resources.refusals import Refusal
from emulator.resources.space import Space

DATASET = "6254cf3c97f8e31b639fb14d"


def platform(name: str = "In the US", query: str = 'workAddress.country = "US"', **members: Any) -> dict[str, Any]:
    return {"name": name, "expression": {"type": "PQL", "format": "pql/text", "value": query}, **members}


def external(audience_id: str = "test-external-audience-id", **members: Any) -> dict[str, Any]:
    body = {"audienceId": audience_id, "name": "externalSegment1", "namespace": "aam", "type": "ExternalSegment"}
    return {**body, **members}


def wire(space: Space, audience: Audience) -> dict[str, Any]:
    return audiences.to_wire(audience, space, dependencies(space))


def refusal(call: Any, *arguments: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        call(*arguments)
    return refused.value
