"""Served and resampled: for a share of traffic, one answer more that nobody was served.

If a suspect never learned from what was served, the served answer and the one in reserve are
exchangeable for it, and the test of that is exact and needs no mark (room ``vet``). The reserve
has to be drawn when the answer is served: models are retired. Which exchanges have one is
decided by a key and the id of the exchange, before anything is known of it; whether the twins
are exchangeable is in the hands of the sampler, which must draw both the same way.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from stillwatch.defend.keys import Key, Ring
from stillwatch.model.errors import BadInput

_WIDE: Final = 1 << 64
_ONCE: Final = bytes(12)
DRAWN_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How both answers are drawn.

    Args:
        model: version of the weights, exactly.
        temperature: above 0; without chance there is no twin.
        settings: digest of everything else: truncation, system text, tools.
    """

    model: str
    temperature: float
    settings: str

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise BadInput("without chance there is no twin.", where="temperature")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One exchange in reserve. Its texts are sealed; digests tell later that none was exchanged.

    Args:
        exchange_id: as in the log.
        key: id of the key that sealed it.
        served_us: when the answer went out.
        sampling: how both were drawn.
        prompt_tag: keyed, so that near-equal prompts can be found once without keeping them.
        served: digest of the answer that was served, keyed.
        drawn: 16 random bytes, for the seal.
        sealed: the answer that was not served.
    """

    exchange_id: str
    key: str
    served_us: int
    sampling: Sampling
    prompt_tag: bytes
    served: bytes
    drawn: bytes
    sealed: bytes


def is_drawn(exchange_id: str, key: Key, share: float) -> bool:
    """Whether an exchange has a reserve: a share of all ids, the same on every replica.

    >>> from stillwatch.defend.keys import key_of
    >>> sum(is_drawn(f"e{i}", key_of(bytes(32), 0), 0.1) for i in range(1000))
    101
    """
    if not 0 <= share <= 1:
        raise BadInput("a share lies between 0 and 1.", where="share")
    value = int.from_bytes(key.derive("reserve.draw", exchange_id.encode())[:8], "big")
    return value < share * _WIDE


def keep(
    *, exchange_id: str, prompt: str, served: str, unserved: str, sampling: Sampling,
    ring: Ring, now_us: int, drawn: bytes,
) -> Kept:  # fmt: skip
    """Seal the answer that was not served.

    Raises:
        BadInput: ``drawn`` has another length.
    """
    if len(drawn) != DRAWN_BYTES:
        raise BadInput(f"a seal takes {DRAWN_BYTES} random bytes.", where="drawn")
    key = ring.sealing(now_us)
    bare = Kept(
        exchange_id=exchange_id, key=key.id, served_us=now_us, sampling=sampling,
        prompt_tag=key.tag("reserve.prompt", prompt.encode()),
        served=key.tag("reserve.served", served.encode()), drawn=drawn, sealed=b"",
    )  # fmt: skip
    sealed = _box(key, drawn).encrypt(_ONCE, unserved.encode(), _head(bare))
    return Kept(
        exchange_id=exchange_id, key=key.id, served_us=now_us, sampling=sampling,
        prompt_tag=bare.prompt_tag, served=bare.served, drawn=drawn, sealed=sealed,
    )  # fmt: skip


def unserved_of(kept: Kept, ring: Ring, served: str) -> str:
    """The answer that was not served, for the test.

    Args:
        kept: as it was stored.
        ring: keys.
        served: the answer that the log says was served.

    Raises:
        BadInput: the key is gone, the seal does not hold, or another answer was served.
    """
    where = f"reserve of {kept.exchange_id}"
    key = ring.find(kept.key)
    if key is None:
        raise BadInput("its key is not in the ring.", where=where)
    try:
        opened = _box(key, kept.drawn).decrypt(_ONCE, kept.sealed, _head(kept))
    except InvalidTag:
        raise BadInput("the seal does not hold.", where=where) from None
    if key.tag("reserve.served", served.encode()) != kept.served:
        raise BadInput("another answer was served.", where=where)
    return opened.decode()


def _head(kept: Kept) -> bytes:
    """Everything but the seal, in one spelling."""
    how = kept.sampling
    parts = (
        kept.exchange_id, kept.key, str(kept.served_us), how.model, repr(how.temperature),
        how.settings, kept.prompt_tag.hex(), kept.served.hex(), kept.drawn.hex(),
    )  # fmt: skip
    told = hashlib.sha256(b"stillwatch.reserve/1")
    for part in parts:
        data = part.encode()
        told.update(len(data).to_bytes(8, "big") + data)
    return told.digest()


def _box(key: Key, drawn: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(key.derive("reserve.seal", drawn))
