"""SipHash-2-4 gives the published numbers, and keys come from the whole secret."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.stats.siphash import Key, siphash_word

#: of the reference implementation: key 00..0f, input 00..07.
PUBLISHED = bytes.fromhex("6224939a79f5f593")


def _word(octets: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(octets, "little"))


def test_the_published_vector() -> None:
    out = siphash_word(_word(bytes(range(8))), _word(bytes(range(8))), _word(bytes(range(8, 16))))
    assert int(out).to_bytes(8, "little") == PUBLISHED


@pytest.mark.parametrize("secret", [b"", b"x", b"x" * 31 + b"y", b"x" * 4096])
def test_a_key_depends_on_every_byte_of_the_secret(secret: bytes) -> None:
    assert Key.of(secret) == Key.of(secret)
    assert Key.of(secret) != Key.of(secret + b"\0")
    assert secret == b"" or Key.of(secret) != Key.of(secret[:-1])
