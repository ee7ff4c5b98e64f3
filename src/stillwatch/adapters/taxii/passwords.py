"""Passwords: Argon2id, as the library ``cryptography`` does it, and a short memory of good ones.

HTTP basic authentication sends the password with every request. A password that was right is known
again for a few minutes by a keyed digest that never leaves the process; a wrong one costs its
whole derivation each time, one after another, and waiting for one's turn is bounded.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

KNOWN_S: Final = 300.0
MOST_WAITING: Final = 32
MOST_BYTES: Final = 1_024
_MOST_KNOWN: Final = 10_000
_ITERATIONS: Final = 2
_LANES: Final = 1
_MEMORY_KIB: Final = 19_456
"""OWASP's second choice of 2024: 19 MiB, two passes, one lane."""


def hashed(password: str) -> str:
    """A password as it is kept, in PHC form.

    Args:
        password: at most :data:`MOST_BYTES` bytes.
    """
    made = Argon2id(
        salt=secrets.token_bytes(16), length=32, iterations=_ITERATIONS, lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )  # fmt: skip
    return made.derive_phc_encoded(password.encode())


def drawn() -> str:
    """A password that nobody has to think up."""
    return secrets.token_urlsafe(24)


class Passwords:
    """Checks passwords."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, float] = {}
        self._nobody = hashed(drawn())
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="taxii-argon2")
        self._n_waiting = 0

    def known(self, kept: str, password: bytes) -> bool:
        """Whether the password was found right a short while ago."""
        return bool(kept) and self._known.get(self._name(kept, password), 0.0) > time.monotonic()

    async def right(self, kept: str, password: bytes) -> bool | None:
        """Whether a password is the one that is kept.

        Args:
            kept: PHC form; empty where there is none, which takes as long.
            password: what was sent.

        Returns:
            ``None`` where too many wait already.
        """
        if len(password) > MOST_BYTES:
            return False
        if self._n_waiting >= MOST_WAITING:
            return None
        self._n_waiting += 1
        try:
            loop = asyncio.get_running_loop()
            held = await loop.run_in_executor(self._thread, _holds, kept or self._nobody, password)
        finally:
            self._n_waiting -= 1
        if not (held and kept):
            return False
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[self._name(kept, password)] = time.monotonic() + KNOWN_S
        return True

    def _name(self, kept: str, password: bytes) -> bytes:
        return hashlib.blake2b(kept.encode() + b"\x00" + password, key=self._key).digest()

    def close(self) -> None:
        """End its thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _holds(kept: str, password: bytes) -> bool:
    try:
        Argon2id.verify_phc_encoded(password, kept)
    except (InvalidKey, ValueError):
        return False
    return True
