"""Tiers: what can be used at which level of verification. This is the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stillwatch.model.decision import DAY_US

FOREVER_US: Final = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One level.

    Args:
        name: the word in facts and policies.
        needs: what an account must have shown.
        requests_a_day: most requests, once it is grown up.
        new_models_after_days: days after a release from which it may use the model.
        reasoning: how much of the model's reasoning it sees: none, summary or full.
        batch: whether it may use the batch interface.
    """

    name: str
    needs: str
    requests_a_day: float
    new_models_after_days: float
    reasoning: str
    batch: bool


TIERS: tuple[Tier, ...] = (
    Tier(
        name="open",
        needs="nothing, or an e-mail address",
        requests_a_day=2_000,
        new_models_after_days=3,
        reasoning="summary",
        batch=False,
    ),
    Tier(
        name="reached",
        needs="a telephone number, or a programme's admission",
        requests_a_day=10_000,
        new_models_after_days=1,
        reasoning="summary",
        batch=True,
    ),
    Tier(
        name="shown",
        needs="a document",
        requests_a_day=50_000,
        new_models_after_days=0,
        reasoning="summary",
        batch=True,
    ),
    Tier(
        name="vouched",
        needs="a verified organisation, or a use that was agreed beforehand",
        requests_a_day=2_000_000,
        new_models_after_days=0,
        reasoning="full",
        batch=True,
    ),
)

BY_NAME: Final[dict[str, Tier]] = {tier.name: tier for tier in TIERS}
_BY_VERIFICATION: Final[dict[str, str]] = {
    "": "open",
    "none": "open",
    "email": "open",
    "phone": "reached",
    "document": "shown",
    "organisation": "vouched",
}


def tier_of(verification: str, *, programme: str = "", disclosed: str = "") -> Tier:
    """The tier of an account.

    Args:
        verification: what it has shown; a word that is not known counts as nothing.
        programme: a programme that admitted it.
        disclosed: a use that was agreed beforehand.

    >>> tier_of("phone").name, tier_of("none", disclosed="reseller").name
    ('reached', 'vouched')
    """
    if disclosed:
        return BY_NAME["vouched"]
    name = _BY_VERIFICATION.get(verification, "open")
    if programme and name == "open":
        name = "reached"
    return BY_NAME[name]


def beyond(tier: str, operation: str, released_us: int | None, now_us: int) -> bool:
    """Whether a request asks for what a tier does not include: batches, or a model too new.

    >>> beyond("open", "batch", None, 0), beyond("shown", "batch", None, 0)
    (True, False)
    """
    level = BY_NAME.get(tier)
    if level is None:
        return False
    if operation == "batch" and not level.batch:
        return True
    age_us = FOREVER_US if released_us is None else now_us - released_us
    return age_us < level.new_models_after_days * DAY_US
