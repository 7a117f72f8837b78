"""Entropy: the one place where real chance enters, and nothing but secrets is made of it.

What the emulator answers never depends on it. A token that guards the control plane has to be one that nobody can
guess, and a keyed draw of ``randomness`` can be guessed by whoever has read it.
"""

from __future__ import annotations

import secrets


def unguessable_token() -> str:
    """Answer 32 random bytes in URL-safe Base64: 43 letters, digits, ``-`` and ``_``."""
    return secrets.token_urlsafe(32)
