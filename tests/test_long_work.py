"""Long work sets the process otherwise for its length, and afterwards all is as it was before the first of it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from weakref import ref

import pytest

from emulator import Emulator
from emulator.long_work import long_work, own_process
from emulator.resources import segment_jobs


@pytest.fixture(params=[True, False])
def enabled(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_work_that_overlaps_ends_with_the_last(enabled: bool) -> None:
    patience = sys.getswitchinterval()
    first, second = long_work(), long_work()
    with first:
        second.__enter__()
    assert not gc.isenabled()
    assert sys.getswitchinterval() < patience
    second.__exit__(None, None, None)
    assert gc.isenabled() == enabled
    assert sys.getswitchinterval() == patience


def test_an_error_ends_it(enabled: bool) -> None:
    patience = sys.getswitchinterval()
    with pytest.raises(KeyError), long_work():
        raise KeyError
    assert gc.isenabled() == enabled
    assert sys.getswitchinterval() == patience


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize("of_many", [True, False])
def test_what_is_made_of_many_is_left_alone_in_a_process_of_ours(
    monkeypatch: pytest.MonkeyPatch, of_many: bool, is_ours: bool
) -> None:
    monkeypatch.setattr("emulator.long_work._is_ours", False)
    if is_ours:
        own_process()
    gc.enable()
    gc.collect(0)  # nothing new is there to begin with
    before = gc.get_freeze_count()
    with long_work(), long_work(of_many=of_many):
        kept: dict[int, object] = {0: []}
    assert (gc.get_freeze_count() > before) is (of_many and is_ours)
    assert kept


def test_an_emulator_that_is_let_go_of_goes_after_a_long_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.world.LONG", 0)
    monkeypatch.setattr("emulator.long_work._is_ours", False)  # whatever was served here before

    def used() -> ref[Emulator]:
        emulator = Emulator()
        with emulator.template.lock:
            segment_jobs.create(emulator.template.space("prod", 0), ["*"], emulator.template.now())
        emulator.clock.advance(hours=1)
        return ref(emulator)

    used()  # which makes what stays: the profiles, merged
    gc.collect()
    seen = used()
    gc.collect()
    assert seen() is None
