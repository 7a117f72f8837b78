"""The garbage collector is held off by whoever asks, and afterwards is as it was before the first of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from emulator.garbage import collection_paused


@pytest.fixture(params=[True, False])
def enabled(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_pauses_that_overlap_end_with_the_last(enabled: bool) -> None:
    first, second = collection_paused(), collection_paused()
    with first:
        second.__enter__()
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled() == enabled


def test_an_error_ends_a_pause(enabled: bool) -> None:
    with pytest.raises(KeyError), collection_paused():
        raise KeyError
    assert gc.isenabled() == enabled
