from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from kettle_sync.profiles import cities

from emulator import Emulator

MARGUERITE, YARA, NOBODY = "marguerite.ashdown@example.com", "yara.alnajjar@example.com", "nobody@example.com"


def test_people_are_found_where_they_live(aep: Emulator, aep_headers: dict[str, str]) -> None:
    found = asyncio.run(cities([MARGUERITE, YARA, NOBODY], aep_headers))
    assert (found[MARGUERITE], found[NOBODY]) == ("Astoria", None)
    assert found[YARA]


@pytest.mark.parametrize("broken", [{"drop": True}, {"stall": True}, {"truncate": 20}, {"respond": 503}], ids=str)
def test_what_breaks_is_asked_again(aep: Emulator, aep_headers: dict[str, str], broken: dict[str, object]) -> None:
    rule = aep.faults.add(operation="retrieveEntity", first=2, **broken)
    begun = aep.clock.now
    assert asyncio.run(cities([MARGUERITE], aep_headers)) == {MARGUERITE: "Astoria"}
    aep.faults.expect(rule, times=2)
    assert aep.clock.now - begun == timedelta(seconds=1 + 2)
