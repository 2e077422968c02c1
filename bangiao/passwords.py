"""Passwords at rest: Argon2id, 64 MiB and three rounds, at most two at a time in a process.

A third waits its turn: verifying costs 64 MiB and half a second on purpose, and a crowd of guessers must not take the
memory of those who work. One lane each: with several, OpenSSL shares one small set of threads among all that are at
work, and two at once may wait for each other for ever.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from checklists.sign_in import composed_password

_AT_ONCE = BoundedSemaphore(2)
_MEMORY_KIB, _ROUNDS, _LANES, _LENGTH, _SALT = 64 * 1024, 3, 1, 32, 16


def hashed(password: str) -> str:
    """The password as it is kept (PHC string)."""
    with _AT_ONCE:
        made = Argon2id(
            salt=os.urandom(_SALT), length=_LENGTH, iterations=_ROUNDS, lanes=_LANES, memory_cost=_MEMORY_KIB
        )
        return made.derive_phc_encoded(composed_password(password).encode())


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password; for an account without one (None) it takes as long and is no."""
    with _AT_ONCE:
        try:
            Argon2id.verify_phc_encoded(composed_password(password).encode(), kept or _nobody())
        except (InvalidKey, ValueError):
            return False
    return kept is not None


@cache
def known_passwords() -> frozenset[str]:
    """Those that are tried first, folded (`bangiao/data/passwords/`)."""
    text = (files("bangiao") / "data" / "passwords" / "known.txt").read_text(encoding="utf-8")
    return frozenset(line.strip().casefold() for line in text.splitlines() if line.strip())


@cache
def _nobody() -> str:
    """Nobody's password, so that asking for an account that is not there takes as long as for one that is."""
    made = Argon2id(salt=bytes(_SALT), length=_LENGTH, iterations=_ROUNDS, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return made.derive_phc_encoded(b"")
