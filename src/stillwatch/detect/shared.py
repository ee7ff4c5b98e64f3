"""Sharing beyond chance: one measurement for every kind of trait."""

from __future__ import annotations

import numba as nb
import numpy as np

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading, terms_of
from stillwatch.stats.chance_formulas import SHARED_TRAITS

#: holders outside that are assumed of what a member has and nobody outside was seen with:
#: one for all its traits, since the spans of one answer or template go together.
UNSEEN = 0.5
#: a smaller population tells nothing about how common a trait is.
FEWEST_STRANGERS = 50


@nb.njit(cache=True)
def _tally(key, who, df, n):  # type: ignore[no-untyped-def]
    """From rows in order of their key: keys, members on each, who shares, holders outside."""
    unique = np.empty(key.size, np.int64)
    inside = np.zeros(key.size, np.int64)
    has = np.zeros(n)
    held = np.zeros(n)
    m = 0
    start = 0
    for i in range(1, key.size + 1):
        if i < key.size and key[i] == key[start]:
            continue
        unique[m] = key[start]
        inside[m] = i - start
        outside = max(df[key[start]] - inside[m], 0)
        for j in range(start, i):
            held[who[j]] += outside
            if i - start > 1:
                has[who[j]] = 1.0
        m += 1
        start = i
    return unique[:m], inside[:m], has, held


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
    order = np.argsort(key, kind="stable")
    unique, inside, has, held = _tally(key[order], who[order], group.state.df, group.n)
    strangers = max(group.state.n_active - group.n, group.n, FEWEST_STRANGERS)
    inputs = {
        "has": has,
        "held": held,
        "unseen": unseen,
        "n_strangers": strangers,
        "innocent_share": innocent_share,
    }
    said = SHARED_TRAITS.run(**inputs)
    n_shared = int((inside > 1).sum())
    return Reading(
        said["bits"],
        f"{said['n_sharing']:.0f} of {group.n} members share {noun} ({n_shared} of them), "
        f"{said['expected']:.1f} expected of strangers",
        evidence=tuple(
            f"{kind}:{int(k):016x}"
            for k in group.state.window.links.key[unique[np.argsort(-inside, kind="stable")][:5]]
        ),
        terms=terms_of(group, SHARED_TRAITS, inputs),
    )
