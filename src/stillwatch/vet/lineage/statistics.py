"""The list: what is looked at, what each statistic assumes, and what it can tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One way to look.

    Args:
        name: in files and results.
        title: for people.
        access: ``text`` where answers are enough, ``weights`` where numbers of the model are
            needed.
        keyed: whether it rests on a secret key, and can be tried with wrong ones.
        unit: what is counted.
        null: what holds where it says nothing.
        smallest: the effect that must be findable before silence counts, in its own unit.
        effect: what that effect is.
    """

    name: str
    title: str
    access: str
    keyed: bool
    unit: str
    null: str
    smallest: float
    effect: str


_KEY = "its answers are independent of the key"
_TWIN = "it is independent of which of two twin answers was served"

STATISTICS: Final[tuple[Statistic, ...]] = (
    Statistic(name="choices", title="keyed choices", access="text", keyed=True, unit="slot",
              null=_KEY, smallest=0.25, effect="share of slots whose marked way was learned"),
    Statistic(name="choices_rank", title="keyed choices, rank among decoys", access="text",
              keyed=True, unit="slot", null="its answers do not tell key and decoys apart",
              smallest=0.25, effect="share of slots whose marked way was learned"),
    Statistic(name="pairs", title="served against unserved, text", access="text", keyed=False,
              unit="pair", null=_TWIN, smallest=0.60, effect="share of pairs won"),
    Statistic(name="green", title="marked tokens, text", access="text", keyed=True, unit="token",
              null=_KEY, smallest=0.55, effect="share of green tokens"),
    Statistic(name="choices_open", title="keyed choices, weights", access="weights", keyed=True,
              unit="slot", null=_KEY, smallest=0.25,
              effect="share of slots whose marked way was learned"),
    Statistic(name="pairs_open", title="served against unserved, likelihoods", access="weights",
              keyed=False, unit="pair", null=_TWIN, smallest=0.55, effect="share of pairs won"),
    Statistic(name="green_open", title="marked tokens, probabilities", access="weights",
              keyed=True, unit="window", null="its weights are independent of the key",
              smallest=0.52, effect="share of probability on green"),
)  # fmt: skip
BY_NAME: Final[Mapping[str, Statistic]] = MappingProxyType({s.name: s for s in STATISTICS})

#: rival stories of a positive, and which of ours would then be positive: yes, no, or some.
STORIES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "direct distillation": {"choices": "yes", "pairs": "yes", "green": "yes", "weights": "no"},
    "shared data": {"choices": "controls too", "pairs": "controls too", "green": "controls too",
                    "weights": "no"},
    "other answers of ours": {"choices": "no", "pairs": "no", "green": "with the same mark",
                              "weights": "no"},
    "common ancestor": {"choices": "no", "pairs": "no", "green": "no",
                        "weights": "with the ancestor too"},
    "copied weights": {"choices": "if ours learned its marks", "pairs": "no", "green": "no",
                       "weights": "yes"},
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The bar, the same for everybody.

    Args:
        accuse: adjusted p from which on it is said that the model learned from ours.
        look_closer: adjusted p from which on more should be asked; no verdict.
        least_power: chance of seeing the smallest effect, below which silence says nothing.
        n_controls: control models at least.
        n_wrong: wrong keys at least.
        wrong_level: p-value whose share among wrong keys is counted.
        wrong_most: where the upper limit of that share lies above this, there is no verdict.
        limit: one-sided confidence of that limit.
        smallest: effects that must be findable, by statistic, instead of the list's own.
    """

    accuse: float = 1e-6
    look_closer: float = 1e-3
    least_power: float = 0.8
    n_controls: int = 2
    n_wrong: int = 300
    wrong_level: float = 0.01
    wrong_most: float = 0.05
    limit: float = 0.95
    smallest: Mapping[str, float] = field(default_factory=dict)

    def accusing(self, level: float) -> float:
        """The p-value that accuses where ``level`` is the one to be looked at closer."""
        return level * self.accuse / self.look_closer

    def smallest_of(self, name: str) -> float:
        """The effect of a statistic that must be findable."""
        return self.smallest.get(name, BY_NAME[name].smallest)
