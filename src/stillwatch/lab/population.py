"""The ordinary population: chatters, developers, small businesses, hobby batches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.crowd import people, pin, subjects_of
from stillwatch.lab.ragged import Ints, Ragged, beside, choose
from stillwatch.lab.rows import Cohort
from stillwatch.lab.sending import answer_text, own_earlier, send
from stillwatch.lab.stage import Stage
from stillwatch.lab.voices import chat, pasted, system_prompt, tasks, with_kits

BLOCK = 4_000
SHARES: tuple[tuple[str, float], ...] = (
    ("chatters", 0.62),
    ("developers", 0.2),
    ("businesses", 0.12),
    ("hobbyists", 0.06),
)


def ordinary(stage: Stage, n: int, rng: np.random.Generator) -> Iterator[Cohort]:
    """``n`` benign accounts that play no twin, in blocks."""
    mean = stage.recipe.mean_exchanges
    sizes = rng.multinomial(n, [share for _, share in SHARES])
    for (name, _), size in zip(SHARES, sizes.tolist(), strict=True):
        for low in range(0, size, BLOCK):
            yield _KINDS[name](stage, min(BLOCK, size - low), mean, rng)


def truth_start(stage: Stage, n: int) -> Ints:
    """The window's begin for each of ``n`` benign accounts."""
    return np.full(n, stage.begin_us, dtype=np.int64)


def chatters(stage: Stage, n: int, mean: float, rng: np.random.Generator) -> Cohort:
    """People in chat apps: sittings, follow-ups, twelve languages."""
    group = people(stage, n, rng)
    h = group.habits
    counts = rhythm.heavy_counts(n, mean, rng)
    arrivals = rhythm.sittings(counts, h.since_us, h.until_us, h.peak_hour, rng)
    subject = subjects_of(group, arrivals.sender, rng)
    talk = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    prompt = own_words(stage, talk, rng)
    answers = None
    if stage.recipe.responses:
        answers = answer_text(stage, subject, rng)
        own, has = own_earlier(arrivals, answers)
        quoting = has & (arrivals.place > 0) & (rng.random(len(subject)) < 0.04)
        prompt = beside([prompt, own.keep(quoting)])
    rows = send(stage, group, arrivals, prompt, subject, rng, chatty=True, answers=answers)
    return Cohort(group.accounts, rows, truth_start(stage, n))


def own_words(stage: Stage, prompt: Ragged, rng: np.random.Generator) -> Ragged:
    """Where the user brought texts that people wrote, half of the prompts become those."""
    if not len(stage.benign_texts):
        return prompt
    ids = rng.choice(stage.benign_texts, len(prompt)).astype(np.uint32)
    given = Ragged(ids, np.ones(len(prompt), dtype=np.int64))
    return choose(rng.random(len(prompt)) < 0.5, given, prompt)


def developers(stage: Stage, n: int, mean: float, rng: np.random.Generator) -> Cohort:
    """Programmers: SDK or harness, bursts of trials, tasks and chat mixed, own parameters."""
    group = people(stage, n, rng, uses=("program", "harness"))
    h = group.habits
    h.system[:], h.tools[:] = with_kits(stage, h.client, 0.9, rng)
    counts = rhythm.heavy_counts(n, mean * 1.1, rng, 1.5)
    arrivals = rhythm.sittings(
        counts, h.since_us, h.until_us, h.peak_hour, rng, per_sitting=9.0, weekend=0.4
    )
    subject = subjects_of(group, arrivals.sender, rng)
    talk = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    taskish = rng.beta(1.2, 0.8, n)[arrivals.sender]
    prompt = choose(rng.random(len(arrivals)) < taskish, tasks(stage, subject, rng), talk)
    rows = send(stage, group, arrivals, prompt, subject, rng, chatty=True)
    single = rng.random(n)[rows.account] < 0.55
    rows.turn[single], rows.conversation[single] = 0, 0
    rows.temperature[:] = _retried(rows.temperature, rng)
    return Cohort(group.accounts, rows, truth_start(stage, n))


def _retried(values: rhythm.Floats, rng: np.random.Generator) -> rhythm.Floats:
    tried = rng.random(len(values)) < 0.08
    return np.where(tried, rng.choice([0.0, 0.2, 0.5, 1.0], len(values)), values)


def businesses(stage: Stage, n: int, mean: float, rng: np.random.Generator) -> Cohort:
    """Small businesses: one own system prompt, their customers' requests by office hours."""
    group = people(stage, n, rng, uses=("program",))
    h = group.habits
    home = h.subjects[:, 0]
    h.subjects[:, 1] = home
    h.system[:] = [stage.add_system(system_prompt(stage, int(s), rng)) for s in home]
    pin(group, pathway=np.where(h.pathway == 4, 0, h.pathway))
    counts = rhythm.heavy_counts(n, mean * 1.4, rng, 1.4)
    arrivals = rhythm.office_hours(counts, h.since_us, h.until_us, h.peak_hour, rng)
    subject = subjects_of(group, arrivals.sender, rng)
    tongue = np.where(rng.random(len(arrivals)) < 0.85, h.tongue[arrivals.sender], 0)
    prompt = chat(stage, tongue, np.zeros(len(arrivals), np.int64), subject, rng)
    rows = send(stage, group, arrivals, prompt, subject, rng)
    return Cohort(group.accounts, rows, truth_start(stage, n))


def hobbyists(stage: Stage, n: int, mean: float, rng: np.random.Generator) -> Cohort:
    """People who run one prompt of their own over a list: templated, bursty, one account each."""
    group = people(stage, n, rng, uses=("program",))
    h = group.habits
    counts = rhythm.heavy_counts(n, mean * 1.5, rng, 1.6)
    start = h.since_us + (rng.random(n) * (h.until_us - h.since_us)).astype(np.int64)
    length = (rng.lognormal(1.2, 1.2, n) * rhythm.HOUR).astype(np.int64)
    arrivals = rhythm.steady(counts, start, np.minimum(start + length + 1, h.until_us), rng)
    own = stage.lexicon.one_of(stage.talk["ask"], h.subjects[:, 0], rng)
    subject = subjects_of(group, arrivals.sender, rng)
    item = stage.lexicon.passage(stage.talk["say"], rng.integers(1, 4, len(subject)), subject, rng)
    prompt = beside([own.take(arrivals.sender), pasted(stage, item, subject, rng)])
    rows = send(stage, group, arrivals, prompt, subject, rng)
    return Cohort(group.accounts, rows, truth_start(stage, n))


_KINDS = {
    "chatters": chatters,
    "developers": developers,
    "businesses": businesses,
    "hobbyists": hobbyists,
}
