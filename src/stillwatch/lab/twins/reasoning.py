"""Twins of reasoning replay: resumed sessions, shared projects, migrated histories."""

from __future__ import annotations

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.crowd import people, subjects_of
from stillwatch.lab.ragged import Ragged, beside, within
from stillwatch.lab.rows import Cohort
from stillwatch.lab.sending import answer_text, send
from stillwatch.lab.stage import Stage
from stillwatch.lab.twins.cast import benign, one_company, programs, spans, split, volumes
from stillwatch.lab.voices import chat, tasks


def session_resume(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-16: reasoning shown again by its own account, or by a colleague on a shared project."""
    group = people(stage, n, rng, uses=("harness", "program"))
    team = split(n, 5.0, rng)
    one_company(stage, group, team, rng)
    h = group.habits
    arrivals = rhythm.sittings(volumes(stage, n, rng, 1.2), *spans(group), h.peak_hour, rng)
    subject = subjects_of(group, arrivals.sender, rng)
    prompt = chat(stage, h.tongue[arrivals.sender], arrivals.place, subject, rng)
    rows = send(stage, group, arrivals, prompt, subject, rng, chatty=True)
    handed = rng.random(n) < 0.3
    owner = np.where(handed, -1 - team, np.arange(n))[rows.account]
    lengths = np.where(rng.random(len(rows)) < 0.5, np.minimum(arrivals.place, 3), 0)
    which = np.repeat(arrivals.sent_us // (2 * rhythm.DAY), lengths) * 5 + within(lengths)
    scoped = (np.repeat(owner, lengths) + 1_000_003) * 4_099 + which
    rows.replayed = Ragged((scoped % (2**32 - 5)).astype(np.uint32), lengths)
    return [benign(stage, group, rows)]


def other_history(stage: Stage, n: int, rng: np.random.Generator) -> list[Cohort]:
    """SWS-19: products that moved here send histories with another model's answers in them."""
    group = programs(stage, n, rng)
    arrivals = rhythm.office_hours(
        volumes(stage, n, rng, 1.5), *spans(group), group.habits.peak_hour, rng
    )
    subject = subjects_of(group, arrivals.sender, rng)
    past = answer_text(stage, subject, rng, 1, 3).keep(rng.random(len(arrivals)) < 0.5)
    prompt = beside([past, tasks(stage, subject, rng)])
    rows = send(stage, group, arrivals, prompt, subject, rng)
    rows.turn = np.where(past.lengths > 0, 2 * rng.geometric(0.4, len(rows)), 0)
    return [benign(stage, group, rows)]
