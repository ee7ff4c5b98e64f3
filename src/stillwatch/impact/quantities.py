"""The four quantities: attempts, answers, tokens that could be trained on, and ability.

They are four answers to four questions. Nothing here adds, multiplies or averages one with
another, and there is no fifth that stands for all. Each interval is the box of what is not known:
its low end supposes every unknown at the end that makes it small, its high end the opposite, so
that it holds however the unknowns hang together, as long as each stated range holds. Taking
knowledge away can only widen it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from stillwatch.impact.assumptions import Assumptions
from stillwatch.impact.counted import Counted
from stillwatch.model.quantity import Quantity

#: an interval of ability that spans so much of the gap says nothing.
SAYS_NOTHING: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One of the four.

    Args:
        name: ``attempts``, ``answers``, ``usable_tokens`` or ``uplift``.
        asks: the question, in a sentence.
        value: with its interval; None where it could not be said.
        why_not: the reason, where there is no value.
        rests_on: keys of the assumptions that widen it.
        says: what a reader must know beside the number, the first assumption first.
    """

    name: str
    asks: str
    value: Quantity | None
    why_not: str = ""
    rests_on: tuple[str, ...] = ()
    says: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "asks": self.asks,
            "value": None if self.value is None else self.value.to_json(),
            "why_not": self.why_not, "rests_on": list(self.rests_on), "says": list(self.says),
        }  # fmt: skip


def box(low: float, best: float, high: float, unit: str) -> Quantity:
    """A quantity whose best value is kept inside its ends, none of them below 0."""
    low, high = max(low, 0.0), max(high, low, 0.0)
    return Quantity(best=min(max(best, low), high), low=low, high=high, unit=unit)


def attempts(counted: Counted, know: Assumptions) -> Estimate:
    """Exchanges that the campaign sent, whatever came back."""
    found, unseen = know["found_share"], know["unseen_share"]
    n = float(counted.n_sent.sum())
    low = float((counted.weight * counted.n_sent).sum()) if counted.by_account else (
        float(counted.weight.min()) * n if counted.n_accounts else 0.0
    )  # fmt: skip
    high = max(n / found.low, n + unseen.high * counted.n_window)
    says = [
        f"{counted.n_accounts:,} accounts are named, {counted.n_settled:,} of them as good as "
        "certainly; what they sent was counted."
    ]
    if not counted.n_accounts:
        says = ["No account is named; the high end is what a campaign too small to be seen could "
                "have sent."]  # fmt: skip
    elif not counted.by_account:
        says.append("Without the logs the count cannot be split by account, so that the least "
                    "membership stands for all.")  # fmt: skip
    return Estimate(
        name="attempts", asks="How many requests did the campaign send?",
        value=box(low, n, high, "exchange"), rests_on=("found_share", "unseen_share"),
        says=tuple(says),
    )  # fmt: skip


def answers(counted: Counted, know: Assumptions) -> Estimate:
    """Exchanges that gave an answer."""
    share = know["answered_share"]
    sure, open_ = counted.n_answered, counted.n_unsaid
    weight = counted.weight
    low = float((weight * (sure + share.low * open_)).sum())
    best = float((sure + share.best * open_).sum())
    whole = attempts(counted, know).value
    assert whole is not None
    high = float((sure + share.high * open_).sum()) + (whole.high - float(counted.n_sent.sum()))
    n_open = int(open_.sum())
    says = [f"{int(sure.sum()):,} were answered and {int(counted.n_refused.sum()):,} refused or "
            "failed, by the logs."]  # fmt: skip
    if n_open:
        says.insert(0, f"The outcome of {n_open:,} exchanges is not recorded; {share.low:.0%} to "
                    f"{share.high:.0%} of them are taken to be answered.")  # fmt: skip
    return Estimate(
        name="answers", asks="How many of them were answered?",
        value=box(low, best, high, "exchange"),
        rests_on=("answered_share", "found_share", "unseen_share") if n_open else (
            "found_share", "unseen_share"),
        says=tuple(says),
    )  # fmt: skip


def usable_tokens(counted: Counted, know: Assumptions) -> Estimate:
    """Tokens of answers that could be trained on: shown, distinct and not thrown away."""
    shown, each = know["reasoning_shown_share"], know["tokens_per_answer"]
    kept, given = know["kept_share"], know["answered_share"]
    weight = counted.weight
    distinct_low, distinct_best, distinct_high = _distinct(counted, know)
    recorded, hidden = counted.shown_tokens, counted.reasoning_tokens
    missing = counted.n_without_tokens
    low = float((weight * (recorded + shown.low * hidden)).sum())
    best = float((recorded + shown.best * hidden).sum())
    high = float((recorded + shown.high * hidden + each.high * missing).sum())
    if counted.by_account or not best:
        best += float(each.best * given.best * missing.sum())
    whole = answers(counted, know).value
    assert whole is not None
    n_given = float((counted.n_answered + counted.n_unsaid).sum())
    unseen = max(whole.high - n_given, 0.0)
    # what was not seen is taken to be like the rest, but only where all of the rest was recorded
    like = (
        each.high
        if missing.any() or not n_given
        else (min(float((recorded + hidden).sum()) / n_given, each.high))
    )
    high += like * unseen
    n_missing = int(missing.sum())
    says = [f"Of what was read, {kept.low:.0%} to {kept.high:.0%} are taken to survive the other "
            "side's own filters."]  # fmt: skip
    if n_missing:
        says.insert(0, f"Up to {n_missing:,} exchanges have no recorded tokens; {each.low:,.0f} to "
                    f"{each.high:,.0f} are taken for each.")  # fmt: skip
    if not counted.n_prompts:
        says.append(f"No prompt's digest was read: {distinct_low:.0%} to {distinct_high:.0%} of "
                    "the answers are taken to be to distinct prompts.")  # fmt: skip
    if int(hidden.sum()):
        says.append(f"{int(hidden.sum()):,} tokens of reasoning count as shown for "
                    f"{shown.low:.0%} to {shown.high:.0%}.")  # fmt: skip
    return Estimate(
        name="usable_tokens", asks="How many tokens of answers could be trained on?",
        value=box(low * distinct_low * kept.low, best * distinct_best * kept.best,
                  high * distinct_high * kept.high, "token"),
        rests_on=("kept_share", "distinct_share", "tokens_per_answer", "reasoning_shown_share",
                  "answered_share", "found_share"),
        says=tuple(says),
    )  # fmt: skip


def _distinct(counted: Counted, know: Assumptions) -> tuple[float, float, float]:
    """Share of answers to distinct prompts: counted where digests were read, assumed elsewhere."""
    told = know["distinct_share"]
    n_answers = int((counted.n_answered + counted.n_unsaid).sum())
    if not counted.n_prompts or not n_answers:
        return told.low, told.best, told.high
    seen = min(counted.n_prompts / n_answers, 1.0)
    share = counted.n_distinct / counted.n_prompts
    return (
        min(seen * share + (1 - seen) * told.low, share),
        seen * share + (1 - seen) * told.best,
        max(seen * share + (1 - seen) * told.high, share),
    )
