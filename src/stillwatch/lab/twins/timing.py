"""Twins of timing: cron, nightly runs, back-fills, release day, launch of a product."""

from __future__ import annotations

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.crowd import pin, subjects_of
from stillwatch.lab.infrastructure import NEW_MODEL, OPERATIONS
from stillwatch.lab.ragged import beside, within
from stillwatch.lab.rhythm import HOUR
from stillwatch.lab.rows import Cohort, join_exchanges
from stillwatch.lab.sending import send
from stillwatch.lab.stage import Stage
from stillwatch.lab.twins.cast import benign, programs, spans, volumes
from stillwatch.lab.voices import chat, pasted, system_prompt, tasks


def cron(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-1: unrelated jobs that all fire on the hour or quarter, each with its own prompt."""
    group = programs(stage, n, rng)
    counts = volumes(stage, n, rng, 1.6)
    every = rng.choice([15, 30, 60, 360, 1440], n, p=[0.15, 0.15, 0.4, 0.15, 0.15])
    arrivals = rhythm.on_the_clock(counts, *spans(group), every.astype(np.int64), rng)
    own = stage.lexicon.one_of(stage.talk["ask"], group.habits.subjects[:, 0], rng)
    subject = subjects_of(group, arrivals.sender, rng)
    sizes = rng.integers(1, 4, len(subject))
    text = stage.lexicon.passage(stage.talk["say"], sizes, subject, rng)
    prompt = beside([own.take(arrivals.sender), pasted(stage, text, subject, rng)])
    return [benign(stage, group, send(stage, group, arrivals, prompt, subject, rng))]


def nightly_evals(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-9: regression suites, some nightly, some round the clock; an account repeats its set."""
    group = programs(stage, n, rng)
    counts = volumes(stage, n, rng, 4.0)
    start, length = rng.uniform(0, 24, n), rng.uniform(0.5, 5, n)
    length[rng.random(n) < 0.4] = 24.0
    arrivals = rhythm.nightly(counts, *spans(group), start, length, rng)
    suite = 30
    subject = group.habits.subjects[np.repeat(np.arange(n), suite), rng.integers(0, 3, n * suite)]
    items = tasks(stage, subject, rng)
    pick = arrivals.sender * suite + rng.integers(0, suite, len(arrivals))
    rows = send(stage, group, arrivals, items.take(pick), subject[pick], rng)
    return [benign(stage, group, rows)]


def backfill(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-8: archives labelled once; volumes are equal (a batch size), windows differ."""
    group = pin(programs(stage, n, rng), plan=rng.choice([1, 2], n))
    size = max(10, int(stage.recipe.mean_exchanges * 4))
    counts = np.full(n, size, dtype=np.int64)
    since, until = spans(group)
    start = since + (rng.random(n) * (until - since) * 0.9).astype(np.int64)
    end = np.minimum(start + (rng.lognormal(1.6, 0.8, n) * HOUR).astype(np.int64) + HOUR, until)
    arrivals = rhythm.steady(counts, start, np.maximum(end, start + 1), rng)
    ask = stage.book.render(
        stage.lexicon, rng.choice([2, 4], n).astype(np.int64), group.habits.subjects[:, 0], rng
    )
    subject = subjects_of(group, arrivals.sender, rng)
    text = stage.lexicon.passage(stage.talk["say"], rng.integers(1, 5, len(subject)), subject, rng)
    prompt = beside([ask.take(arrivals.sender), pasted(stage, text, subject, rng)])
    rows = send(stage, group, arrivals, prompt, subject, rng, output_mean=60.0)
    rows.operation[:] = rng.choice([0, 3, 4], n)[rows.account]
    vectors = rows.operation == OPERATIONS.index("embeddings")
    rows.output_tokens[vectors] = rows.reasoning_tokens[vectors] = 0
    rows.response = rows.response.keep(~vectors)
    return [benign(stage, group, rows)]


def release_day(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-12: everyone tries one public benchmark on the new model, each item once an account."""
    group = programs(stage, n, rng)
    n_items = max(20, int(stage.recipe.mean_exchanges * 2))
    bank = tasks(stage, rng.integers(0, stage.n_subjects, n_items), rng)
    counts = np.clip(volumes(stage, n, rng, 1.5), 1, n_items)
    since = stage.release_us + (rng.exponential(7.0, n) * HOUR).astype(np.int64)
    until = np.minimum(since + (rng.lognormal(0.3, 0.8, n) * HOUR).astype(np.int64), stage.end_us)
    group.accounts.opened_us = np.minimum(group.accounts.opened_us, since - HOUR)
    arrivals = rhythm.steady(counts, since, np.maximum(until, since + HOUR // 6), rng)
    first = rng.integers(0, n_items, n)
    item = (first[arrivals.sender] + within(counts)) % n_items
    rows = send(stage, group, arrivals, bank.take(item), item % stage.n_subjects, rng)
    rows.model[:] = NEW_MODEL
    usual = rhythm.office_hours(
        volumes(stage, n, rng, 0.6), *spans(group), rng.uniform(0, 24, n), rng
    )
    subject = subjects_of(group, usual.sender, rng)
    other = send(stage, group, usual, tasks(stage, subject, rng), subject, rng)
    return [benign(stage, group, join_exchanges([rows, other]))]


def launch(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-21: a product launch brings a day of new accounts through one app's system prompt."""
    group = programs(stage, n, rng)
    day = stage.begin_us + int(rng.uniform(0.1, 0.7) * (stage.end_us - stage.begin_us))
    opened = day + (rng.exponential(8.0, n) * HOUR).astype(np.int64)
    group.accounts.opened_us = np.minimum(opened, stage.end_us - HOUR)
    group.habits.since_us[:] = group.accounts.opened_us
    group.habits.system[:] = stage.add_system(system_prompt(stage, 3, rng, 8))
    counts = volumes(stage, n, rng, 0.6)
    h = group.habits
    arrivals = rhythm.sittings(counts, *spans(group), h.peak_hour, rng)
    subject = subjects_of(group, arrivals.sender, rng)
    prompt = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    rows = send(stage, group, arrivals, prompt, subject, rng, chatty=True)
    return [benign(stage, group, rows)]
