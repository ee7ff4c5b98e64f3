"""A harvest: dispatch over accounts, wording, customers mixed in, answers fed back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.lab import rhythm
from stillwatch.lab.attacker import Knobs, shared
from stillwatch.lab.crowd import digests, people
from stillwatch.lab.elicitation import draw_template, wrap
from stillwatch.lab.ragged import Bools, Ints, Ragged, beside, choose, empty_rows, within
from stillwatch.lab.rhythm import HOUR, Arrivals
from stillwatch.lab.rows import Cohort, ExchangeRows, Group, join_exchanges
from stillwatch.lab.sending import answer_text, send
from stillwatch.lab.stage import Stage
from stillwatch.lab.tasks import scatter
from stillwatch.lab.tongues import LANGUAGES
from stillwatch.lab.voices import chat, pasted, system_prompt, tasks

#: names of what all lots of a campaign have in common.
_MENU, _QUOTAS, _JOBS, _TONGUES, _WORDING = range(5)
ECHOING = ("judge", "clean", "completed")


def scattered(
    stage: Stage, settled: Knobs, group: Group, n: int, rng: np.random.Generator
) -> tuple[Arrivals, Ints]:
    """Times, senders and subjects of ``n`` dispatched tasks.

    The load balancer takes any open account; with ``persona_sticky`` one that keeps the
    task's subject. Accounts' quotas differ by a coefficient of variation of up to a third.
    Where the account is closed at that time another one is tried; a task that finds none
    is lost, or, in lots, whose volume is settled, sent at a time when its account is open.
    """
    recipe, h, size = stage.recipe, group.habits, len(group)
    n_subjects = settled.plan.n_subjects or stage.n_subjects
    menu = shared(settled, rng, _MENU).choice(stage.n_subjects, n_subjects, replace=False)
    place = rng.integers(0, n_subjects, n)
    uneven = shared(settled, rng, _QUOTAS).uniform(0.001, 0.12)
    weights = rng.gamma(1 / uneven, 1.0, size)
    sender = rng.choice(size, n, p=weights / weights.sum())
    sticky = rng.random(n) < recipe.persona_sticky
    lanes = min(n_subjects, size)
    slots = -(-size // lanes)
    own = (place % lanes) + lanes * rng.integers(0, slots, n)
    sender = np.where(sticky, own % size, sender)
    jobs = shared(settled, rng, _JOBS)
    sent = rhythm.waves(n, settled.since_us, settled.until_us, settled.jitter, rng, jobs=jobs)
    human = rng.random(n) < recipe.human_sessions
    if human.any():
        counts = np.bincount(sender[human], minlength=size).astype(np.int64)
        seated = rhythm.sittings(counts, h.since_us, h.until_us, h.peak_hour, rng)
        rows = np.flatnonzero(human)[np.argsort(sender[human], kind="stable")]
        sent[rows], sender[rows] = seated.sent_us, seated.sender
    for _ in range(8):
        closed = (sent < h.since_us[sender]) | (sent >= h.until_us[sender])
        sender[closed] = rng.integers(0, size, int(closed.sum()))
    if settled.shared is not None:
        closed = (sent < h.since_us[sender]) | (sent >= h.until_us[sender])
        since, until = h.since_us[sender[closed]], h.until_us[sender[closed]]
        sent[closed] = since + (rng.random(len(since)) * (until - since)).astype(np.int64)
    alive = (sent >= h.since_us[sender]) & (sent < h.until_us[sender])
    arrivals = rhythm.alone(sender[alive], sent[alive])
    return arrivals, np.asarray(menu[place[alive]], dtype=np.int64)


def alive_days(settled: Knobs, group: Group) -> rhythm.Floats:
    """Days that each account is open within the campaign's interval, shape (n_accounts,)."""
    h = group.habits
    low = np.maximum(h.since_us, settled.since_us)
    high = np.minimum(h.until_us, settled.until_us)
    return np.asarray(np.maximum(high - low, 0) / rhythm.DAY)


