"""Twins of identity and payment: company card, school cohort, company spread on accounts."""

from __future__ import annotations

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.crowd import digests, people, subjects_of
from stillwatch.lab.ragged import choose
from stillwatch.lab.rhythm import HOUR
from stillwatch.lab.rows import Cohort
from stillwatch.lab.sending import send
from stillwatch.lab.stage import Stage
from stillwatch.lab.twins.cast import (
    benign,
    one_company,
    programs,
    shared_subject,
    spans,
    split,
    volumes,
)
from stillwatch.lab.voices import chat, system_prompt, tasks


def company_card(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-2: one card, office and system prompt for a verified organisation's accounts."""
    group = programs(stage, n, rng)
    team = split(n, 14.0, rng)
    one_company(stage, group, team, rng)
    subject_of = shared_subject(stage, group, team, rng)
    texts = [
        stage.add_system(system_prompt(stage, int(s), rng))
        for s in rng.integers(0, stage.n_subjects, int(team.max()) + 1)
    ]
    house = rng.random(n) < 0.7
    group.habits.system[house] = np.array(texts)[team][house]
    h = group.habits
    arrivals = rhythm.office_hours(volumes(stage, n, rng, 1.8), *spans(group), h.peak_hour, rng)
    subject = np.where(rng.random(len(arrivals)) < 0.8, subject_of[arrivals.sender], 0)
    talk = chat(stage, h.tongue[arrivals.sender], np.zeros(len(arrivals), np.int64), subject, rng)
    prompt = choose(rng.random(len(arrivals)) < 0.5, tasks(stage, subject, rng), talk)
    return [benign(stage, group, send(stage, group, arrivals, prompt, subject, rng))]


def school_cohort(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-20: classes opened within an hour on shared lab devices, education programme."""
    group = people(stage, n, rng)
    a, h = group.accounts, group.habits
    team = split(n, 32.0, rng)
    n_teams = int(team.max()) + 1
    lesson = (
        stage.begin_us
        + (rng.uniform(-6, 0.6 * stage.recipe.days, n_teams) * 24).astype(np.int64) * HOUR
    )
    a.opened_us = np.minimum(
        lesson[team] + (rng.exponential(0.4, n) * HOUR).astype(np.int64), stage.end_us - HOUR
    )
    h.since_us[:] = np.maximum(a.opened_us, stage.begin_us)
    a.programme[:] = 0
    a.plan[:] = 0
    a.payment[:] = 0
    a.verification[:] = rng.choice([1, 3, 4], n, p=[0.6, 0.2, 0.2])
    a.contact = digests(n_teams, rng)[team]
    lab = digests(n_teams * 12, rng)[team * 12 + rng.integers(0, 12, n)]
    a.device = np.where(rng.random(n) < 0.7, lab, a.device).astype(np.uint64)
    campus = stage.infra.pick_networks("home", n_teams, rng)
    h.network[:], h.host[:] = campus[team], digests(n_teams, rng).astype(np.int64)[team]
    h.lease_days[:] = 400
    h.away_share[:] = rng.beta(2, 2, n)
    hour = rng.uniform(8, 16, n_teams)[team]
    arrivals = rhythm.sittings(volumes(stage, n, rng, 0.8), *spans(group), hour, rng, spread_h=1.0)
    subject = shared_subject(stage, group, team, rng)[arrivals.sender]
    talk = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    prompt = choose(rng.random(len(arrivals)) < 0.3, tasks(stage, subject, rng), talk)
    rows = send(stage, group, arrivals, prompt, subject, rng, chatty=True)
    return [benign(stage, group, rows)]


def small_team(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-8b: a start-up on an ordinary plan whose use outgrew it while procurement lags."""
    group = programs(stage, n, rng)
    a, h = group.accounts, group.habits
    a.plan[:] = rng.choice([1, 2], n)
    a.programme[rng.random(n) < 0.3] = 2
    counts = volumes(stage, n, rng, 5.0)
    arrivals = rhythm.office_hours(counts, *spans(group), h.peak_hour, rng)
    own = [stage.add_system(system_prompt(stage, int(s), rng)) for s in h.subjects[:, 0]]
    h.system[:] = own
    subject = subjects_of(group, arrivals.sender, rng)
    prompt = tasks(stage, subject, rng)
    return [benign(stage, group, send(stage, group, arrivals, prompt, subject, rng))]
