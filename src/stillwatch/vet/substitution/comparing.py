"""One route beside the reference: is it the same, how much is not, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from stillwatch.model.quantity import Quantity
from stillwatch.stats.exchangeable import Strata, deal, e_process
from stillwatch.stats.intervals import clopper_pearson
from stillwatch.stats.onset import Onset, onset
from stillwatch.stats.shares import Share, counted, least_share, share_between
from stillwatch.vet.asked import Answer
from stillwatch.vet.substitution.leads import REFERENCE_KEPT, Lead, leads_of
from stillwatch.vet.substitution.pairing import Paired, pair

#: log2 odds of a change at some moment, from which on it is dated.
DATED_BITS: Final = 7.0
#: the reference's seldom answers are those beyond so much of what it says.
USUAL_SHARE: Final = 0.9
N_DEALS: Final = 19_999
_POINTS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some questions in a row, for the picture.

    Args:
        start_us: when the first was asked.
        end_us: when the last was.
        seldom: share of the route's answers that the reference seldom gives, with its interval.
        usual: the same of the reference's own answers.
    """

    start_us: int
    end_us: int
    seldom: Quantity
    usual: Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one route's answers say.

    Args:
        route: its name.
        n: questions compared.
        n_planned: after which p is taken, once.
        dropped: questions that could not be compared, by reason.
        p: of the exact test over the first ``n_planned``; None before they are there.
        log2_e: bits of the e-process now.
        most_log2_e: its maximum so far, which is what counts.
        share: of answers that the reference's model did not give.
        against_candidate: whether ``share`` was estimated with answers of a candidate.
        began: since when, where that can be said.
        began_us: earliest, likeliest and latest moment of it.
        leads: what else replies show.
        stretches: for the picture.
        path: ``(n_points, 2)`` moments in microseconds and bits of the e-process.
    """

    route: str
    n: int
    n_planned: int
    dropped: dict[str, int]
    p: float | None
    log2_e: float
    most_log2_e: float
    share: Share
    against_candidate: bool
    began: Onset | None
    began_us: tuple[int, int, int] | None
    leads: tuple[Lead, ...]
    stretches: tuple[Stretch, ...]
    path: tuple[tuple[int, float], ...]

    @property
    def p_either(self) -> float:
        """One p-value for the planned look and all others, each given half: valid at any time."""
        by_e = float(2.0 ** -max(min(self.most_log2_e, 1_000.0), 0.0))
        return min(1.0, 2.0 * min(by_e, 1.0 if self.p is None else self.p))

    @property
    def is_comparable(self) -> bool:
        """Whether the reference drew its answers; what it kept compares with nothing."""
        return all(lead.kind != REFERENCE_KEPT for lead in self.leads)

    def to_json(self) -> dict[str, Any]:
        """Plain values; no answer."""
        began = None
        if self.began is not None and self.began_us is not None:
            low, best, high = self.began_us
            began = {
                "earliest_us": low, "likeliest_us": best, "latest_us": high,
                "bits": self.began.bits, "before_the_first_look": self.began.low == 0,
            }  # fmt: skip
        return {
            "route": self.route, "n": self.n, "n_planned": self.n_planned,
            "dropped": dict(self.dropped), "p": self.p, "log2_e": self.log2_e,
            "most_log2_e": self.most_log2_e, "p_either": self.p_either,
            "share": {"best": self.share.best, "low": self.share.low, "high": self.share.high},
            "against_candidate": self.against_candidate, "began": began,
            "leads": [
                {"kind": one.kind, "said": one.said, "explains": one.explains}
                for one in self.leads
            ],
            "stretches": [
                {"start_us": one.start_us, "end_us": one.end_us, "seldom": one.seldom.to_json(),
                 "usual": one.usual.to_json()}
                for one in self.stretches
            ],
            "path": [list(one) for one in self.path],
        }  # fmt: skip


def compare(
    route: str,
    served: Sequence[Answer],
    usual: Sequence[Answer],
    other: Sequence[Answer] = (),
    *,
    n_planned: int,
    seed: int,
    stretch: int = 100,
) -> Compared:
    """Compare a route with the reference.

    Args:
        route: its name.
        served: its answers.
        usual: the reference's, to the same questions.
        other: a candidate's, to the same questions; none where none is suspected.
        n_planned: questions after which the exact test is made, once, on the first of them.
        seed: of the deals.
        stretch: questions of a point in the picture.
    """
    paired = pair(served, usual, other)
    strata, n = paired.strata, paired.strata.n
    bits = e_process(strata)
    p = None
    if n >= n_planned:
        p = deal(strata.first(n_planned), np.random.default_rng(seed), N_DEALS).p
    share = Share(best=0.0, low=0.0, high=1.0)
    if n:
        share = share_between(strata, paired.other) if paired.other.size else least_share(strata)
    began = onset(strata)
    if began is not None and began.bits < DATED_BITS:
        began = None
    return Compared(
        route=route, n=n, n_planned=n_planned, dropped=dict(paired.dropped), p=p,
        log2_e=float(bits[-1]) if n else 0.0, most_log2_e=float(max(bits.max(), 0.0)) if n else 0.0,
        share=share, against_candidate=bool(paired.other.size), began=began,
        began_us=None if began is None else _moments(began, paired),
        leads=tuple(leads_of(paired, served, usual)), stretches=_stretches(paired, stretch),
        path=_path(paired, bits),
    )  # fmt: skip


def _moments(began: Onset, paired: Paired) -> tuple[int, int, int]:
    """A change before a question is between the one before it and it."""
    at = paired.asked_us
    return int(at[max(began.low - 1, 0)]), int(at[began.best]), int(at[began.high])


def _stretches(paired: Paired, size: int) -> tuple[Stretch, ...]:
    """Shares of answers that the reference seldom gives, judged by its other questions."""
    strata, found = paired.strata, []
    n_parts = max(1, round(strata.n / size)) if strata.n else 0
    for part in np.array_split(np.arange(strata.n), n_parts) if n_parts else ():
        inside = np.zeros(strata.n, bool)
        inside[part] = True
        seldom = _seldom(strata, ~inside if n_parts > 1 else inside)
        mine, theirs = counted(strata, inside)
        found.append(Stretch(
            start_us=int(paired.asked_us[part[0]]), end_us=int(paired.asked_us[part[-1]]),
            seldom=_rate(int(mine[seldom].sum()), int(mine.sum())),
            usual=_rate(int(theirs[seldom].sum()), int(theirs.sum())),
        ))  # fmt: skip
    return tuple(found)


def _seldom(strata: Strata, chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> Any:
    """Kinds beyond the commonest that make up most of what the reference says, by group."""
    usual = counted(strata, chosen)[1]
    out = np.ones(strata.group.size, bool)
    for group in np.unique(strata.group):
        inside = np.flatnonzero(strata.group == group)
        order = inside[np.argsort(-usual[inside], kind="stable")]
        before = np.cumsum(usual[order]) - usual[order]
        out[order[(before < USUAL_SHARE * usual[order].sum()) & (usual[order] > 0)]] = False
    return out


def _rate(hits: int, n: int) -> Quantity:
    low, high = clopper_pearson(hits, n)
    return Quantity(best=hits / n if n else 0.0, low=low, high=high, unit="share")


def _path(paired: Paired, bits: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[Any, ...]:
    if not bits.size:
        return ()
    at = np.unique(np.linspace(0, bits.size - 1, min(_POINTS, bits.size)).astype(int))
    return tuple((int(paired.asked_us[nth]), round(float(bits[nth]), 3)) for nth in at)
