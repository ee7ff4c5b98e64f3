"""The other side's knobs: one plan a campaign, and how a recipe overrides it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stillwatch.lab.recipe import Recipe
from stillwatch.lab.rhythm import DAY
from stillwatch.lab.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one campaign does when the recipe says nothing.

    Args:
        campaign: name in the truth table.
        n_accounts: accounts.
        rate_per_day: exchanges per account and day, customers' included.
        classes: (elicitation class, weight); ``none`` sends bare tasks.
        families: (task family, weight).
        days: length; None runs to the end of the window.
        starts: range of the start, as a share of the window.
        mixing: share of unrelated customers' requests.
        jitter: None takes the recipe's.
        egress: where requests leave: ``residential``, ``hosting`` or ``mixed``.
        uses: kinds of client.
        n_subjects: how many subjects the tasks cover; 0 means all.
        n_tongues: languages of the requests for reasoning.
        folds: how often each task is asked.
        output_mean: median answer length in tokens.
        pathways: number of pathways used.
        chain: mean exchanges of a conversation; 1 sends single-turn requests.
    """

    campaign: str
    n_accounts: int
    rate_per_day: float
    classes: tuple[tuple[str, float], ...] = (("reasoning", 1.0),)
    families: tuple[tuple[str, float], ...] = (
        ("arithmetic", 1.0),
        ("code", 1.0),
        ("question", 1.0),
    )
    days: float | None = None
    starts: tuple[float, float] = (0.08, 0.3)
    mixing: float = 0.0
    jitter: float | None = None
    egress: str = "mixed"
    uses: tuple[str, ...] = ("program",)
    n_subjects: int = 0
    n_tongues: int = 1
    folds: int = 1
    output_mean: float = 520.0
    pathways: int = 1
    chain: float = 1.0


@dataclass(frozen=True, slots=True)
class Knobs:
    """A plan with the recipe's overrides, and its interval in the window.

    ``shared`` seeds what all lots of a campaign share; None where it is played whole.
    """

    plan: Plan
    n_accounts: int
    rate_per_day: float
    mixing: float
    jitter: float
    since_us: int
    until_us: int
    shared: int | None = None


def accounts_of(recipe: Recipe, plan: Plan) -> int:
    """Accounts of a campaign: its fixture's own size, or what the recipe says."""
    sizes = dict(recipe.campaign_sizes)
    named = sizes.get(plan.campaign.split("-")[0])
    return named or recipe.campaign_accounts or plan.n_accounts


def shared(settled: Knobs, rng: np.random.Generator, *what: int) -> np.random.Generator:
    """The generator of a choice that all lots of a campaign make alike.

    Args:
        settled: the campaign's knobs.
        rng: what is given back where the campaign is played whole.
        what: numbers that name the choice.
    """
    if settled.shared is None:
        return rng
    return np.random.default_rng([settled.shared, settled.since_us, *what])


def knobs(stage: Stage, plan: Plan, rng: np.random.Generator) -> Knobs:
    """Settle a plan: recipe over plan, a random start, an end inside the window."""
    recipe = stage.recipe
    span = stage.end_us - stage.begin_us
    since = stage.begin_us + int(span * rng.uniform(*plan.starts))
    until = stage.end_us if plan.days is None else since + int(plan.days * DAY)
    return Knobs(
        plan,
        accounts_of(recipe, plan),
        recipe.rate_per_day or plan.rate_per_day,
        plan.mixing if recipe.mixing is None else recipe.mixing,
        recipe.jitter if plan.jitter is None else max(plan.jitter, recipe.jitter),
        since,
        min(until, stage.end_us),
    )


def between(settled: Knobs, since_us: int, until_us: int) -> Knobs:
    """The same knobs for another interval (a second pool, a later phase)."""
    return replace(settled, since_us=since_us, until_us=until_us)


def share_of(settled: Knobs, share: float) -> Knobs:
    """The same knobs with a share of the accounts, at least 2."""
    return replace(settled, n_accounts=max(2, round(settled.n_accounts * share)))
