"""The keys of a rehearsal: those of the room ``defend``, as they would pick in real answers."""

from __future__ import annotations

import numpy as np

from stillwatch.defend.canaries import Slot, keyed_way
from stillwatch.defend.keys import SECRET_BYTES, Key, key_of
from stillwatch.lab.distilling.choices import N_SLOTS, slot_name
from stillwatch.lab.distilling.evidence import Keys
from stillwatch.lab.distilling.grammar import I64, N_SYMBOLS
from stillwatch.stats import siphash

N_DECOYS = 9_999
_WAYS = tuple(str(symbol) for symbol in range(N_SYMBOLS))
SLOTS = tuple(Slot(slot_name(slot), _WAYS) for slot in range(N_SLOTS))


def new_keys(rng: np.random.Generator) -> Keys:
    """A key of canaries with its decoys, and one of marks, from a rehearsal's generator.

    Decoys' ways are drawn and not derived: what a pseudo-random function picks under a key that
    nobody has looks the same, and a million digests are saved.
    """
    return Keys(
        ways=ways_of(key_of(rng.bytes(SECRET_BYTES), 0)),
        decoy_ways=rng.integers(0, N_SYMBOLS, (N_DECOYS, N_SLOTS)),
        mark=siphash.Key.of(rng.bytes(SECRET_BYTES)),
    )


def ways_of(key: Key) -> I64:
    """(100,) the example that a key picks in each slot."""
    return np.array([int(keyed_way(slot, key)) for slot in SLOTS])
