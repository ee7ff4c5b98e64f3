"""Cast a world: its twins, its ordinary people, its campaigns, one cohort after another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stillwatch.lab.attacker import accounts_of
from stillwatch.lab.fixtures import FIXTURES, PLANS
from stillwatch.lab.population import BLOCK, ordinary
from stillwatch.lab.rhythm import DAY
from stillwatch.lab.rows import Cohort
from stillwatch.lab.stage import Stage
from stillwatch.lab.stress import LOUD_ACCOUNT, LOUD_SHARE, ONE_TEMPLATE, loud_account, one_template
from stillwatch.lab.twins import TWINS
from stillwatch.model.errors import BadSettings


def actors(stage: Stage, rng: np.random.Generator) -> Iterator[Cohort]:
    """All cohorts of the stage's recipe, rows inside the window and packed.

    Raises:
        BadSettings: the benign accounts alone send more exchanges than were asked for.
    """
    recipe = stage.recipe
    loud = LOUD_SHARE if LOUD_ACCOUNT in recipe.stress else 0.0
    n_sent = 0
    for cohort in _benign(stage, rng):
        n_sent += len(_packed(stage, cohort).rows)
        yield cohort
    if recipe.exchanges is not None:
        stage.quotas = _quotas(stage, round(recipe.exchanges * (1 - loud)) - n_sent)
    plays = dict(zip(FIXTURES, rng.spawn(len(FIXTURES)), strict=True))
    for name in recipe.fixtures:
        for cohort in FIXTURES[name](stage, plays[name]):
            n_sent += len(_packed(stage, cohort).rows)
            yield cohort
    if loud:
        n_loud = round(n_sent * loud / (1 - loud))
        for cohort in loud_account(stage, n_loud, rng.spawn(1)[0]):
            yield _packed(stage, cohort)


def _benign(stage: Stage, rng: np.random.Generator) -> Iterator[Cohort]:
    recipe = stage.recipe
    n_twins = int(recipe.n_accounts * recipe.twin_share) if recipe.twins else 0
    seeds = dict(zip(TWINS, rng.spawn(len(TWINS)), strict=True))
    weights = np.array([TWINS[name].weight for name in recipe.twins])
    sizes = np.maximum(6, (n_twins * weights / max(weights.sum(), 1e-9)).astype(int))
    used = 0
    for name, size in zip(recipe.twins, sizes.tolist(), strict=True):
        for n in _troupes(size, whole=recipe.exchanges is None):
            for cohort in TWINS[name].play(stage, n, seeds[name]):
                cohort.twin = name
                used += len(cohort.accounts)
                yield cohort
    yield from ordinary(stage, max(recipe.n_accounts - used, 1), rng.spawn(1)[0])


def _troupes(size: int, *, whole: bool) -> list[int]:
    """``size`` accounts at once, or in troupes of at most ``BLOCK``, as equal as can be."""
    n = 1 if whole else -(-size // BLOCK)
    return [size * (i + 1) // n - size * i // n for i in range(n)]


def _quotas(stage: Stage, n: int) -> dict[str, int]:
    """Exchanges of each campaign, ``n`` in all, in proportion to what their plans would send."""
    recipe = stage.recipe
    span = (stage.end_us - stage.begin_us) / DAY
    plans = [(name, plan) for name in recipe.fixtures for plan in PLANS[name]]
    weights = [
        accounts_of(recipe, plan)
        * plan.rate_per_day
        * min(plan.days or span, span * (1 - sum(plan.starts) / 2))
        for _, plan in plans
    ]
    least = sum(accounts_of(recipe, plan) for _, plan in plans)
    if n < max(least, 1) or not plans:
        raise BadSettings(
            "exchanges",
            f"leaves {max(n, 0):,} for {least:,} campaign accounts; ask for more of them, or "
            "for fewer accounts or a lower mean_exchanges",
        )
    return {
        p.campaign: round(n * w / sum(weights)) for (_, p), w in zip(plans, weights, strict=True)
    }


def _packed(stage: Stage, cohort: Cohort) -> Cohort:
    sent = cohort.rows.sent_us
    inside = np.flatnonzero((sent >= stage.begin_us) & (sent < stage.end_us))
    if len(inside) < len(sent):
        cohort.rows = cohort.rows.take(inside)
    if ONE_TEMPLATE in stage.recipe.stress:
        one_template(stage, cohort, stage.infra.salt)
    cohort.rows = cohort.rows.pack()
    return cohort
