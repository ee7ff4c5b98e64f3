"""Twins of content: popular harness, homework, vertical SaaS, dataset tools, audits, judges."""

from __future__ import annotations

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.crowd import people, subjects_of
from stillwatch.lab.elicitation import draw_template
from stillwatch.lab.ragged import Ints, Ragged, beside, choose, stack
from stillwatch.lab.rhythm import HOUR
from stillwatch.lab.rows import Cohort
from stillwatch.lab.sending import answer_text, own_earlier, send
from stillwatch.lab.stage import Stage
from stillwatch.lab.tasks import scatter
from stillwatch.lab.twins.cast import (
    benign,
    one_company,
    programs,
    shared_subject,
    spans,
    split,
    volumes,
)
from stillwatch.lab.voices import chat, pasted, system_prompt, tasks, with_kits


def around(stage: Stage, kind: str, which: Ints, body: Ragged, rng: np.random.Generator) -> Ragged:
    """Put ``body`` into the wording number ``which`` of each row, all of one class."""
    parts, places = [], []
    for number in np.unique(which).tolist():
        rows = np.flatnonzero(which == number)
        form = draw_template(stage.elicitation, stage.lexicon, kind, "en", rng)
        same = np.zeros(len(rows), dtype=np.int64)
        head = [text.take(same) for _, text in form.head]
        tail = [text.take(same) for _, text in form.tail]
        parts.append(beside([*head, body.take(rows), *tail]))
        places.append(rows)
    return scatter(parts, places, len(which))


