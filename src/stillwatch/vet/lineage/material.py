"""Material: what of ours a suspect may have learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput
from stillwatch.stats.siphash import Key

I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Slots, and what keys pick in them.

    Args:
        about: the cluster whose answers were marked.
        slots: ``(n_slots,)`` names, each once.
        ways: the ways of each slot.
        picks: ``(n_keys, n_slots)`` place of the way that each key picks; the true key first,
            then decoys and wrong keys, which were drawn alike and never used.
        is_committed: whether the key stands in the evidence log from before its first use.
    """

    about: str
    slots: tuple[str, ...]
    ways: tuple[tuple[str, ...], ...]
    picks: I64
    is_committed: bool

    def __post_init__(self) -> None:
        """Refuse slots that do not fit together."""
        n = len(self.slots)
        if len(set(self.slots)) != n or len(self.ways) != n or self.picks.shape[1:] != (n,):
            raise BadInput("slots, ways and picks differ in number.", where=self.about)
        for slot, ways in zip(self.slots, self.ways, strict=True):
            folded = {way.strip().casefold() for way in ways}
            if "" in folded or len(folded) != len(ways):
                raise BadInput("two ways read alike, or one is blank.", where=f"slot {slot}")
        counts = np.array([len(ways) for ways in self.ways], np.int64)
        if not self.picks.shape[0] or (self.picks < 0).any() or (self.picks >= counts).any():
            raise BadInput("a key picks a way that is none.", where=self.about)

    @property
    def n_ways(self) -> I64:
        """``(n_slots,)`` ways of each slot."""
        return np.array([len(ways) for ways in self.ways], np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedPair:
    """One prompt, the answer that was served, and the one that nobody was served.

    Args:
        name: id of the exchange.
        about: the cluster that was served.
        prompt: what was asked.
        served, unserved: the twins, drawn in the same way.
    """

    name: str
    about: str
    prompt: str
    served: str
    unserved: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Greens:
    """A mark on tokens.

    Args:
        about: the cluster whose answers were marked.
        keys: the true key first, then wrong ones.
        gamma: share of green.
        n_window: tokens of a window.
        is_committed: whether the key stands in the evidence log from before its first use.
    """

    about: str
    keys: Sequence[Key] = field(repr=False)
    gamma: float = 0.5
    n_window: int = 2
    is_committed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All of ours that is looked for.

    Args:
        choices: by cluster.
        pairs: of all clusters; see :func:`distinct`.
        greens: by cluster.
        names: what our models and we are called, for leads.
        is_sealed: whether the twins lay sealed since their answers were served; else whoever made
            them could have drawn them to fit, and what they show is a lead.
    """

    choices: tuple[Choices, ...] = ()
    pairs: tuple[ServedPair, ...] = ()
    greens: tuple[Greens, ...] = ()
    names: tuple[str, ...] = ()
    is_sealed: bool = True


#: characters of a prompt by which two count as one.
_LONGEST: Final = 4_000


def distinct(
    pairs: Sequence[ServedPair], published: frozenset[str] = frozenset()
) -> tuple[tuple[ServedPair, ...], dict[str, int]]:
    """One pair for each distinct prompt, by a rule that looks at no answer of anybody.

    Digits, case, blanks and punctuation tell no two prompts apart. Of several the one with the
    least id stays.

    Args:
        pairs: any.
        published: ids whose served answer stands on the open web: whoever read that has read
            the served one, and would be accused for it.

    Returns:
        the pairs by id, and how many were left out and why.
    """
    left_out = {"published": 0, "same_prompt": 0, "twins_are_equal": 0}
    kept: dict[str, ServedPair] = {}
    for one in sorted(pairs, key=lambda pair: pair.name):
        bare = "".join(
            "0" if c.isdigit() else c for c in one.prompt[:_LONGEST].casefold() if c.isalnum()
        )
        if one.name in published:
            left_out["published"] += 1
        elif one.served == one.unserved:
            left_out["twins_are_equal"] += 1
        elif bare in kept:
            left_out["same_prompt"] += 1
        else:
            kept[bare] = one
    return tuple(kept.values()), left_out
