"""A harvest: dispatch over accounts, wording, customers mixed in, answers fed back."""

from __future__ import annotations

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.attacker import Knobs
from stillwatch.lab.elicitation import draw_template, wrap
from stillwatch.lab.ragged import Bools, Ints, Ragged, beside, empty_rows
from stillwatch.lab.rhythm import HOUR, Arrivals
from stillwatch.lab.rows import Cohort, ExchangeRows, Group, join_exchanges
from stillwatch.lab.stage import Stage, answer_text, people, send
from stillwatch.lab.tasks import scatter
from stillwatch.lab.tongues import LANGUAGES
from stillwatch.lab.voices import chat, system_prompt, tasks

ECHOING = ("judge", "clean", "completed")


def scattered(
    stage: Stage, settled: Knobs, group: Group, n: int, rng: np.random.Generator
) -> tuple[Arrivals, Ints]:
    """Times, senders and subjects of ``n`` dispatched tasks.

    The load balancer takes any open account; with ``persona_sticky`` one that keeps the
    task's subject. An account that is not open at that time sends nothing.
    """
    recipe, h, size = stage.recipe, group.habits, len(group)
    n_subjects = settled.plan.n_subjects or stage.n_subjects
    menu = rng.choice(stage.n_subjects, n_subjects, replace=False)
    place = rng.integers(0, n_subjects, n)
    sender = rng.integers(0, size, n)
    sticky = rng.random(n) < recipe.persona_sticky
    lanes = min(n_subjects, size)
    slots = -(-size // lanes)
    own = (place % lanes) + lanes * rng.integers(0, slots, n)
    sender = np.where(sticky, own % size, sender)
    sent = rhythm.waves(n, settled.since_us, settled.until_us, settled.jitter, rng)
    human = rng.random(n) < recipe.human_sessions
    if human.any():
        counts = np.bincount(sender[human], minlength=size).astype(np.int64)
        seated = rhythm.sittings(counts, h.since_us, h.until_us, h.peak_hour, rng)
        rows = np.flatnonzero(human)[np.argsort(sender[human], kind="stable")]
        sent[rows], sender[rows] = seated.sent_us, seated.sender
    alive = (sent >= h.since_us[sender]) & (sent < h.until_us[sender])
    arrivals = rhythm.alone(sender[alive], sent[alive])
    return arrivals, np.asarray(menu[place[alive]], dtype=np.int64)


def worded(
    stage: Stage, settled: Knobs, subject: Ints, kinds: Ints, rng: np.random.Generator
) -> Ragged:
    """Task texts inside the campaign's own templates; ``kinds`` index ``plan.classes``."""
    plan, n = settled.plan, len(subject)
    n_tasks = max(1, -(-n // plan.folds))
    chosen = rng.permutation(np.arange(n, dtype=np.int64) % n_tasks)
    base = tasks(stage, subject[:n_tasks], rng, dict(plan.families)).take(chosen)
    languages = rng.choice(LANGUAGES, plan.n_tongues, replace=False, p=_tongue_weights())
    language = rng.integers(0, len(languages), n)
    parts: list[Ragged] = []
    places: list[Ints] = []
    for number, (name, _) in enumerate(plan.classes):
        for index, tongue in enumerate(languages.tolist()):
            rows = np.flatnonzero((kinds == number) & (language == index))
            if not len(rows):
                continue
            text = base.take(rows)
            if name != "none":
                template = draw_template(stage.elicitation, stage.lexicon, name, tongue, rng)
                text = wrap(
                    stage.elicitation, stage.lexicon, template, text, subject[rows],
                    stage.recipe.paraphrase, rng,
                )  # fmt: skip
            parts.append(text)
            places.append(rows)
    return scatter(parts, places, n)


def _tongue_weights() -> rhythm.Floats:
    weights = np.array([9.0] + [1.0] * (len(LANGUAGES) - 1))
    return weights / weights.sum()


def fed_back(arrivals: Arrivals, answers: Ragged, wants: Bools, rng: np.random.Generator) -> Ragged:
    """For each exchange that ``wants`` it, an answer given at least 20 minutes earlier.

    Answers come from any account of the campaign, whole or cut at the front; exchanges
    without an early enough answer get nothing.
    """
    order = np.argsort(arrivals.sent_us, kind="stable")
    limit = np.searchsorted(arrivals.sent_us[order], arrivals.sent_us - HOUR // 3)
    picked = order[np.floor(rng.random(len(wants)) * np.maximum(limit, 1)).astype(np.int64)]
    text = answers.take(picked)
    skip = np.floor(text.lengths * 0.2 * rng.random(len(wants))).astype(np.int64)
    return text.middle(skip, text.lengths).keep(wants & (limit > 0))


def customers(
    stage: Stage, group: Group, arrivals: Arrivals, rng: np.random.Generator
) -> ExchangeRows:
    """Unrelated people whose requests the operator resells over the same accounts."""
    n_customers = max(8, len(arrivals) // 25)
    crowd = people(stage, n_customers, rng, uses=("program", "harness"))
    who = np.minimum(rng.lognormal(2.2, 1.3, len(arrivals)), n_customers - 1).astype(np.int64)
    who = (who * 7919 + rng.integers(0, n_customers, len(arrivals))) % n_customers
    owns = np.flatnonzero(rng.random(n_customers) < 0.2)[:400]
    for row in owns.tolist():
        first = int(crowd.habits.subjects[row, 0])
        crowd.habits.system[row] = stage.add_system(system_prompt(stage, first, rng))
    which = rng.integers(0, 3, len(arrivals))
    subject = crowd.habits.subjects[who, which]
    place = rng.geometric(0.5, len(arrivals)) - 1
    talk = chat(stage, crowd.habits.tongue[who], place, subject, rng)
    rows = send(stage, group, arrivals, talk, subject, rng)
    for name in ("temperature", "max_tokens", "system", "tools"):
        setattr(rows, name, getattr(crowd.habits, name)[who])
    swift = rng.random(len(arrivals)) < crowd.habits.swift_share[who] * 0.6
    rows.model = np.where(swift, 1, crowd.habits.model[who])
    return rows


def harvest(
    stage: Stage,
    settled: Knobs,
    group: Group,
    rng: np.random.Generator,
) -> tuple[ExchangeRows, Ints]:
    """Rows of a campaign and, per row, its class index (-1 for customers' requests)."""
    plan = settled.plan
    n_mixed = int(rng.binomial(settled.n_exchanges, settled.mixing))
    arrivals, subject = scattered(stage, settled, group, settled.n_exchanges - n_mixed, rng)
    weights = np.array([w for _, w in plan.classes])
    kinds = rng.choice(len(weights), len(arrivals), p=weights / weights.sum()).astype(np.int64)
    prompt = worded(stage, settled, subject, kinds, rng)
    answers = empty_rows(len(arrivals))
    echoing = np.array([name in ECHOING for name, _ in plan.classes])[kinds]
    if echoing.any():
        answers = answer_text(stage, subject, rng, 3, 7)
        fed = fed_back(arrivals, answers, echoing & (rng.random(len(kinds)) < 0.9), rng)
        prompt = beside([prompt, fed])
    rows = send(stage, group, arrivals, prompt, subject, rng, output_mean=plan.output_mean)
    if echoing.any() and stage.recipe.responses:
        rows.response = answers.keep(rows.status == 200)
    if not n_mixed:
        return rows, kinds
    share = rng.multinomial(n_mixed, np.full(len(group), 1 / len(group))).astype(np.int64)
    others = rhythm.steady(share, group.habits.since_us, group.habits.until_us, rng)
    extra = customers(stage, group, others, rng)
    labels = np.concatenate([kinds, np.full(len(extra), -1, dtype=np.int64)])
    return join_exchanges([rows, extra]), labels


def cohort(settled: Knobs, group: Group, rows: ExchangeRows) -> Cohort:
    """The campaign's accounts with the moment at which each begins for the operator."""
    started = np.maximum(group.habits.since_us, settled.since_us)
    return Cohort(group.accounts, rows, started, campaign=settled.plan.campaign)
