"""Binding: does an endpoint answer as the weights do whose numbers were exported?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from stillwatch.stats.equality import equality_p
from stillwatch.vet.lineage.heard import Heard
from stillwatch.vet.part import Point, Severity

N_PERMUTATIONS: Final = 1_999
#: p-value below which numbers of the weights say nothing about the endpoint.
_APART: Final = 1e-3
_LEAST: Final = 20


def binding_point(
    endpoint: Heard, weights: Heard, rng: np.random.Generator
) -> Point | None:  # fmt: skip
    """Compare answers of an endpoint with those that weights gave to the same questions.

    Args:
        endpoint: what the endpoint said.
        weights: what the weights said, at the same temperature and length.
        rng: shuffles labels.

    Returns:
        a point; None where too few questions have two answers of either.
    """
    asked = [
        (one, other)
        for ours, theirs in ((endpoint.pairs, weights.pairs), (endpoint.slots, weights.slots))
        for one, other in _both(ours, theirs)
    ]
    if len(asked) < _LEAST:
        return None
    gap, p = equality_p(
        [one for one, _ in asked], [other for _, other in asked], rng, n_permutations=N_PERMUTATIONS
    )
    is_apart = p <= _APART
    said = (
        "the endpoint does not answer as these weights do: what they show says nothing of it."
        if is_apart
        else "nothing tells the endpoint from these weights."
    )
    return Point(
        title="Endpoint against weights",
        severity=Severity.WARNING if is_apart else Severity.NOTE, where=endpoint.name,
        observed=f"Over {len(asked)} questions {said} Discrepancy {gap:.4f}.", p_value=p,
        method="MMD with a string kernel (2410.20247); null: both draw from one distribution",
    )  # fmt: skip


def _both(
    ours: Mapping[str, Sequence[str]], theirs: Mapping[str, Sequence[str]]
) -> list[tuple[Sequence[str], Sequence[str]]]:
    return [
        (ours[name], theirs[name])
        for name in ours
        if name in theirs and min(len(ours[name]), len(theirs[name])) >= 2
    ]
