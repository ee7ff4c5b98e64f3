"""Ramps: how much an account of an age may use, and how much its plan is made for.

Both give ratios, used over allowed, which the policy compares; neither refuses anything by
itself. A migration that was agreed beforehand has no ramp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stillwatch.control.tiers import BY_NAME


@dataclass(frozen=True, slots=True)
class Ramp:
    """Growth of what a new account may make a day: from ``start``, doubling, up to its tier.

    Args:
        start: requests on the first day, as a share of what the tier allows.
        doubles_days: days in which it doubles.
    """

    start: float = 1 / 16
    doubles_days: float = 3.0


RAMP: Final = Ramp()

#: requests a day that a plan's heaviest ordinary users make; a plan that is absent has no bound.
PLANS: Final[dict[str, float]] = {
    "free": 500.0,
    "payg": 20_000.0,
    "pro": 3_000.0,
    "team": 20_000.0,
}


def ramp_allowance(tier: str, age_days: float | None, *, preapproved: bool = False) -> float:
    """Requests a day that an account may make at its age.

    >>> ramp_allowance("open", 0.0), ramp_allowance("open", 6.0), ramp_allowance("open", 90.0)
    (125.0, 500.0, 2000)
    """
    most = BY_NAME[tier].requests_a_day
    if age_days is None or preapproved:
        return most
    doublings = min(max(age_days, 0.0) / RAMP.doubles_days, 64.0)
    grown: float = most * RAMP.start * 2.0**doublings
    return min(most, grown)


def plan_allowance(plan: str) -> float | None:
    """Requests a day that a plan is made for; ``None`` where there is no such bound."""
    return PLANS.get(plan)
