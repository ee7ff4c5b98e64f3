"""Step-up verification: asked, then passed, failed or lapsed. Failing suspends nobody by itself.

What follows a failed or lapsed step-up is the policy's to say (``account.stepup``), and above
friction it can say so only for members of a campaign.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stillwatch.model.decision import DAY_US

#: time that an account has to complete it.
DUE_US: Final = 7 * DAY_US
#: how long a passed one counts.
GOOD_US: Final = 180 * DAY_US


class Step(StrEnum):
    """Where it stands."""

    NONE = ""
    ASKED = "asked"
    PASSED = "passed"
    FAILED = "failed"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a step-up: it was asked for, passed or failed."""

    account: str
    step: Step
    at_us: int


def step_of(events: Iterable[Event], now_us: int) -> Step:
    """Where an account's step-up stands: a fold over its events, whatever their order.

    Passing outlives an older failure; asking again after a pass that still counts changes
    nothing.

    >>> step_of([Event("a", Step.ASKED, 0)], 1), step_of([Event("a", Step.ASKED, 0)], DUE_US)
    (<Step.ASKED: 'asked'>, <Step.LAPSED: 'lapsed'>)
    """
    standing, since_us = Step.NONE, 0
    for event in sorted(set(events), key=lambda e: (e.at_us, e.step)):
        if event.at_us > now_us:
            break
        good = standing is Step.PASSED and event.at_us - since_us < GOOD_US
        if event.step is Step.ASKED and (good or standing is Step.ASKED):
            continue
        standing, since_us = event.step, event.at_us
    if standing is Step.ASKED and now_us - since_us >= DUE_US:
        return Step.LAPSED
    if standing is Step.PASSED and now_us - since_us >= GOOD_US:
        return Step.NONE
    return standing
