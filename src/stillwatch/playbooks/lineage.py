"""Lineage: what the serving side marked and kept, as the vetting room looks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from stillwatch.defend.canaries import Slot, commitment, keyed_place
from stillwatch.defend.keys import Key, Ring, key_of
from stillwatch.defend.reserve import Kept, unserved_of
from stillwatch.model.errors import BadInput
from stillwatch.stats.siphash import Key as TokenKey
from stillwatch.vet.asked import Message, Probe
from stillwatch.vet.lineage import Choices, Greens, ServedPair

N_DECOYS: Final = 9_999
#: what a probe asks about stands before its name.
SLOT, PAIR, SELF = "slot:", "pair:", "self:"


def decoys_of(seed: bytes, n: int) -> list[Key]:
    """Keys that were drawn like the true one and are never used.

    Args:
        seed: 32 random bytes, as secret as the key.
        n: how many.
    """
    return [
        key_of(hashlib.blake2b(i.to_bytes(8, "big"), digest_size=32, key=seed).digest(), 0)
        for i in range(n)
    ]


def decoys_digest(key: Key, decoys: Sequence[Key]) -> str:
    """Digest of the key's commitment among those of its decoys, in an order that tells nothing."""
    told = hashlib.sha256(b"stillwatch.decoys/1\0")
    for one in sorted([key.commitment, *(decoy.commitment for decoy in decoys)]):
        told.update(one.encode())
    return "sha256:" + told.hexdigest()


def mark_digests(key: Key, slots: Mapping[str, Slot], *, picks: bool) -> frozenset[str]:
    """What a log may hold of a key.

    Args:
        key: the key.
        slots: that it was committed to with.
        picks: whether what it picks in these slots is judged; then the log must name them, for
            whoever holds the key could write slots that the suspect hits. Green tokens need none.
    """
    named = commitment(key, list(slots.values()))
    return frozenset({named}) if picks else frozenset({named, commitment(key, [])})


def token_key(key: Key) -> TokenKey:
    """The key by which tokens are green: derived, so that it says nothing of the choices."""
    return TokenKey.of(key.derive("green"))


def choices_from(
    about: str, key: Key, decoys: Sequence[Key], slots: Mapping[str, Slot], *, is_committed: bool
) -> Choices:
    """What a cluster's key and its decoys pick.

    Args:
        about: the cluster.
        key: the one under which answers were served.
        decoys: of :func:`decoys_of`.
        slots: by name.
        is_committed: whether the key stands in the log from before its use.
    """
    told = [(slot.digest, len(slot.ways)) for slot in slots.values()]
    picks = np.array(
        [[keyed_place(one, digest, n_ways) for digest, n_ways in told] for one in (key, *decoys)],
        np.int64,
    )  # fmt: skip
    return Choices(
        about=about, slots=tuple(slots), ways=tuple(slot.ways for slot in slots.values()),
        picks=picks.reshape(len(decoys) + 1, len(slots)), is_committed=is_committed,
    )  # fmt: skip


def greens_from(
    about: str, key: Key, decoys: Sequence[Key], *, gamma: float, n_window: int, is_committed: bool
) -> Greens:
    """A cluster's mark on tokens, and wrong keys."""
    keys = [token_key(one) for one in (key, *decoys)]
    return Greens(
        about=about, keys=keys, gamma=gamma, n_window=n_window, is_committed=is_committed
    )  # fmt: skip


def pairs_from(
    kept: Iterable[Kept], exchanges: Mapping[str, tuple[str, str, str]], ring: Ring
) -> tuple[list[ServedPair], int]:
    """Twins of the reserve, unsealed beside what the log says was served.

    Args:
        kept: the reserve.
        exchanges: prompt, served answer and cluster by id.
        ring: keys of the reserve.

    Returns:
        the pairs, and how many exchanges had another answer in the log than the
        one that was sealed beside its twin, or a seal that does not hold.
    """
    pairs, n_wrong = [], 0
    for one in kept:
        if (told := exchanges.get(one.exchange_id)) is None:
            continue
        try:
            unserved = unserved_of(one, ring, told[1])
        except BadInput:
            n_wrong += 1
            continue
        pairs.append(
            ServedPair(
                name=one.exchange_id,
                about=told[2],
                prompt=told[0],
                served=told[1],
                unserved=unserved,
            )
        )
    return pairs, n_wrong


def probes_of(
    questions: Mapping[str, str], pairs: Sequence[ServedPair], selves: Sequence[str], *,
    n_slot_samples: int, n_pair_samples: int, max_tokens: int, temperature: float | None,
) -> list[Probe]:  # fmt: skip
    """What a suspect and every control is asked: the same of all.

    Args:
        questions: by slot, a question whose answer shows one of its ways.
        pairs: whose prompts are asked again.
        selves: questions after itself, for leads.
        n_slot_samples, n_pair_samples: answers to each.
        max_tokens: of an answer.
        temperature: None leaves it to the endpoint.
    """
    asked = [(SLOT + name, text, n_slot_samples) for name, text in questions.items()]
    asked += [(PAIR + one.name, one.prompt, n_pair_samples) for one in pairs]
    asked += [(f"{SELF}{n}", text, n_slot_samples) for n, text in enumerate(selves)]
    return [
        Probe(
            name=name, messages=(Message("user", text),), n_samples=n, max_tokens=max_tokens,
            temperature=temperature,
        )
        for name, text, n in asked
    ]  # fmt: skip
