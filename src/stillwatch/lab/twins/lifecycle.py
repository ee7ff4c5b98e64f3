"""Twins of lifecycle: migrated workload, churn after an outage, honest reseller, drift monitors."""

from __future__ import annotations

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.crowd import digests, people, subjects_of
from stillwatch.lab.elicitation import draw_template, wrap
from stillwatch.lab.infrastructure import FINISHES
from stillwatch.lab.ragged import beside, choose
from stillwatch.lab.rhythm import DAY, HOUR
from stillwatch.lab.rows import Cohort
from stillwatch.lab.sending import send
from stillwatch.lab.stage import Stage
from stillwatch.lab.twins.cast import benign, one_company, programs, spans, split, volumes
from stillwatch.lab.voices import chat, system_prompt, tasks


def migrated(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-7: a grown workload moves to a new account and runs at full rate from hour one."""
    group = programs(stage, n, rng)
    a, h = group.accounts, group.habits
    day = rng.uniform(0.0, 0.8, n) * (stage.end_us - stage.begin_us)
    a.opened_us = stage.begin_us + day.astype(np.int64)
    h.since_us[:] = a.opened_us
    a.plan[:] = rng.choice([1, 3, 4], n)
    h.system[:] = [stage.add_system(system_prompt(stage, int(s), rng)) for s in h.subjects[:, 0]]
    left = (stage.end_us - a.opened_us) / (stage.end_us - stage.begin_us)
    counts = np.maximum(1, volumes(stage, n, rng, 5.0) * left).astype(np.int64)
    arrivals = rhythm.office_hours(counts, *spans(group), h.peak_hour, rng)
    subject = subjects_of(group, arrivals.sender, rng)
    prompt = tasks(stage, subject, rng)
    return [benign(stage, group, send(stage, group, arrivals, prompt, subject, rng))]


def churn(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-15: after an outage some stop and others open accounts, in the same hours."""
    group = people(stage, n, rng, uses=("person", "program"))
    h = group.habits
    outage = stage.begin_us + int(rng.uniform(0.3, 0.7) * (stage.end_us - stage.begin_us))
    leaving = rng.random(n) < 0.5
    h.until_us[leaving] = outage + rng.integers(0, 3 * HOUR, int(leaving.sum()))
    group.accounts.opened_us[leaving] = np.minimum(
        group.accounts.opened_us[leaving], stage.begin_us - DAY
    )
    h.since_us[leaving] = stage.begin_us
    joined = outage + (rng.exponential(14.0, n) * HOUR).astype(np.int64)
    group.accounts.opened_us[~leaving] = np.minimum(joined[~leaving], stage.end_us - HOUR)
    h.since_us[~leaving] = group.accounts.opened_us[~leaving]
    arrivals = rhythm.sittings(volumes(stage, n, rng), *spans(group), h.peak_hour, rng)
    subject = subjects_of(group, arrivals.sender, rng)
    prompt = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    rows = send(stage, group, arrivals, prompt, subject, rng, chatty=True)
    hit = np.abs(rows.sent_us - outage) < HOUR
    rows.status[hit], rows.finish[hit], rows.output_tokens[hit] = 529, -1, 0
    rows.response = rows.response.keep(~hit)
    return [benign(stage, group, rows)]


def red_team(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-17: authorised testers: hundreds of one-off bypass wordings, most refused; disclosed."""
    group = programs(stage, n, rng)
    firm = split(n, 8.0, rng)
    one_company(stage, group, firm, rng)
    group.accounts.disclosed[:] = rng.choice([1, 2], int(firm.max()) + 1)[firm]
    arrivals = rhythm.office_hours(
        volumes(stage, n, rng, 2.0), *spans(group), group.habits.peak_hour, rng
    )
    subject = subjects_of(group, arrivals.sender, rng)
    body = tasks(stage, subject, rng)
    form = draw_template(stage.elicitation, stage.lexicon, "reencode", "en", rng)
    tried = wrap(stage.elicitation, stage.lexicon, form, body, subject, 1.0, rng)
    rows = send(
        stage, group, arrivals, choose(rng.random(len(body)) < 0.7, tried, body), subject, rng
    )
    refused = (rng.random(len(rows)) < 0.6) & (rows.status == 200)
    rows.finish[refused] = FINISHES.index("refusal")
    rows.output_tokens[refused] = np.minimum(rows.output_tokens[refused], 70)
    rows.response = rows.response.head(np.where(refused, 12, 10_000))
    return [benign(stage, group, rows)]


def aggregator(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-18: disclosed resellers: many tenants' prompts and products in one account."""
    group = programs(stage, n, rng)
    a, h = group.accounts, group.habits
    house = split(n, 5.0, rng)
    n_houses = int(house.max()) + 1
    a.disclosed[:] = 0
    a.verification[:] = 4
    a.plan[:] = 4
    a.organisation = digests(n_houses, rng)[house]
    h.pathway[:] = 3
    arrivals = rhythm.office_hours(volumes(stage, n, rng, 8.0), *spans(group), h.peak_hour, rng)
    subject = rng.integers(0, stage.n_subjects, len(arrivals))
    tongue = rng.choice(h.tongue, len(arrivals))
    prompt = chat(stage, tongue, rng.geometric(0.6, len(arrivals)) - 1, subject, rng)
    rows = send(stage, group, arrivals, prompt, subject, rng)
    tenants = [stage.add_system(system_prompt(stage, int(s), rng)) for s in subject[: 6 * n_houses]]
    pick = house[rows.account] * 6 + rng.integers(0, 6, len(rows))
    rows.system = np.array(tenants)[pick % len(tenants)]
    return [benign(stage, group, rows)]


def drift_monitor(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-23: a fixed set of probes sent every hour or day to see whether answers change."""
    group = programs(stage, n, rng)
    n_probes = 12
    subject_of = np.repeat(group.habits.subjects[:, 0], n_probes)
    probes = tasks(stage, subject_of, rng)
    every = rng.choice([60, 360, 1440], n).astype(np.int64)
    arrivals = rhythm.on_the_clock(volumes(stage, n, rng, 1.6), *spans(group), every, rng)
    pick = arrivals.sender * n_probes + rng.integers(0, n_probes, len(arrivals))
    rows = send(stage, group, arrivals, probes.take(pick), subject_of[pick], rng)
    rows.temperature[:] = 0.0
    return [benign(stage, group, rows)]


def quoted(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-19b: a passage once given by the model, widely quoted; many accounts received it too."""
    group = people(stage, n, rng)
    h = group.habits
    arrivals = rhythm.sittings(volumes(stage, n, rng), *spans(group), h.peak_hour, rng)
    subject = subjects_of(group, arrivals.sender, rng)
    prompt = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    n_famous = max(1, n // 60)
    about = rng.integers(0, stage.n_subjects, n_famous)
    sizes = np.full(n_famous, 4, dtype=np.int64)
    famous = stage.lexicon.passage(stage.talk["answer"], sizes, about, rng)
    pick = rng.integers(0, n_famous, len(arrivals))
    quotes = famous.take(pick).keep(rng.random(len(arrivals)) < 0.08)
    rows = send(stage, group, arrivals, beside([prompt, quotes]), subject, rng, chatty=True)
    if stage.recipe.responses:
        again = rng.random(len(rows)) < 0.12
        rows.response = choose(again & (rows.status == 200), famous.take(pick), rows.response)
    return [benign(stage, group, rows)]
