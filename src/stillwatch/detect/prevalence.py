"""How unusual a group's behaviour is in the population: one measurement for all shares."""

from __future__ import annotations

import numpy as np

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading
from stillwatch.stats.sequential import p_to_bits

#: a node needs this many exchanges to stand in the reference.
ENOUGH = 5


def unusual_share(group: Group, name: str, noun: str, floor: float = 0.0) -> Reading:
    """Weigh the group's share of exchanges with a property against the population's nodes.

    Args:
        group: who is tested.
        name: a running count of ``state.COUNTS``.
        noun: for the sentence.
        floor: below this share there is nothing to weigh.
    """
    total = group.of("exchanges").sum()
    if total < ENOUGH:
        return NOTHING
    share = float(group.of(name).sum() / total)
    if share <= floor:
        return Reading(0.0, f"{share:.1%} of exchanges {noun}", 0.0)
    state = group.state
    known = state.of("exchanges") >= ENOUGH
    known[group.nodes] = False
    others = state.share(name)[known]
    p = (1.0 + float((others >= share).sum())) / (others.size + 1.0)
    return Reading(
        max(p_to_bits(p), 0.0),
        f"{share:.1%} of exchanges {noun}; {1 - p:.2%} of the population shows less",
        1.0 - p,
    )
