"""The lists: every word that a bulletin may hold is chosen from one of these.

Nothing in a bulletin is free text. What cannot be said in these words is not said: that is the
first lock against content; :mod:`stillwatch.share.scanning` is the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class OriginClass(StrEnum):
    """Where what is told comes from; only what was observed carries weight."""

    OBSERVED = "observed"
    PARTNER = "partner"
    PUBLIC = "public"
    MACHINE_MADE = "machine-made"


class Service(StrEnum):
    """By what kind of service the traffic came."""

    API = "api"
    CLOUD = "cloud"
    AGGREGATOR = "aggregator"
    CONSUMER = "consumer"
    UNKNOWN = "unknown"


class Response(StrEnum):
    """What was done about it, by class; the rungs of one's own ladder stay at home."""

    NONE = "none"
    OBSERVED = "observed"
    FRICTION = "friction"
    LESS_GIVEN = "less-given-away"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    BANNED = "banned"


class Told(StrEnum):
    """How a claim stands."""

    MET = "met"
    NOT_SHOWN = "not-shown"
    COULD_NOT_LOOK = "could-not-look"


class Caveat(StrEnum):
    """What must be known to read a bulletin right."""

    SINGLE_SOURCE = "single-source"
    FLOOR = "a-floor-not-a-total"
    ATTEMPTS = "attempts-not-successes"
    NO_INTERVAL = "interval-not-measured"
    METADATA_ONLY = "metadata-only"
    RIVAL_LIVES = "an-innocent-account-is-not-excluded"


class Reason(StrEnum):
    """Why something is taken back."""

    FALSE_POSITIVE = "false-positive"
    CORRECTED = "corrected"
    DUPLICATE = "duplicate"
    BASIS_LAPSED = "legal-basis-lapsed"
    WITHDRAWN = "withdrawn"


class View(StrEnum):
    """What a partner thinks of a campaign, in the words of a STIX opinion."""

    STRONGLY_DISAGREE = "strongly-disagree"
    DISAGREE = "disagree"
    NEUTRAL = "neutral"
    AGREE = "agree"
    STRONGLY_AGREE = "strongly-agree"


#: what each caveat says, as a STIX note holds it.
CAVEATS: dict[Caveat, str] = {
    Caveat.SINGLE_SOURCE: "One provider saw this; nobody else has confirmed it.",
    Caveat.FLOOR: "Counts are floors, not totals.",
    Caveat.ATTEMPTS: "Counts are attempts, not successful answers.",
    Caveat.NO_INTERVAL: "The weight is a point; its interval was not measured.",
    Caveat.METADATA_ONLY: "Content was not read; signals of content could not look.",
    Caveat.RIVAL_LIVES: "An innocent explanation leaves fewer than 7 bits unexplained.",
}

#: what each response is called in a STIX course of action.
RESPONSES: dict[Response, str] = {
    Response.NONE: "Nothing was done.",
    Response.OBSERVED: "The accounts are watched; nothing else was done.",
    Response.FRICTION: "The accounts were slowed or asked to verify.",
    Response.LESS_GIVEN: "Less is given away: no probabilities, reasoning summarised or withheld.",
    Response.REFUSED: "Requests of the accounts are refused.",
    Response.SUSPENDED: "The accounts are suspended until a person has looked.",
    Response.BANNED: "The cluster was closed by two persons.",
}

#: a class of response for each rung of the ladder of ``control``.
OF_RUNG: dict[str, Response] = {
    "observe": Response.OBSERVED,
    "verify": Response.FRICTION,
    "slow": Response.FRICTION,
    "burst_cut": Response.FRICTION,
    "no_logprobs": Response.LESS_GIVEN,
    "reasoning_summarised": Response.LESS_GIVEN,
    "reasoning_withheld": Response.LESS_GIVEN,
    "marked_answers": Response.LESS_GIVEN,
    "refuse": Response.REFUSED,
    "suspend": Response.SUSPENDED,
    "ban_cluster": Response.BANNED,
}

#: ends of the bands in which totals of a campaign are told; the last has no end.
BAND_ENDS: tuple[int, ...] = (10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
BANDS: tuple[str, ...] = (
    "under-10", "10-to-100", "100-to-1k", "1k-to-10k", "10k-to-100k", "100k-to-1m",
    "1m-to-10m", "10m-to-100m", "over-100m",
)  # fmt: skip


def band_of(n: int, ends: Sequence[int] = BAND_ENDS) -> str:
    """The band that holds a total.

    >>> band_of(5_380), band_of(9), band_of(151_000_000)
    ('1k-to-10k', 'under-10', 'over-100m')
    """
    return BANDS[sum(n >= end for end in ends)]
