"""How unusual a group's behaviour is in the population: the measurements signals use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading, terms_of
from stillwatch.detect.state import State
from stillwatch.stats.chance_formulas import MORE_THAN_CHANCE, UNUSUAL_SHARE
from stillwatch.stats.formula import Term
from stillwatch.stats.rarity import LOOKED_FOR_SHARE

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: how often a campaign does what one signal of harvesting looks for.
CAMPAIGN_SHARE = LOOKED_FOR_SHARE
#: a group needs this many exchanges, and a node to stand in the reference.
ENOUGH = 5
#: shares of few exchanges are noisy, which hides what is unusual: with this many busy
#: nodes of that many exchanges, only those stand in the reference.
MANY, BUSY = 200, 20
DAY_US = 86_400_000_000


def unusual_share(
    group: Group, name: str, noun: str, floor: float, innocent_share: float
) -> Reading:
    """Weigh the group's share of exchanges with a property against the population's nodes.

    Args:
        group: who is tested.
        name: a running count of ``state.COUNTS``.
        noun: for the sentence.
        floor: below this share there is nothing to weigh, in [0, 1].
        innocent_share: how often innocent groups do this all the same, in (0, 1).
    """
    sent = group.of("exchanges")
    total = float(sent.sum())
    if total < ENOUGH:
        return NOTHING
    inputs = counted(group, name, floor, sent, total)
    inputs["innocent_share"] = innocent_share
    said = UNUSUAL_SHARE.run(**inputs)
    seen, less = f"{said['share']:.1%} of exchanges {noun}", said["percentile"]
    if said["share"] > floor:
        seen += f"; {less:.2%} of the population shows less"
    return Reading(said["bits"], seen, less, terms=terms_of(group, UNUSUAL_SHARE, inputs))


def counted(group: Group, name: str, floor: float, sent: F64, total: float) -> dict[str, float]:
    """Exchanges with a property, and how many of the population's nodes show as much.

    Args:
        group: who is tested; it has sent something.
        name: a running count of ``state.COUNTS``.
        floor: up to this share of exchanges nobody is held against it.
        sent: ``(n,)`` exchanges of the members.
        total: their sum.

    Returns:
        ``n_with`` of ``n_sent`` exchanges, ``n_at_least`` of ``n_others`` nodes outside, and
        the floor.
    """
    n_with = float(group.of(name).sum())
    out = {"n_with": n_with, "n_sent": total, "floor": floor, "n_at_least": 0, "n_others": 0}
    share = n_with / total
    if share <= floor:
        return out
    state = group.state
    others = reference(state, name)
    own = state.share(name)[group.nodes][sent >= others.least]
    above = others.above.size - int(np.searchsorted(others.above, share))
    above -= int((own >= share).sum())
    out["n_at_least"], out["n_others"] = max(above, 0), others.n - own.size
    return out


@dataclass(frozen=True, slots=True)
class Reference:
    """The nodes that a group's share is held against.

    Attributes:
        above: their shares that are above 0, ascending.
        n: how many nodes, those with a share of 0 included.
        least: exchanges that each has at least.
    """

    above: F64
    n: int
    least: int


def reference(state: State, name: str) -> Reference:
    """Shares of a running count among the nodes that stand in the reference, kept for the look."""
    key = f"{name}, ascending"
    if key not in state.cache:
        sent = state.of("exchanges")
        if "reference" not in state.cache:
            least = BUSY if int((sent >= BUSY).sum()) >= MANY else ENOUGH
            state.cache["reference"] = sent >= least
            state.cache["reference from"] = np.array([least, (sent >= least).sum()])
        with_any = state.cache["reference"] & (state.of(name) > 0)
        state.cache[key] = np.sort(state.of(name)[with_any] / sent[with_any])
    least, n = state.cache["reference from"].tolist()
    return Reference(state.cache[key], n, least)


def keep_marks(state: State, key: str, marked: Mask, counted: Mask) -> None:
    """Keep for this look who is marked among those who count, both ``(n_nodes,)``."""
    both = np.stack((marked & counted, counted))
    state.cache[key] = both
    state.cache[f"{key}, totals"] = both.sum(1)


@dataclass(frozen=True, slots=True)
class Marks:
    """Who is marked among some that count.

    Attributes:
        hits: ``(n,)`` marks of the members that count.
        n_hits, n: marks among all others that count, and all of those.
    """

    hits: Mask
    n_hits: float
    n: float

    @property
    def inputs(self) -> dict[str, Any]:
        """What formulas of chance are given."""
        return {"hits": self.hits, "n_hits_outside": self.n_hits, "n_outside": self.n}


def read_marks(state: State, key: str, nodes: I64) -> Marks:
    """What ``keep_marks`` kept, for some nodes and for all others.

    Args:
        state: what is known so far.
        key: under which the marks are kept.
        nodes: ``(n,)`` who is asked about.
    """
    marked, counted = state.cache[key][:, nodes]
    n_marked, n_counted = state.cache[f"{key}, totals"]
    outside = float(n_marked - marked.sum()), float(n_counted - counted.sum())
    return Marks(marked[counted], *outside)


def chance(
    group: Group, marks: Marks, innocent_share: float
) -> tuple[dict[str, float], tuple[Term, ...]]:
    """What ``chance_formulas.MORE_THAN_CHANCE`` says of some marks, and its terms."""
    inputs = marks.inputs
    inputs["innocent_share"] = innocent_share
    return MORE_THAN_CHANCE.run(**inputs), terms_of(group, MORE_THAN_CHANCE, inputs)


def sampled(group: Group, most: int) -> I64:
    """At most ``most`` members, evenly in the order of their first exchange.

    A member's name has no part in whether it is taken.
    """
    if group.n <= most:
        return group.nodes
    order = np.argsort(group.state.window.first_us[group.nodes], kind="stable")
    picked = np.linspace(0, group.n - 1, most).astype(np.int64)
    return np.sort(group.nodes[order[picked]])


def bins_a_day(state: State) -> int:
    """How many bins of the clock make a day, 0 where a bin is longer than one."""
    return int(DAY_US // state.window.step_us)
