"""Matching: a campaign's sketch beside those of a cloud's accounts; no key, no data of customers.

Timing: under chance the share of equal bits is one half, with a variance from the projections and
one from the length of the series; the p-value is one-sided, the lags that were tried are paid for.
Network: how many egress addresses both know, or how much the account fetches, ranked among all
accounts of the cloud (valid where an unrelated account is like the others). The two rest on
different things, so their e-values multiply.

Benign twins: pipelines and agents that call models all day, evaluation farms, customers of data
under a disclosed agreement. Evasion: answers fetched elsewhere and carried in later have neither
the hours nor the addresses; then nothing is found, and the limits say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import asin, pi, sqrt
from typing import Any, Final

import numpy as np
from scipy.stats import norm

from stillwatch.cloud.evidence import bits_of_p, e_of_p, kept, rank_p
from stillwatch.model.errors import BadInput

#: how many addresses two sides share; a private way can stand in for the plain one.
Overlap = Callable[[frozenset[str], frozenset[str]], int]
#: a p-value, nothing where there is none, and the lag in buckets.
Timing = tuple[float | None, int]
#: expected share of false matches among those that are said.
SHARE: Final = 0.01
LEAST_BITS: Final = 1.0
#: what the past does not explain is not quite white: variance of chance correlations is raised so.
WIDER: Final = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """One campaign or one account, as it goes to the comparer.

    Args:
        about: its name on its own side.
        signs: one for each lag, the first without lag; empty where the series said too little.
        addresses: keyed digests.
        p_volume: rank p-value of the account's traffic from models among the cloud's accounts.
    """

    about: str
    signs: tuple[bytes, ...]
    addresses: frozenset[str] = frozenset()
    p_volume: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchSet:
    """All sketches of one side.

    Args:
        side: ``provider`` or ``cloud``.
        key_id: name of the key.
        from_us: start of the window, microseconds since 1970-01-01 UTC.
        n_buckets: length of the series.
        bucket_s: width of a bucket, seconds.
        sketches: one each.
    """

    side: str
    key_id: str
    from_us: int
    n_buckets: int
    bucket_s: int
    sketches: tuple[Sketch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a campaign and an account have in common.

    Args:
        campaign: its name on the provider's side.
        account: its name on the cloud's side.
        p_timing: chance of hours that agree so well; nothing where it could not be looked at.
        lag_buckets: the lag at which they agree best.
        p_network: chance of so many common addresses, or of so much traffic.
        n_common: addresses in common.
        e_value: product over the families.
        said: enough for all pairs that were looked at, with two families.
    """

    campaign: str
    account: str
    p_timing: float | None
    lag_buckets: int
    p_network: float
    n_common: int
    e_value: float
    said: bool

    @property
    def bits(self) -> dict[str, float]:
        """Weight of evidence by family."""
        told = {"timing": self.p_timing, "network": self.p_network}
        return {family: bits_of_p(p) for family, p in told.items() if p is not None}

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "campaign": self.campaign,
            "account": self.account,
            "p_timing": self.p_timing,
            "lag_buckets": self.lag_buckets,
            "p_network": self.p_network,
            "n_common": self.n_common,
            "bits": {family: round(value, 3) for family, value in self.bits.items()},
            "said": self.said,
        }


def shared(one: frozenset[str], other: frozenset[str]) -> int:
    """How many digests two sides share, in the open."""
    return len(one & other)


def p_of_signs(one: bytes, other: bytes, n_buckets: int) -> float:
    """One-sided p-value of two sketches agreeing so well.

    The variance has two parts: of ``n_bits`` projections, and of the correlation that two white
    series of ``n_buckets`` have by chance.
    """
    a = np.unpackbits(np.frombuffer(one, np.uint8))
    b = np.unpackbits(np.frombuffer(other, np.uint8))
    return p_of_equal(int((a == b).sum()), len(a), n_buckets)


def p_of_equal(n_equal: int, n_bits: int, n_buckets: int) -> float:
    """One-sided p-value of so many of the bits being equal.

    >>> p_of_equal(256, 512, 504)
    0.5
    """
    spread = sqrt(0.25 / n_bits + WIDER / (pi**2 * n_buckets))
    return float(norm.sf((n_equal / n_bits - 0.5) / spread))


def correlation_of(one: bytes, other: bytes) -> float:
    """The correlation of the two series that their sketches tell."""
    a = np.unpackbits(np.frombuffer(one, np.uint8))
    b = np.unpackbits(np.frombuffer(other, np.uint8))
    return float(np.sin(pi * (float((a == b).mean()) - 0.5)))