def popular_harness(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-3: a coding harness: thousands of strangers share its system prompt, tools, client."""
    group = people(stage, n, rng, uses=("harness",))
    h = group.habits
    h.system[:], h.tools[:] = with_kits(stage, h.client, 1.0, rng)
    arrivals = rhythm.sittings(
        volumes(stage, n, rng, 1.5), *spans(group), h.peak_hour, rng, per_sitting=12.0
    )
    subject = subjects_of(group, arrivals.sender, rng)
    later = arrivals.place > 0
    follow = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    first = tasks(stage, subject, rng, {"code": 6, "agentic": 4})
    where = np.arange(len(arrivals), dtype=np.int64)
    prompt = stack([first, follow]).take(np.where(later, where + len(where), where))
    rows = send(stage, group, arrivals, prompt, subject, rng, chatty=True, output_mean=600.0)
    return [benign(stage, group, rows)]


def homework(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-3b: a course: the same questions within days, then each student's own follow-ups."""
    group = people(stage, n, rng)
    h = group.habits
    course = split(n, 45.0, rng)
    n_courses = int(course.max()) + 1
    subject_of = shared_subject(stage, group, course, rng)
    n_items = 8
    owner = np.repeat(np.arange(n_courses), n_items)
    bank_subject = rng.integers(0, stage.n_subjects, n_courses)[owner]
    bank = tasks(stage, bank_subject, rng, {"arithmetic": 3, "question": 3, "code": 2})
    due = stage.begin_us + rng.integers(2, max(stage.recipe.days, 3), n_courses) * 24 * HOUR
    since = np.maximum(h.since_us, due[course] - 3 * 24 * HOUR)
    until = np.clip(due[course] + 6 * HOUR, since + HOUR, stage.end_us)
    arrivals = rhythm.sittings(
        volumes(stage, n, rng, 0.6), np.minimum(since, until - 1), until, h.peak_hour, rng
    )
    copied = (arrivals.place == 0) | (rng.random(len(arrivals)) < 0.2)
    item = course[arrivals.sender] * n_items + rng.integers(0, n_items, len(arrivals))
    subject = subject_of[arrivals.sender]
    talk = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    where = np.arange(len(arrivals), dtype=np.int64)
    prompt = stack([bank.take(item), talk]).take(np.where(copied, where, where + len(where)))
    rows = send(stage, group, arrivals, prompt, subject, rng, chatty=True)
    return [benign(stage, group, rows)]


def vertical_saas(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-4: vendors whose every tenant asks one narrow thing through the vendor's prompt."""
    group = programs(stage, n, rng)
    h = group.habits
    vendor = split(n, 35.0, rng)
    subject_of = shared_subject(stage, group, vendor, rng)
    numbers = np.array(
        [
            stage.add_system(system_prompt(stage, int(s), rng, 6))
            for s in rng.integers(0, stage.n_subjects, int(vendor.max()) + 1)
        ]
    )
    h.system[:] = numbers[vendor]
    kind = rng.integers(0, 7, int(vendor.max()) + 1)[vendor]
    arrivals = rhythm.office_hours(volumes(stage, n, rng, 2.0), *spans(group), h.peak_hour, rng)
    subject = subject_of[arrivals.sender]
    asked = stage.book.render(stage.lexicon, kind[arrivals.sender], subject, rng)
    prompt = pasted(stage, asked, subject, rng)
    return [benign(stage, group, send(stage, group, arrivals, prompt, subject, rng))]


def dataset_tool(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-3c: an open-source tool's template over public tasks, run by unrelated people."""
    group = programs(stage, n, rng)
    bank_subject = rng.integers(0, stage.n_subjects, 3_000)
    bank = tasks(stage, bank_subject, rng)
    since, until = spans(group)
    start = since + (rng.random(n) * (until - since) * 0.95).astype(np.int64)
    end = np.minimum(start + (rng.lognormal(2.5, 1.2, n) * HOUR).astype(np.int64), until)
    arrivals = rhythm.steady(volumes(stage, n, rng, 1.5), start, np.maximum(end, start + 1), rng)
    item = rng.integers(0, len(bank), len(arrivals))
    tool = rng.integers(0, 3, n)[arrivals.sender]
    prompt = around(stage, "reasoning", tool, bank.take(item), rng)
    return [benign(stage, group, send(stage, group, arrivals, prompt, bank_subject[item], rng))]


def audit(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-5: explanations for case files: organisations ask for grounds, in their own words."""
    group = programs(stage, n, rng)
    office = split(n, 6.0, rng)
    subject_of = shared_subject(stage, group, office, rng)
    one_company(stage, group, office, rng)
    arrivals = rhythm.office_hours(
        volumes(stage, n, rng, 1.5), *spans(group), group.habits.peak_hour, rng
    )
    subject = subject_of[arrivals.sender]
    sizes = rng.integers(1, 5, len(subject))
    told = stage.lexicon.passage(stage.talk["say"], sizes, subject, rng)
    facts = pasted(stage, told, subject, rng)
    research = rng.random(int(office.max()) + 1) < 0.25
    cases = around(stage, "explain", office[arrivals.sender], facts, rng)
    traces = around(stage, "reasoning", office[arrivals.sender], facts, rng)
    where = np.arange(len(subject), dtype=np.int64)
    studied = research[office[arrivals.sender]]
    prompt = stack([cases, traces]).take(np.where(studied, where + len(where), where))
    group.accounts.programme[research[office]] = 1
    return [benign(stage, group, send(stage, group, arrivals, prompt, subject, rng))]


def judge_evals(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-6: rubric grading of the account's own product's answers, one rubric an account."""
    group = programs(stage, n, rng)
    arrivals = rhythm.nightly(
        volumes(stage, n, rng, 3.0), *spans(group), rng.uniform(0, 24, n), rng.uniform(1, 9, n), rng
    )
    subject = subjects_of(group, arrivals.sender, rng)
    answers = answer_text(stage, subject, rng)
    own, has = own_earlier(arrivals, answers)
    graded = choose(has & (rng.random(len(subject)) < 0.5), own, answer_text(stage, subject, rng))
    prompt = around(stage, "judge", arrivals.sender, graded, rng)
    rows = send(stage, group, arrivals, prompt, subject, rng, answers=answers)
    return [benign(stage, group, rows)]
