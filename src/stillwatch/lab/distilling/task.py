"""The task: a secret table, problems over it, and which of them are whose.

Ten thousand problems are all there are. They are dealt once: what a campaign may ask, what
accuracy is measured on, and what a suspect is probed with never overlap, so that no student is
right because it saw the very problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stillwatch.lab.distilling.grammar import (
    ANSWER,
    COLON,
    END,
    EXAMPLE,
    I64,
    LENGTH,
    N_STEPS,
    N_SYMBOLS,
    N_WAYS,
    PROMPT,
    SOLVE,
    STEP,
    SYMBOLS_AT,
    WORDS,
    WORDS_AT,
    Tokens,
    words_of,
)  # fmt: skip
from stillwatch.model.errors import BadInput

N_PROBLEMS: Final = N_SYMBOLS**4
#: problems that only measure accuracy, and problems that only probe; the others may be asked.
N_TEST: Final = 1_000
N_PROBE: Final = 2_000
N_ASKED: Final = N_PROBLEMS - N_TEST - N_PROBE


@dataclass(frozen=True, slots=True)
class Task:
    """A secret and the deal of the problems.

    Args:
        table: (10, 10), the symbol that two symbols make.
        deal: a permutation of all problems by number: tests, probes, then what may be asked.

    Raises:
        BadInput: the table or the deal is none.
    """

    table: I64
    deal: I64

    def __post_init__(self) -> None:
        """Refuse what is no table or no deal."""
        right = self.table.shape == (N_SYMBOLS, N_SYMBOLS)
        if not right or self.table.min() < 0 or self.table.max() >= N_SYMBOLS:
            raise BadInput("a table is 10 by 10 symbols from 0 to 9.", where="task")
        if not np.array_equal(np.sort(self.deal), np.arange(N_PROBLEMS)):
            raise BadInput("a deal holds every problem once.", where="task")

    @property
    def test(self) -> I64:
        """(1000, 4) problems that measure accuracy."""
        return problems_of(self.deal[:N_TEST])

    @property
    def probe(self) -> I64:
        """(2000, 4) problems that a suspect is probed with."""
        return problems_of(self.deal[N_TEST : N_TEST + N_PROBE])

    def asked(self, n: int) -> I64:
        """The first ``n`` problems, all different, that a campaign asks.

        Raises:
            BadInput: there are not so many.
        """
        if not 0 <= n <= N_ASKED:
            raise BadInput(f"from 0 to {N_ASKED} problems can be asked, not {n}.", where="queries")
        return problems_of(self.deal[N_TEST + N_PROBE :][:n])

    def results(self, problems: I64) -> I64:
        """(n, 3) what each step of each problem makes; the last is the answer."""
        made, now = [], problems[:, 0]
        for step in range(N_STEPS):
            now = self.table[now, problems[:, step + 1]]
            made.append(now)
        return np.stack(made, axis=1)


def new_task(rng: np.random.Generator) -> Task:
    """A task with a table drawn at random."""
    table = rng.integers(0, N_SYMBOLS, (N_SYMBOLS, N_SYMBOLS))
    return Task(table, rng.permutation(N_PROBLEMS))


def problems_of(numbers: I64) -> I64:
    """(n, 4) symbols of problems by number, 0 to 9999.

    >>> problems_of(np.array([1234])).tolist()
    [[1, 2, 3, 4]]
    """
    powers = N_SYMBOLS ** np.arange(3, -1, -1)
    return numbers[:, None] // powers % N_SYMBOLS


def prompts(problems: I64) -> Tokens:
    """(n, 6) the prompts of problems."""
    made = np.empty((len(problems), PROMPT), dtype=np.int16)
    made[:, 0], made[:, 1:5], made[:, 5] = SOLVE, problems, COLON
    return made


def worked(problems: I64, results: I64, rng: np.random.Generator) -> Tokens:
    """(n, 35) whole exchanges: prompt, steps in words drawn at random, a drawn example, answer.

    Args:
        problems: (n, 4).
        results: (n, 3) of the steps; right ones come from :meth:`Task.results`.
        rng: for words and examples.
    """
    n = len(problems)
    made = np.empty((n, LENGTH), dtype=np.int16)
    made[:, :PROMPT] = prompts(problems)
    left = problems[:, 0]
    for step in range(N_STEPS):
        first = PROMPT + step * STEP
        drawn = rng.integers(0, N_WAYS, (n, len(WORDS)))
        for place, at in enumerate(WORDS_AT):
            made[:, first + at] = words_of(place)[0] + drawn[:, place]
        for at, symbol in zip(
            SYMBOLS_AT, (left, problems[:, step + 1], results[:, step]), strict=True
        ):
            made[:, first + at] = symbol
        left = results[:, step]
    made[:, -5], made[:, -4] = EXAMPLE, rng.integers(0, N_SYMBOLS, n)
    made[:, -3], made[:, -2], made[:, -1] = ANSWER, left, END
    return made
