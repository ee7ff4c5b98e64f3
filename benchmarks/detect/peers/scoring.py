"""Compare rankings at equal numbers of benign accounts accused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from benchmarks.detect.peers.reading import Truth


@dataclass(frozen=True, slots=True)
class Caught:
    """What one threshold catches.

    Attributes:
        n_benign: benign accounts flagged.
        recall: share of campaign accounts flagged.
        found: campaigns of which at least half of the accounts are flagged.
        by_campaign: share of each campaign's accounts that is flagged.
    """

    n_benign: int
    recall: float
    found: int
    by_campaign: dict[str, float]


def threshold_for(scores: Mapping[str, float], truth: Truth, n_benign: int) -> float:
    """The lowest threshold (flag when score >= it, and > 0) within a benign budget.

    Ties count against: a score shared by more benign accounts than fit is not flagged.
    """
    benign = np.sort([max(scores.get(name, 0.0), 0.0) for name in truth.benign])[::-1]
    beyond = float(benign[n_benign]) if n_benign < len(benign) else 0.0
    return float(np.nextafter(max(beyond, 0.0), np.inf))


def without_twins(truth: Truth) -> Truth:
    """The same labels with the accounts left out that play an innocent look-alike."""
    kept = {name for name, twin in truth.twin.items() if twin is None}
    return Truth(
        campaign={name: kind for name, kind in truth.campaign.items() if name in kept},
        twin={name: None for name in kept},
    )


def caught(scores: Mapping[str, float], truth: Truth, n_benign: int) -> Caught:
    """The best that a ranking does when it may flag ``n_benign`` benign accounts."""
    cut = threshold_for(scores, truth, n_benign)
    sizes: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    wrong = 0
    for name, campaign in truth.campaign.items():
        flagged = scores.get(name, 0.0) >= cut
        if campaign is None:
            wrong += flagged
            continue
        sizes[campaign] += 1
        hits[campaign] += flagged
    shares = {name: hits[name] / size for name, size in sorted(sizes.items())}
    total = sum(sizes.values())
    return Caught(
        n_benign=wrong,
        recall=sum(hits.values()) / total if total else float("nan"),
        found=sum(share >= 0.5 for share in shares.values()),
        by_campaign=shares,
    )


def auc(scores: Mapping[str, float], truth: Truth) -> float:
    """Area under the ROC curve, ties halved; nan without both kinds of account."""
    names = list(truth.campaign)
    value = np.array([scores.get(name, 0.0) for name in names])
    positive = np.array([truth.campaign[name] is not None for name in names])
    n_yes, n_no = int(positive.sum()), int((~positive).sum())
    if not n_yes or not n_no:
        return float("nan")
    ranks = rankdata(value)[positive].sum()
    return float((ranks - n_yes * (n_yes + 1) / 2) / (n_yes * n_no))


def budgets(n_benign: int) -> dict[str, int]:
    """Benign accounts that may be flagged, by the name of the rate, smallest first."""
    return {
        "0": 0,
        "1/n": 1,
        "1e-4": int(1e-4 * n_benign),
        "1e-3": int(1e-3 * n_benign),
        "1e-2": int(1e-2 * n_benign),
    }
