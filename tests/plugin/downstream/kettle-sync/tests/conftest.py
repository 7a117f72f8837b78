"""The one thing that tests change: whoever sleeps moves the emulator's clock instead of waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from kettle_sync.platform import Platform

from emulator import Emulator


@pytest.fixture(autouse=True)
def no_waiting(aep: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(seconds: float) -> None:
        aep.clock.advance(seconds=seconds)

    monkeypatch.setattr(time, "sleep", lambda seconds: aep.clock.advance(seconds=seconds))
    monkeypatch.setattr(asyncio, "sleep", sleep)


@pytest.fixture
def platform() -> Iterator[Platform]:
    client = Platform("KETTLE@AdobeOrg", "kettle-sync", "secret")
    yield client
    client.session.close()
