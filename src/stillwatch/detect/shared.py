"""Sharing beyond chance: one measurement for every kind of trait."""

from __future__ import annotations

import numpy as np

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading
from stillwatch.stats.likelihood import shared_trait_bits

#: holders outside that are assumed of what a member has and nobody outside was seen with:
#: one for all its traits, since the spans of one answer or template go together.
UNSEEN = 0.5
#: a smaller population tells nothing about how common a trait is.
FEWEST_STRANGERS = 50


def sharing(
    group: Group, kind: str, innocent_share: float, noun: str, unseen: float = UNSEEN
) -> Reading:
    """Weigh how many members share a trait of ``kind`` with another member.

    The chance of a stranger is taken from how common each trait is *outside* the
    group, so that a large campaign does not make its own traits look popular. A trait
    that only one account was seen with so far is left out.

    Args:
        group: who is tested. The key that brought the group together is left out.
        kind: a name in ``links.KINDS``.
        innocent_share: how often innocent groups share such traits all the same.
        noun: for the sentence, in the plural.
        unseen: holders assumed outside of what nobody outside was seen with, > 0.
    """
    who, key = group.traits(kind)
    met = group.state.df[key] > 1
    who, key = who[met], key[met]
    if group.n < 3 or who.size == 0:
        return NOTHING
    unique, slot, inside = np.unique(key, return_inverse=True, return_counts=True)
    outside = np.maximum(group.state.df[unique] - inside, 0.0)
    strangers = max(group.state.n_active - group.n, group.n, FEWEST_STRANGERS)
    held = np.bincount(who, weights=outside[slot], minlength=group.n) + unseen
    by_chance = 1.0 - np.exp(-(group.n - 1) * held / strangers)
    has = np.zeros(group.n)
    has[who[inside[slot] > 1]] = 1.0
    bits = float(shared_trait_bits(has, by_chance, innocent_share))
    n_shared = int((inside > 1).sum())
    return Reading(
        bits,
        f"{int(has.sum())} of {group.n} members share {noun} ({n_shared} of them), "
        f"{float(by_chance.sum()):.1f} expected of strangers",
        evidence=tuple(
            f"{kind}:{int(k):016x}"
            for k in group.state.window.links.key[unique[np.argsort(-inside, kind="stable")][:5]]
        ),
    )