def match(
    provider: SketchSet, cloud: SketchSet, *, overlap: Overlap = shared, share: float = SHARE
) -> list[Match]:
    """Compare every campaign with every account.

    Args:
        provider: sketches of campaigns.
        cloud: sketches of all accounts of the cloud that fetch from outside, not of suspects only:
            the others say what chance does.
        overlap: counts common addresses.
        share: expected share of false matches among those that are said.

    Returns:
        All pairs, the strongest first.

    Raises:
        BadInput: the two were not made for one another.
    """
    _check(provider, cloud)

    def addresses_of(campaign: Sketch) -> list[int] | None:
        if not campaign.addresses:
            return None
        return [overlap(campaign.addresses, one.addresses) for one in cloud.sketches]

    def timing(campaign: Sketch, _: Sequence[float]) -> list[Timing]:
        return [_timing(campaign, one, cloud.n_buckets) for one in cloud.sketches]

    return judged(provider.sketches, cloud, addresses_of, timing, share)


def judged(
    campaigns: Sequence[Sketch],
    cloud: SketchSet,
    common: Callable[[Sketch], Sequence[int] | None],
    timing: Callable[[Sketch, Sequence[float]], Sequence[Timing]],
    share: float = SHARE,
) -> list[Match]:
    """Judge all pairs together, however common addresses and hours were compared.

    Args:
        campaigns: of the provider.
        cloud: sketches of all accounts.
        common: addresses that each account has in common with a campaign; nothing where they could
            not be compared.
        timing: p-value and lag of each account's hours, given the p-values of its addresses and
            volume; a p-value of nothing where they were not compared. Which are compared may
            depend on the addresses: e-values of independent families multiply all the same.
        share: expected share of false matches among those that are said.
    """
    rows: list[tuple[Sketch, Sketch, float | None, int, float, int, float]] = []
    for campaign in campaigns:
        counted = common(campaign)
        n_common = [0] * len(cloud.sketches) if counted is None else list(counted)
        p_nets = [account.p_volume for account in cloud.sketches]
        if counted is not None:
            p_nets = [
                min(1.0, 2 * min(p, _network(n_common, n))) for n, p in enumerate(p_nets)
            ]  # fmt: skip
        found_hours = timing(campaign, p_nets)
        for place, account in enumerate(cloud.sketches):
            (p_timing, lag), p_net = found_hours[place], p_nets[place]
            told = [p for p in (p_timing, p_net) if p is not None]
            e = float(np.prod([e_of_p(p) for p in told])) if told else 0.0
            rows.append((campaign, account, p_timing, lag, p_net, n_common[place], e))
    enough = kept([row[-1] for row in rows], share)
    found = [
        Match(
            campaign=campaign.about,
            account=account.about,
            p_timing=p_timing,
            lag_buckets=lag,
            p_network=p_net,
            n_common=n,
            e_value=e,
            said=is_enough and _two_families(p_timing, p_net),
        )
        for (campaign, account, p_timing, lag, p_net, n, e), is_enough in zip(
            rows, enough, strict=True
        )
    ]
    return sorted(found, key=lambda one: (-one.e_value, one.campaign, one.account))


def _two_families(*ps: float | None) -> bool:
    return sum(p is not None and bits_of_p(p) >= LEAST_BITS for p in ps) >= 2


def _timing(campaign: Sketch, account: Sketch, n_buckets: int) -> Timing:
    if not campaign.signs or not account.signs:
        return None, 0
    return best_lag([p_of_signs(campaign.signs[0], one, n_buckets) for one in account.signs])


def best_lag(ps: Sequence[float]) -> Timing:
    """The best of several lags, paid for."""
    lag = min(range(len(ps)), key=lambda k: ps[k])
    return min(1.0, ps[lag] * len(ps)), lag


def _network(n_common: Sequence[int], place: int) -> float:
    others = [float(n) for i, n in enumerate(n_common) if i != place]
    return rank_p(float(n_common[place]), others)


def _check(provider: SketchSet, cloud: SketchSet) -> None:
    if (provider.side, cloud.side) != ("provider", "cloud"):
        raise BadInput("a provider's and a cloud's sketches are needed.", where="match")
    for name in ("key_id", "from_us", "n_buckets", "bucket_s"):
        if getattr(provider, name) != getattr(cloud, name):
            raise BadInput(
                f"the two were made with another {name}.",
                where="match",
                remedy="Agree on one key and one window, and sketch again.",
            )
    sizes = {len(one) for side in (provider, cloud) for s in side.sketches for one in s.signs}
    if len(sizes) > 1:
        raise BadInput("the two have sketches of different length.", where="match")


def expected_agreement(correlation: float) -> float:
    """Share of equal bits for a correlation.

    >>> round(expected_agreement(0.5), 4)
    0.6667
    """
    return 0.5 + asin(correlation) / pi
