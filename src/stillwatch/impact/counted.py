"""Counted: what the accounts of a campaign sent and got, as numbers; no content is in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: membership from which an account counts as settled; below it, as likely.
SETTLED: Final = 0.99
#: what an answer ended with when none was given.
REFUSED: Final = frozenset({"refusal", "content_filter"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Counts by account, all ``(n_accounts,)``.

    Args:
        membership: how sure it is that the account belongs, 0 to 1.
        n_sent: exchanges sent.
        n_answered: of these, answered for certain.
        n_refused: of these, refused, failed or filtered for certain; what is left of ``n_sent``
            has no recorded outcome.
        shown_tokens: tokens of answers that the account could read, where recorded.
        reasoning_tokens: tokens of reasoning, where recorded; whether they were shown is not.
        input_tokens: tokens of requests, where recorded.
        n_without_tokens: exchanges not refused whose tokens are not recorded.
        n_prompts: exchanges, not refused, whose prompt is known by its digest.
        n_distinct: of ``n_prompts``, distinct ones over the whole campaign.
        n_window: all exchanges of the window, of everybody.
        fdr: probability that the campaign as a whole is none, 0 to 1.
        by_account: whether the counts are each account's own; else they stand in the first row,
            as a sum of all.

    Raises:
        BadInput: a count is negative, or more were answered than sent.
    """

    membership: F64
    n_sent: I64
    n_answered: I64
    n_refused: I64
    shown_tokens: I64
    reasoning_tokens: I64
    input_tokens: I64
    n_without_tokens: I64
    n_prompts: int
    n_distinct: int
    n_window: int
    fdr: float
    by_account: bool = True

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        columns = (self.n_sent, self.n_answered, self.n_refused, self.shown_tokens,
                   self.reasoning_tokens, self.input_tokens, self.n_without_tokens)  # fmt: skip
        if len({c.shape for c in (self.membership, *columns)}) != 1:
            raise BadInput("columns of counts have different lengths.", where="counted")
        if any((c < 0).any() for c in columns) or min(self.n_prompts, self.n_window) < 0:
            raise BadInput("a count is negative.", where="counted")
        if (self.n_answered + self.n_refused > self.n_sent).any():
            raise BadInput("more was answered and refused than sent.", where="counted")
        if not 0 <= self.n_distinct <= self.n_prompts:
            raise BadInput("more prompts are distinct than there are.", where="counted")
        shares = np.append(self.membership, self.fdr)
        if not np.isfinite(shares).all() or ((shares < 0) | (shares > 1)).any():
            raise BadInput("a membership is outside 0 to 1.", where="counted")

    @property
    def n_accounts(self) -> int:
        """How many accounts."""
        return int(self.membership.size)

    @property
    def n_settled(self) -> int:
        """Accounts whose membership is as good as certain."""
        return int((self.membership >= SETTLED).sum())

    @property
    def n_unsaid(self) -> I64:
        """Exchanges without a recorded outcome, by account."""
        return np.asarray(self.n_sent - self.n_answered - self.n_refused)

    @property
    def weight(self) -> F64:
        """By account, the probability that its counts belong to a campaign at all.

        Where counts cannot be split by account, the least membership stands for all.
        """
        if not self.by_account and self.membership.size:
            return np.full(self.membership.size, self.membership.min()) * (1.0 - self.fdr)
        return self.membership * (1.0 - self.fdr)

    def to_json(self) -> dict[str, Any]:
        """The sums; no account is named."""
        return {
            "n_accounts": self.n_accounts, "n_settled": self.n_settled,
            "n_likely": self.n_accounts - self.n_settled,
            "n_sent": int(self.n_sent.sum()), "n_answered": int(self.n_answered.sum()),
            "n_refused": int(self.n_refused.sum()), "n_unsaid": int(self.n_unsaid.sum()),
            "shown_tokens": int(self.shown_tokens.sum()),
            "reasoning_tokens": int(self.reasoning_tokens.sum()),
            "input_tokens": int(self.input_tokens.sum()),
            "n_without_tokens": int(self.n_without_tokens.sum()),
            "n_prompts": self.n_prompts, "n_distinct": self.n_distinct,
            "n_window": self.n_window, "fdr": self.fdr, "by_account": self.by_account,
        }  # fmt: skip


def with_more(counted: Counted, n: int) -> Counted:
    """The same with exchanges of which nothing is known but that they were sent.

    They go to the account that is least sure to belong, for it is not known whose they are.

    Args:
        counted: of at least one account.
        n: how many, 0 or more.
    """
    if not n or not counted.n_accounts:
        return counted
    more = np.zeros(counted.n_accounts, np.int64)
    more[int(counted.membership.argmin())] = n
    return replace(
        counted, n_sent=counted.n_sent + more, n_without_tokens=counted.n_without_tokens + more,
        n_window=counted.n_window + n,
    )  # fmt: skip


def from_totals(
    *, membership: F64, n_sent: int, output_tokens: int | None, reasoning_tokens: int | None,
    n_window: int, fdr: float,
) -> Counted:  # fmt: skip
    """What a result says without its logs: sums alone, and no outcome of any exchange.

    Args:
        membership: of each account.
        n_sent: exchanges of all accounts.
        output_tokens, reasoning_tokens: sums of what was recorded; None where nothing was.
        n_window: all exchanges of the window.
        fdr: of the campaign.
    """
    n = membership.size

    def first(value: int) -> I64:
        column = np.zeros(n, np.int64)
        if n:
            column[0] = value
        return column

    hidden = reasoning_tokens or 0
    return Counted(
        membership=membership, n_sent=first(n_sent), n_answered=first(0), n_refused=first(0),
        shown_tokens=first(max((output_tokens or 0) - hidden, 0)), reasoning_tokens=first(hidden),
        input_tokens=first(0), n_without_tokens=first(n_sent), n_prompts=0, n_distinct=0,
        n_window=n_window, fdr=fdr, by_account=False,
    )  # fmt: skip
