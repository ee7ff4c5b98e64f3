"""What the teacher gives away: the list of defences, and what each does to an answer.

What is only withheld or moved cannot make an answer wrong. Marks and antidistillation sampling
change how the answer is drawn, which can: they say so, and the cost is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stillwatch.lab.distilling.grammar import (
    ANSWER,
    END,
    HIDDEN,
    I64,
    LENGTH,
    N_STEPS,
    PAD,
    PROMPT,
    STEP,
    SYMBOLS_AT,
    Bools,
    Tokens,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Defence:
    """One way to serve.

    Args:
        name: as it is spelled in plans and results.
        line: what it does, in a line.
        layout: which part of the answer is served, and in which order: ``whole``,
            ``answer_only``, ``hidden`` or ``conclusion_first``.
        marked: whether tokens are drawn with a keyed preference.
        keyed: whether the free choice is picked by a key.
        poison: weight of antidistillation sampling; 0 is none.
        most_an_account: answers that one account is given.
        most_a_cluster: answers that all accounts under suspicion together are given.
        can_err: whether it can make an answer wrong.
        experimental: whether it runs only when asked for.
    """

    name: str
    line: str
    layout: str = "whole"
    marked: bool = False
    keyed: bool = False
    poison: float = 0.0
    most_an_account: int | None = None
    most_a_cluster: int | None = None
    can_err: bool = False
    experimental: bool = False


DEFENCES: Final = (
    Defence(name="none", line="The whole answer, as it was drawn."),
    Defence(name="answer_only", line="The result alone.", layout="answer_only"),
    Defence(name="hidden", line="Steps without what they use and make.", layout="hidden"),
    Defence(name="conclusion_first", line="The result before the steps.",
            layout="conclusion_first"),
    Defence(name="canaries", line="The free choice is picked by a key.", keyed=True),
    Defence(name="marks", line="Words are drawn with a keyed preference; canaries too.",
            marked=True, keyed=True, can_err=True),
    Defence(name="account_cap", line="25 answers an account.", most_an_account=25),
    Defence(name="cluster_cap", line="25 answers an account, 100 for the whole cluster.",
            most_an_account=25, most_a_cluster=100),
    Defence(name="antidistillation", line="Drawn against a proxy student's gradient.",
            poison=0.1, can_err=True, experimental=True),
)  # fmt: skip
BY_NAME: Final = {one.name: one for one in DEFENCES}


def answered(defence: Defence, n_queries: int, n_accounts: int) -> int:
    """How many of a campaign's queries are answered, when its accounts share them evenly.

    >>> answered(BY_NAME["account_cap"], 2_000, 40), answered(BY_NAME["cluster_cap"], 2_000, 40)
    (1000, 100)
    """
    each, more = divmod(n_queries, n_accounts)
    most = n_queries if defence.most_an_account is None else defence.most_an_account
    given = min(each + 1, most) * more + min(each, most) * (n_accounts - more)
    return given if defence.most_a_cluster is None else min(given, defence.most_a_cluster)


def laid_out(tokens: Tokens, layout: str) -> Tokens:
    """Whole answers as they are served in a layout; the prompt stays.

    Args:
        tokens: (n, 35) as the teacher drew them. A row in which no result stands keeps nothing
            but its prompt in ``answer_only``, and its order in ``conclusion_first``.
        layout: of a :class:`Defence`.
    """
    if layout == "answer_only":
        return answer_only(tokens)
    if layout == "hidden":
        return hidden(tokens)
    if layout == "conclusion_first":
        return conclusion_first(tokens)
    return tokens


def answer_only(tokens: Tokens) -> Tokens:
    """The prompt and the result; (n, 35), padded."""
    made = np.full_like(tokens, PAD)
    made[:, :PROMPT] = tokens[:, :PROMPT]
    rows, at = _where(tokens)
    for ahead in range(2):
        made[rows, PROMPT + ahead] = tokens[rows, at + ahead]
    made[rows, PROMPT + 2] = END
    return made


def hidden(tokens: Tokens) -> Tokens:
    """Steps whose operands and results are hidden, but what the prompt says anyway."""
    made = tokens.copy()
    left, _, result = SYMBOLS_AT
    first = PROMPT + STEP * np.arange(N_STEPS)
    made[:, first + result] = HIDDEN
    made[:, first[1:] + left] = HIDDEN
    return made


def conclusion_first(tokens: Tokens) -> Tokens:
    """``answer r`` directly behind the prompt, then the rest."""
    made = tokens.copy()
    rows, at = _where(tokens)
    for row, where in zip(rows, at, strict=True):
        part = tokens[row, where : where + 2]
        made[row, PROMPT + 2 : where + 2] = tokens[row, PROMPT:where]
        made[row, PROMPT : PROMPT + 2] = part
    return made


def conclusion_last(tokens: Tokens) -> Tokens:
    """``answer r`` moved to just before the end: what undoes :func:`conclusion_first`."""
    made = tokens.copy()
    rows, at = _where(tokens)
    ends = tokens == END
    last = np.where(ends.any(axis=1), ends.argmax(axis=1), LENGTH)
    for row, where in zip(rows, at, strict=True):
        if where + 2 <= last[row]:
            part = tokens[row, where : where + 2]
            made[row, where : last[row] - 2] = tokens[row, where + 2 : last[row]]
            made[row, last[row] - 2 : last[row]] = part
    return made


def with_result_first(problem_prompts: Tokens, results: I64) -> Tokens:
    """(n, 8) prompts that already say the result: what a maker of steps is asked."""
    n = len(problem_prompts)
    told = np.full((n, 2), ANSWER, dtype=np.int16)
    told[:, 1] = results
    return np.concatenate([problem_prompts, told], axis=1)


def _where(tokens: Tokens) -> tuple[I64, I64]:
    """Rows that say a result, and where its marker stands."""
    found: Bools = tokens[:, PROMPT:-1] == ANSWER
    rows = np.flatnonzero(found.any(axis=1))
    return rows, PROMPT + found[rows].argmax(axis=1)
