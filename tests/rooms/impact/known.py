"""What the tests of this room share: assumptions, counts of a made campaign, made results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np

from stillwatch.adapters.impact.shipped import assumptions
from stillwatch.impact import Assumptions, Counted, Row
from stillwatch.stats.item_response import POINTS

CAP = 8_000
FIRST = date(2025, 1, 1)


@cache
def known() -> Assumptions:
    """The shipped assumptions."""
    return assumptions()[0]


def counted(
    rows: Sequence[tuple[str, int, int | None]], membership: float = 1.0, fdr: float = 0.0,
    n_window: int = 10_000, prompts: Sequence[int] | None = None,
) -> Counted:  # fmt: skip
    """Counts of one account from rows of (outcome, tokens, recorded tokens or None)."""
    answered = [r for r in rows if r[0] == "answered"]
    refused = [r for r in rows if r[0] == "refused"]
    given = [r for r in rows if r[0] != "refused"]
    told = [r[2] for r in given if r[2] is not None]
    one = lambda x: np.array([x], np.int64)  # noqa: E731
    return Counted(
        membership=np.array([membership]), n_sent=one(len(rows)), n_answered=one(len(answered)),
        n_refused=one(len(refused)), shown_tokens=one(sum(told)), reasoning_tokens=one(0),
        input_tokens=one(0), n_without_tokens=one(len(given) - len(told)),
        n_prompts=0 if prompts is None else len(prompts),
        n_distinct=0 if prompts is None else len(set(prompts)),
        n_window=max(n_window, len(rows)), fdr=fdr,
    )  # fmt: skip


def made_results(
    abilities: dict[str, float], days: dict[str, int], rng: np.random.Generator, *,
    n_public: int = 8, n_held: int = 5, n_tasks: int = 4_000, flattered: str = "",
    flattered_points: float = 0.0,
) -> list[Row]:  # fmt: skip
    """Results of models whose ability is known (in points); one may have seen the public tasks."""
    rows = []
    for split, n in (("public", n_public), ("held out", n_held)):
        for b in range(n):
            middle = rng.normal(0.0, 0.8)
            for model, points in abilities.items():
                more = flattered_points if model == flattered and split == "public" else 0.0
                p = 1 / (1 + np.exp(-((points + more) / POINTS - middle)))
                rows.append(Row(
                    suite="made", split=split, domain=f"d{b % 3}", benchmark=f"{split} {b}",
                    n_tasks=n_tasks, model=model, released=FIRST + timedelta(days=days[model]),
                    accuracy=float(rng.binomial(n_tasks, p)) / n_tasks, told_by="independent",
                    as_of=date(2026, 1, 1), source="made",
                ))  # fmt: skip
    return rows
