"""Worlds that are hard to search: hidden knobs for measuring, not campaigns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stillwatch.lab import rhythm
from stillwatch.lab.crowd import people
from stillwatch.lab.elicitation import draw_template, wrap
from stillwatch.lab.ragged import choose, empty_rows
from stillwatch.lab.rows import Cohort
from stillwatch.lab.sending import send
from stillwatch.lab.stage import Stage
from stillwatch.lab.voices import chat

LOUD_ACCOUNT, ONE_TEMPLATE = "loud-account", "one-template"
#: a third of all traffic from one account; every prompt of every account in one wording.
STRESSES = (LOUD_ACCOUNT, ONE_TEMPLATE)
LOUD_SHARE = 1 / 3
_AT_ONCE = 150_000


def loud_account(stage: Stage, n: int, rng: np.random.Generator) -> Iterator[Cohort]:
    """One benign account that sends ``n`` diverse requests, in several cohorts.

    Only the first cohort brings the account; those after it go on for the same one.
    """
    group = people(stage, 1, rng, uses=("program",))
    group.accounts.opened_us[:] = stage.begin_us - rhythm.DAY
    habits = group.habits
    since = np.full(1, stage.begin_us, dtype=np.int64)
    none = group.accounts.take(np.zeros(0, dtype=np.int64))
    for low in range(0, n, _AT_ONCE):
        count = np.full(1, min(_AT_ONCE, n - low), dtype=np.int64)
        arrivals = rhythm.steady(count, since, habits.until_us, rng)
        subject = rng.integers(0, stage.n_subjects, len(arrivals))
        tongue = people(stage, len(arrivals), rng).habits.tongue
        place = rng.geometric(0.6, len(arrivals)) - 1
        prompt = chat(stage, tongue, place, subject, rng)
        rows = send(stage, group, arrivals, prompt, subject, rng)
        accounts, started = (group.accounts, since) if low == 0 else (none, since[:0])
        yield Cohort(accounts, rows, started)


def one_template(stage: Stage, cohort: Cohort, seed: int) -> None:
    """Put every prompt of a cohort into one wording, the same for equal seeds; in place."""
    rng = np.random.default_rng(seed)
    form = draw_template(stage.elicitation, stage.lexicon, "reasoning", "en", rng)
    prompt = cohort.rows.prompt
    same = wrap(
        stage.elicitation, stage.lexicon, form, prompt, np.zeros(len(prompt), np.int64), 0.0, rng
    )
    cohort.rows.prompt = choose(prompt.lengths > 0, same, empty_rows(len(prompt)))
