"""Keyed draws: the one place where chance enters, and it is no chance at all.

Every draw is a hash of what it is for: ``draw(seed, "fault", rule, ordinal)`` answers the same on every machine, in
every process and in any order of other draws. So one more rule, thread or client never reshuffles the rest.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import unpack

#: The letter or digit that a byte stands for.
_ALPHANUMERIC = (b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" * 5)[:256]

Key = str | int


def _digest(key: tuple[Key, ...], size: int) -> bytes:
    text = "\x1f".join([f"i{part}" if type(part) is int else f"{type(part).__name__[0]}{part}" for part in key])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()


def draw(*key: Key) -> float:
    """Answer a number in [0, 1), uniform over keys."""
    return (int.from_bytes(_digest(key, 8), "big") >> 11) / (1 << 53)


def draws(*key: Key) -> tuple[float, ...]:
    """Answer 16 independent numbers in [0, 1), uniform over keys: what ``draw`` does, of one hash."""
    return tuple([word / (1 << 32) for word in unpack(">16I", _digest(key, 64))])


def integer(below: int, *key: Key) -> int:
    """Answer an integer in [0, below)."""
    return int.from_bytes(_digest(key, 16), "big") % below


def uuid(*key: Key) -> str:
    """Answer a version 4 UUID as text (RFC 9562 section 5.4)."""
    digits = _digest(key, 16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def hexadecimal(digits: int, *key: Key) -> str:
    """Answer ``digits`` lower-case hexadecimal digits, 128 at most."""
    return _digest(key, (digits + 1) // 2).hex()[:digits]


def alphanumeric(length: int, *key: Key) -> str:
    """Answer ``length`` letters and digits, the form of AEP's request ids; 64 at most."""
    return _digest(key, length).translate(_ALPHANUMERIC).decode()