def worded(
    stage: Stage, settled: Knobs, subject: Ints, kinds: Ints, rng: np.random.Generator
) -> Ragged:
    """Task texts inside the campaign's own templates; ``kinds`` index ``plan.classes``."""
    plan, n = settled.plan, len(subject)
    n_tasks = -(-n // plan.folds)
    speaking = shared(settled, rng, _TONGUES)
    languages = speaking.choice(LANGUAGES, plan.n_tongues, replace=False, p=_tongue_weights())
    spoken = rng.integers(0, len(languages), n_tasks)
    shuffled = rng.permutation(n)
    alike = shuffled[np.argsort(subject[shuffled], kind="stable")]
    chosen = np.empty(n, dtype=np.int64)
    chosen[alike] = np.arange(n, dtype=np.int64) // plan.folds
    about = subject[alike[:: plan.folds]]
    base = _bare(stage, settled, about, languages[spoken], rng).take(chosen)
    language = spoken[chosen]
    parts: list[Ragged] = []
    places: list[Ints] = []
    for number, (name, _) in enumerate(plan.classes):
        for index, tongue in enumerate(languages.tolist()):
            rows = np.flatnonzero((kinds == number) & (language == index))
            if not len(rows):
                continue
            text = base.take(rows)
            if name != "none":
                wording = shared(settled, rng, _WORDING, number, index)
                form = draw_template(stage.elicitation, stage.lexicon, name, tongue, wording)
                text = wrap(
                    stage.elicitation, stage.lexicon, form, text, subject[rows],
                    stage.recipe.paraphrase, rng,
                )  # fmt: skip
            parts.append(text)
            places.append(rows)
    return scatter(parts, places, n)


def _bare(
    stage: Stage,
    settled: Knobs,
    subject: Ints,
    tongue: npt.NDArray[np.str_],
    rng: np.random.Generator,
) -> Ragged:
    if len(stage.campaign_texts):
        texts = rng.permutation(stage.campaign_texts)
        ids = texts[np.arange(len(subject)) % len(texts)]
        return Ragged(ids.astype(np.uint32), np.ones(len(ids), dtype=np.int64))
    plan = settled.plan
    base = tasks(stage, subject, rng, dict(plan.families))
    consistent = any(name == "consist" for name, _ in plan.classes)
    own = 0.95 if consistent else 0.0 if plan.n_subjects else 0.4
    for name in np.unique(tongue[tongue != "en"]).tolist():
        rows = (tongue == name) & (rng.random(len(subject)) < own)
        sizes = np.where(rows, rng.integers(1, 4, len(rows)), 0)
        local = stage.lexicon.passage(stage.plain[name], sizes, subject, rng)
        spoken = np.full(len(rows), LANGUAGES.index(name), dtype=np.int64)
        local = pasted(stage, local, subject, rng, tongue=spoken)
        base = choose(rows, local, base)
    return base


def chained(rows: ExchangeRows, mean_length: float, rng: np.random.Generator) -> None:
    """Make runs of an account's exchanges into conversations, in place: ids and turns.

    Args:
        rows: exchanges.
        mean_length: mean number of exchanges in a conversation.
        rng: chance.
    """
    order = np.lexsort((rows.sent_us, rows.account))
    fresh = rng.random(len(order)) < 1.0 / mean_length
    fresh[1:] |= np.diff(rows.account[order]) != 0
    fresh[:1] = True
    begins = np.flatnonzero(fresh)
    sizes = np.diff(np.append(begins, len(order))).astype(np.int64)
    rows.turn[order] = within(sizes) * 2
    rows.conversation[order] = np.repeat(digests(len(begins), rng), sizes)
    rows.input_tokens = rows.input_tokens + rows.turn * rng.integers(60, 220, len(rows))


def _tongue_weights() -> rhythm.Floats:
    weights = np.array([9.0] + [1.0] * (len(LANGUAGES) - 1))
    return np.asarray(weights / weights.sum())


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
    open_days = alive_days(settled, group)
    n_all = max(2, round(settled.rate_per_day * float(open_days.sum())))
    n_mixed = int(rng.binomial(n_all, settled.mixing))
    arrivals, subject = scattered(stage, settled, group, n_all - n_mixed, rng)
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
    if plan.chain > 1.0:
        chained(rows, plan.chain, rng)
    if not n_mixed:
        return rows, kinds
    share = rng.multinomial(n_mixed, open_days / open_days.sum()).astype(np.int64)
    since = np.maximum(group.habits.since_us, settled.since_us)
    until = np.maximum(np.minimum(group.habits.until_us, settled.until_us), since + 1)
    others = rhythm.by_day(rhythm.steady(share, since, until, rng), since, until, rng)
    extra = customers(stage, group, others, rng)
    labels = np.concatenate([kinds, np.full(len(extra), -1, dtype=np.int64)])
    return join_exchanges([rows, extra]), labels


def cohort(settled: Knobs, group: Group, rows: ExchangeRows) -> Cohort:
    """The campaign's accounts with the moment at which each begins for the operator."""
    started = np.maximum(group.habits.since_us, settled.since_us)
    return Cohort(group.accounts, rows, started, campaign=settled.plan.campaign)
