"""What all tests share: hypothesis draws the same examples in every run, and takes the time that a busy machine needs.

``steady`` is for every commit. ``AEP_TESTS=thorough make test`` draws more, and others in every run.
"""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from emulator import Emulator
from tests.services.conftest import Client

_QUIET = [HealthCheck.too_slow]
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=20, suppress_health_check=_QUIET)
settings.register_profile("thorough", deadline=None, max_examples=100, suppress_health_check=_QUIET, print_blob=True)
settings.load_profile(os.environ.get("AEP_TESTS", "steady"))


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not in what was collected, which stays: it was a tenth of all the time."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture
def emulator() -> Emulator:
    """An emulator with the bundled data, on a frozen clock."""
    return Emulator()


@pytest.fixture
def client(emulator: Emulator) -> Client:
    """A client of it."""
    return Client(emulator)
