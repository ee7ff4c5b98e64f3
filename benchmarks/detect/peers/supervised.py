"""A supervised classifier of accounts, trained on campaigns other than those it judges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.detect.peers.account_features import Floats, account_features
from benchmarks.detect.peers.columns import by_name
from benchmarks.detect.peers.interface import World
from benchmarks.detect.peers.reading import Truth


def _fit(features: Floats, labels: np.ndarray, seed: int) -> HistGradientBoostingClassifier:
    model = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.1, class_weight="balanced", random_state=seed
    )
    return model.fit(features, labels)


@dataclass(frozen=True, slots=True)
class SupervisedElsewhere:
    """Gradient boosting on account features, trained on another labelled world."""

    train: World
    labels: Truth
    source: str = "common practice; account features in the manner of COMPA and its successors"
    name: str = "supervised (other world)"

    def rank(self, world: World) -> dict[str, float]:
        """Score = probability of belonging to a campaign."""
        names, features = account_features(self.train)
        told = np.array([self.labels.campaign.get(name) is not None for name in names])
        model = _fit(features, told, world.seed)
        names, features = account_features(world)
        return by_name(names, model.predict_proba(features)[:, 1])


@dataclass(frozen=True, slots=True)
class SupervisedLeaveOut:
    """The same, without another world: each campaign is judged by a model of the others.

    Benign accounts are split at random over the same folds, so that no account is judged by
    a model that saw it.
    """

    labels: Truth
    source: str = "common practice; account features in the manner of COMPA and its successors"
    name: str = "supervised (leave one campaign out)"

    def rank(self, world: World) -> dict[str, float]:
        """Score = probability of belonging to a campaign, out of fold."""
        names, features = account_features(world)
        campaign = [self.labels.campaign.get(name) for name in names]
        told = np.array([kind is not None for kind in campaign])
        kinds = sorted({kind for kind in campaign if kind is not None})
        rng = np.random.default_rng(world.seed)
        number = {kind: at for at, kind in enumerate(kinds)}
        random = rng.integers(0, max(len(kinds), 1), size=len(names))
        fold = np.array(
            [
                at if kind is None else number[kind]
                for kind, at in zip(campaign, random.tolist(), strict=True)
            ]
        )
        scores = np.zeros(len(names))
        for at in range(len(kinds)):
            out = fold == at
            if told[~out].any() and not told[~out].all():
                model = _fit(features[~out], told[~out], world.seed)
                scores[out] = model.predict_proba(features[out])[:, 1]
        return by_name(names, scores)
