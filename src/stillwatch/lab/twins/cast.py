"""Small moves that several benign twins share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.crowd import digests, people
from stillwatch.lab.ragged import Bools, Ints
from stillwatch.lab.rows import Cohort, ExchangeRows, Group
from stillwatch.lab.stage import Stage


@dataclass(frozen=True, slots=True)
class Twin:
    """A benign look-alike: its share among twins and what plays it."""

    weight: float
    play: Callable[[Stage, int, np.random.Generator], list[Cohort]]


def benign(stage: Stage, group: Group, rows: ExchangeRows) -> Cohort:
    """A cohort whose truth is: innocent since the window began."""
    started = np.full(len(group), stage.begin_us, dtype=np.int64)
    return Cohort(group.accounts, rows, started)


def split(n: int, mean_size: float, rng: np.random.Generator) -> Ints:
    """Which organisation each of ``n`` accounts belongs to; sizes are heavy-tailed."""
    n_groups = max(1, round(n / mean_size))
    weights = rng.lognormal(0.0, 0.8, n_groups)
    return rng.choice(n_groups, n, p=weights / weights.sum()).astype(np.int64)


def programs(stage: Stage, n: int, rng: np.random.Generator) -> Group:
    """``n`` unrelated accounts that call from programs."""
    return people(stage, n, rng, uses=("program",))


def one_company(stage: Stage, group: Group, team: Ints, rng: np.random.Generator) -> None:
    """Accounts of a team share card, organisation, mail pattern, office address; verified."""
    a, h = group.accounts, group.habits
    n_teams = int(team.max()) + 1
    a.payment = digests(n_teams, rng)[team]
    a.organisation = digests(n_teams, rng)[team]
    a.contact = digests(n_teams, rng)[team]
    managed = digests(n_teams, rng)[team]
    a.device = np.where(rng.random(len(team)) < 0.4, managed, a.device).astype(np.uint64)
    a.verification[:] = 4
    a.plan[:] = rng.choice([3, 4], n_teams)[team]
    office_net = stage.infra.pick_networks("home", n_teams, rng)
    office_host = digests(n_teams, rng).astype(np.int64)
    inside: Bools = rng.random(len(team)) < 0.8
    h.network[inside], h.host[inside] = office_net[team][inside], office_host[team][inside]
    h.lease_days[inside] = 400


def shared_subject(stage: Stage, group: Group, team: Ints, rng: np.random.Generator) -> Ints:
    """Every team works on one subject; gives the subject of each account."""
    subject = rng.integers(0, stage.n_subjects, int(team.max()) + 1)[team]
    group.habits.subjects[:, 0] = subject
    group.habits.subjects[:, 1] = subject
    return np.asarray(subject, dtype=np.int64)


def volumes(stage: Stage, n: int, rng: np.random.Generator, factor: float = 1.0) -> Ints:
    """Heavy-tailed volumes, ``factor`` times the ordinary mean."""
    return rhythm.heavy_counts(n, stage.recipe.mean_exchanges * factor, rng, 1.2)


def spans(group: Group) -> tuple[Ints, Ints]:
    """When each account may send: (since_us, until_us)."""
    return group.habits.since_us, group.habits.until_us
