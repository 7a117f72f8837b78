"""What a client in this process receives when the connection misbehaves: reckoned, so that nobody waits for real.

A delay that reaches the client's own timeout is a timeout at once; a shorter one has passed at once.
"""

from __future__ import annotations

from enum import Enum, auto
from math import ceil, inf
from threading import local

from msgspec import Struct

from emulator.faults.effects import Connection


class EndlessWait(RuntimeError):
    """The answer stalls and the client set no timeout: over a real connection it would hang for ever."""


class Ending(Enum):
    """How a delivery ends."""

    COMPLETE = auto()
    #: The connection was closed before everything had arrived.
    CLOSED = auto()
    #: The client's patience ran out before everything had arrived.
    TIMED_OUT = auto()


class Delivery(Struct, frozen=True):
    """What arrives of an answer: its head or not, as much of the body, and how it ends.

    ``delay_ms`` is how long the head would have taken, ``body_ms`` the body after it.
    """

    has_head: bool
    body: bytes
    ending: Ending
    delay_ms: float = 0
    body_ms: float = 0


class _Spared(local):
    seconds = 0.0


#: The delays, in s, that this thread's requests were spared so far: what a client's stopwatch misses.
spared = _Spared()


def deliver(effect: Connection | None, body: bytes, timeout: float | None, total: float | None = None) -> Delivery:
    """Reckon what arrives of an answer with this body.

    ``timeout`` is the client's limit for one read, ``total`` its limit for the whole exchange, both in s and None
    where there is none. Raises ``EndlessWait``.
    """
    if effect is None:
        return Delivery(True, body, Ending.COMPLETE)
    patience = min(_ms(timeout), _ms(total))
    if effect.stall:
        if patience == inf:
            raise EndlessWait("the answer stalls and this client has no timeout: it would wait for ever")
        return Delivery(False, b"", Ending.TIMED_OUT)
    if effect.delay_ms >= patience:
        return Delivery(False, b"", Ending.TIMED_OUT)
    if effect.drop:
        return Delivery(False, b"", Ending.CLOSED, effect.delay_ms)
    arriving = body if effect.truncate is None else body[: effect.truncate]
    ending = Ending.COMPLETE if len(arriving) == len(body) else Ending.CLOSED
    pauses = max(len(arriving) - 1, 0) // effect.slow_bytes if effect.slow_ms else 0
    borne = pauses if effect.slow_ms < _ms(timeout) else 0
    if effect.delay_ms + borne * effect.slow_ms >= _ms(total):
        borne = ceil((_ms(total) - effect.delay_ms) / effect.slow_ms) - 1
    if borne < pauses:
        arriving, ending = arriving[: effect.slow_bytes * (borne + 1)], Ending.TIMED_OUT
    return Delivery(True, arriving, ending, effect.delay_ms, borne * effect.slow_ms)


def _ms(seconds: float | None) -> float:
    return inf if seconds is None else seconds * 1000
