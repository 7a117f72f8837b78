"""What arrives of an answer under a fault of the connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.faults.effects import Connection
from emulator.transport.delivery import Delivery, Ending, EndlessWait, deliver

_MS = st.integers(0, 100_000).map(float)

EFFECTS = st.builds(
    Connection,
    delay_ms=_MS,
    drop=st.booleans(),
    truncate=st.none() | st.integers(0, 40),
    stall=st.booleans(),
    slow_ms=_MS,
    slow_bytes=st.integers(1, 12),
)


def stepwise(effect: Connection, body: bytes, timeout: float, total: float) -> tuple[bool, bytes, Ending]:
    """Wait it out, piece by piece: the long form of ``deliver`` for a client with both limits, in s."""
    if effect.stall or effect.delay_ms >= timeout * 1000 or effect.delay_ms >= total * 1000:
        return False, b"", Ending.TIMED_OUT
    if effect.drop:
        return False, b"", Ending.CLOSED
    coming = body if effect.truncate is None else body[: effect.truncate]
    clock, got = effect.delay_ms, b""
    while coming:
        size = effect.slow_bytes if effect.slow_ms else len(coming)
        piece, coming = coming[:size], coming[size:]
        got += piece
        if coming:
            clock += effect.slow_ms
            if effect.slow_ms >= timeout * 1000 or clock >= total * 1000:
                return True, got, Ending.TIMED_OUT
    return True, got, Ending.COMPLETE if got == body else Ending.CLOSED


@given(EFFECTS, st.binary(max_size=40), st.integers(1, 100), st.integers(1, 300))
def test_reckoning_and_waiting_agree(effect: Connection, body: bytes, timeout: int, total: int) -> None:
    delivery = deliver(effect, body, timeout, total)
    assert (delivery.has_head, delivery.body, delivery.ending) == stepwise(effect, body, timeout, total)


@given(EFFECTS.filter(lambda effect: not effect.stall), st.binary(max_size=40))
def test_without_limits_nothing_times_out(effect: Connection, body: bytes) -> None:
    assert deliver(effect, body, None).ending is not Ending.TIMED_OUT


@given(EFFECTS, st.binary(max_size=40), st.integers(1, 100), st.integers(1, 300))
def test_what_was_spared_is_below_the_limits(effect: Connection, body: bytes, timeout: int, total: int) -> None:
    delivery = deliver(effect, body, timeout, total)
    assert delivery.delay_ms < timeout * 1000
    assert delivery.delay_ms + delivery.body_ms < total * 1000


def test_without_an_effect_all_arrives() -> None:
    assert deliver(None, b"body", 0.001) == Delivery(True, b"body", Ending.COMPLETE)


def test_a_stall_without_limits_is_an_error() -> None:
    with pytest.raises(EndlessWait):
        deliver(Connection(stall=True), b"", None)
