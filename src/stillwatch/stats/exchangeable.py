"""One item of each stratum was drawn apart: is it like the others? Exact, with few assumptions.

A stratum holds items that would be exchangeable if nothing were different, one of which is
marked. Every item is of a kind; kinds are gathered in groups. Under the null the mark of a stratum
stands on each of its items with equal chance, whatever the kinds are, so marks can be dealt anew:
the p-value is exact, and holds however unlike the strata are.

The e-process bets on where the mark stands before it looks, with what earlier strata taught. Each
factor has mean 1 under the null given the past, so by Ville's inequality it passes ``1 / a`` with
probability at most ``a``, however often one looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
#: how strongly rare kinds count: each kind's squared difference over its frequency to this power.
POWERS: Final = (0.0, 0.5, 1.0)
#: bets: the share of strange items that is supposed, what kinds they are supposed to be of before
#: any was seen (0 as usual, 1 any), and the weight of that supposition in items.
BETS: Final = tuple(
    (share, even, weight)
    for share, even in ((0.1, 1.0), (0.1, 0.5), (0.3, 1.0), (0.3, 0.5), (1.0, 0.3), (1.0, 0.05))
    for weight in (2.0, 8.0, 30.0)
)
#: of a group's kinds, how the not yet seen are judged: their weight before anything was seen, and
#: how much each kind that was seen speaks for more (Pitman and Yor's two parameters).
UNSEEN: Final = (1.0, 0.5)
#: chance of a kind that nobody has seen, where kinds are supposed to be any.
NEW: Final = 0.2
#: strata after which the first of the bets that begin late begins; the next at twice, and so on.
FIRST_LATE: Final = 120


@dataclass(frozen=True, slots=True)
class Strata:
    """Items in strata, the marked one of each first.

    Args:
        kind: ``(n_items,)`` kind of each item, 0 to ``n_kinds - 1``.
        starts: ``(n_strata + 1,)`` where each stratum begins; the last is ``n_items``.
        group: ``(n_kinds,)`` group of each kind, 0 to ``n_groups - 1``.

    Raises:
        BadInput: a stratum has fewer than two items, or a kind or group is out of range.
    """

    kind: I64
    starts: I64
    group: I64

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        if self.starts.size == 0 or self.starts[0] != 0 or self.starts[-1] != self.kind.size:
            raise BadInput("strata do not cover the items.", where="strata")
        if self.n and np.diff(self.starts).min() < 2:
            raise BadInput("a stratum holds at least two items.", where="strata")
        if self.kind.size and not 0 <= self.kind.min() <= self.kind.max() < self.group.size:
            raise BadInput("a kind is out of range.", where="strata")

    @property
    def n(self) -> int:
        """How many strata."""
        return int(self.starts.size - 1)

    def first(self, n: int) -> Strata:
        """The first ``n`` strata."""
        starts = self.starts[: n + 1]
        return Strata(self.kind[: starts[-1]], starts, self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dealt:
    """What dealing the marks anew says.

    Args:
        p: chance of marks as telling as these if nothing is different, in (0, 1].
        z: how far each statistic is from its mean, in its own deviations; ``(n_statistics,)``.
        n_deals: how often marks were dealt.
    """

    p: float
    z: F64
    n_deals: int


def deal(strata: Strata, rng: np.random.Generator, n_deals: int = 19_999) -> Dealt:
    """Test whether the marked items are like the others.

    Several statistics look for differences of several shapes; the largest, each in its own
    deviations, is compared with the largest of every deal. No correction is left to make.

    Args:
        strata: at least one.
        rng: deals.
        n_deals: the least p is ``1 / (n_deals + 1)``.
    """
    if strata.n == 0:
        return Dealt(p=1.0, z=np.zeros(len(POWERS) + 2), n_deals=0)
    total = np.bincount(strata.kind, minlength=strata.group.size)
    values = _deals(strata.kind, strata.starts, strata.group, total, np.array(POWERS), n_deals, rng)
    spread = values.std(axis=0)
    scaled = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    largest = scaled.max(axis=1)
    n_more = int((largest[1:] >= largest[0] - 1e-9).sum())
    return Dealt(p=(1 + n_more) / (n_deals + 1), z=scaled[0], n_deals=n_deals)


@nb.njit(cache=True)
def _deals(kind, starts, group, total, powers, n_deals, rng):  # type: ignore[no-untyped-def]
    """Statistics of the marks as they stand, and of ``n_deals`` others, a row each."""
    n, n_kinds, n_powers = starts.size - 1, group.size, powers.size
    n_groups = group.max() + 1
    in_group, n_marked = np.zeros(n_groups), np.zeros(n_groups)
    for c in range(n_kinds):
        in_group[group[c]] += total[c]
    for j in range(n):
        n_marked[group[kind[starts[j]]]] += 1.0
    weight, usual = np.zeros((n_kinds, n_powers)), np.zeros(n_kinds)
    for c in range(n_kinds):
        whole = max(in_group[group[c]], 1.0)
        usual[c] = n_marked[group[c]] / whole * total[c]
        for k in range(n_powers):
            if total[c] > 0:
                weight[c, k] = (total[c] / whole) ** -powers[k] / whole
    logs = np.log(np.arange(total.max() + 1) + 0.5)
    out = np.empty((n_deals + 1, n_powers + 2))
    hits = np.empty(n_kinds, np.int64)
    for d in range(n_deals + 1):
        hits[:] = 0
        for j in range(n):
            lo = starts[j]
            at = lo if d == 0 else lo + int(rng.random() * (starts[j + 1] - lo))
            hits[kind[at]] += 1
        out[d] = 0.0
        for c in range(n_kinds):
            apart = hits[c] - usual[c]
            for k in range(n_powers):
                out[d, k] += weight[c, k] * apart * apart
            # What is left of a kind says how usual it is; constants do not tell deals apart.
            out[d, n_powers] -= hits[c] * logs[total[c] - hits[c]]
        # Too strange on one side, too usual (a colder model) on the other.
        out[d, n_powers + 1] = -out[d, n_powers]
    return out


def e_process(strata: Strata) -> F64:
    """Bets on each mark in turn.

    Bets begin at several moments, for those that begin late have learnt, and a difference may
    begin late too; what has not begun counts as 1.

    Returns:
        ``(n_strata,)`` log2 of the capital after each stratum, the mean over bets and beginnings.
    """
    if strata.n == 0:
        return np.zeros(0)
    logs = _bet(strata.kind, strata.starts, strata.group, np.array(BETS), *UNSEEN, NEW)
    begins = [0]
    while begins[-1] < strata.n:
        begins.append(2 * begins[-1] or FIRST_LATE)
    weights = 0.5 ** np.arange(1, len(begins) + 1)
    weights[-1] *= 2.0
    parts = np.zeros((len(begins), strata.n))
    for nth, begin in enumerate(begins[:-1]):
        part = logs[begin:] - (logs[begin - 1] if begin else 0.0)
        top = part.max(axis=1)
        parts[nth, begin:] = top + np.log(np.exp(part - top[:, None]).mean(axis=1))
    top = parts.max(axis=0)
    told: F64 = (top + np.log(weights @ np.exp(parts - top))) / np.log(2.0)
    return told


@nb.njit(cache=True)
def _bet(kind, starts, group, bets, theta, discount, new):  # type: ignore[no-untyped-def]
    """Log capital of each bet after each stratum, ``(n_strata, n_bets)``."""
    n, n_bets, n_groups = starts.size - 1, bets.shape[0], group.max() + 1
    seen, known = np.zeros(group.size), np.zeros(group.size)
    in_group, n_usual, n_known = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
    strange, strange_in = np.zeros((n_bets, group.size)), np.zeros((n_bets, n_groups))
    logs, capital = np.zeros((n, n_bets)), np.zeros(n_bets)
    for j in range(n):
        lo, hi = starts[j], starts[j + 1]
        for b in range(n_bets):
            share, evenly, weight = bets[b]
            whole, marked, update = 0.0, 0.0, 0.0
            for i in range(lo, hi):
                c = kind[i]
                g = group[c]
                left = (theta + discount * n_usual[g]) / (in_group[g] + theta)
                if seen[c] > 0.0:
                    usual = (seen[c] - discount) / (in_group[g] + theta)
                elif known[c] > 0.0:
                    usual = left / (n_known[g] + 1.0)
                else:
                    usual = left
                even = (1.0 - new) / n_known[g] if known[c] > 0.0 else new
                centre = evenly * even + (1.0 - evenly) * usual
                other = (strange[b, c] + weight * centre) / (strange_in[b, g] + weight)
                odds = 1.0 - share + share * other / usual
                whole += odds
                if i == lo:
                    marked = odds
                    update = share * other / (usual * odds)
            capital[b] += np.log((hi - lo) * marked / whole)
            logs[j, b] = capital[b]
            c = kind[lo]
            strange[b, c] += update
            strange_in[b, group[c]] += update
        for i in range(lo, hi):
            c = kind[i]
            g = group[c]
            if known[c] == 0.0:
                known[c] = 1.0
                n_known[g] += 1.0
            if i > lo:
                n_usual[g] += seen[c] == 0.0
                seen[c] += 1.0
                in_group[g] += 1.0
    return logs
