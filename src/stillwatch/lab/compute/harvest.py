"""Harvest worlds: a campaign's answers by the hour, and what clouds' accounts fetch.

One account harvests through a campaign and trains on what it got. Beside it: accounts that call
models all day for retrieval and agents, evaluation farms, customers of synthetic data under a
disclosed agreement (they harvest and train too, from another source), ordinary fine-tunes of the
same size, and plain customers. All follow the clock, and most like the same hours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillwatch.lab.compute.shapes import F64, RNG

FROM_US = 1_767_225_600_000_000
N_HOURS = 21 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestWorld:
    """What a provider and a cloud see of one stretch of time.

    Args:
        campaign_tokens: answer tokens of the campaign by the hour, shape ``(n_hours,)``.
        campaign_addresses: addresses from which the campaign called.
        ingress: bytes from models by account, each shape ``(n_hours,)``.
        addresses: egress addresses by account.
        role: ``distiller`` or which twin, by account.
        flop: of the account's training run; 0 where it trains nothing.
        ends_us: when the harvest window ends.
    """

    campaign_tokens: F64
    campaign_addresses: frozenset[str]
    ingress: dict[str, F64]
    addresses: dict[str, frozenset[str]]
    role: dict[str, str]
    flop: dict[str, float]
    ends_us: int


def make_harvest(
    seed: int,
    *,
    n_hours: int = N_HOURS,
    n_twins: int = 200,
    direct_share: float = 0.6,
    address_share: float = 0.5,
    lag_h: int = 0,
    with_campaign: bool = True,
) -> HarvestWorld:
    """A harvest world.

    Args:
        seed: of all dice.
        n_hours: length of the window.
        n_twins: innocent accounts.
        direct_share: share of the campaign's answers that come straight to the cloud's account;
            the rest goes elsewhere first.
        address_share: share of the account's egress addresses that the provider saw.
        lag_h: hours by which the account sees the answers later.
        with_campaign: whether the distiller is a customer of this cloud at all.
    """
    rng = np.random.default_rng(seed)
    campaign = 3e7 * _activity(n_hours, rng, jumps=0.6)
    pool = [f"198.51.{a}.{b}" for a, b in rng.integers(0, 250, (400, 2))]
    shared_nat = pool[:6]
    ingress: dict[str, F64] = {}
    addresses: dict[str, frozenset[str]] = {}
    role: dict[str, str] = {}
    flop: dict[str, float] = {}

    def add(name: str, kind: str, bytes_in: F64, flops: float, n_addresses: int = 3) -> None:
        ingress[name], role[name], flop[name] = bytes_in, kind, flops
        own = {f"203.0.{len(role)}.{k}" for k in range(n_addresses)}
        if rng.random() < 0.5:
            own.add(str(rng.choice(shared_nat)))
        addresses[name] = frozenset(own)

    # Popular exits of the cloud are in the provider's list too, and innocent accounts use them.
    called = {str(a) for a in rng.choice(pool, 12, replace=False)} | set(shared_nat[:2])
    if with_campaign:
        seen = np.concatenate((np.zeros(lag_h), campaign[: n_hours - lag_h]))
        other = 0.4 * campaign.mean() * _activity(n_hours, rng, jumps=0.3)
        noise = np.exp(rng.normal(0, 0.6, n_hours))
        rate = float(rng.uniform(6, 120))  # bytes on the wire for a token
        add("distiller", "distiller", rate * (direct_share * seen * noise + other), 1e21)
        own = addresses["distiller"]
        called |= {a for a in own if rng.random() < address_share}
    kinds = ("retrieval", "agents", "evaluation", "disclosed", "finetune", "plain")
    for i in range(n_twins):
        kind = kinds[i % len(kinds)]
        volume = float(np.exp(rng.normal(18, 1.5)))
        if kind in ("retrieval", "agents"):
            flow = volume * _activity(n_hours, rng, jumps=0.2)
        elif kind == "evaluation":
            flow = volume * _nightly(n_hours, rng)
        elif kind == "disclosed":
            flow = 3 * volume * _activity(n_hours, rng, jumps=0.6)
        else:
            flow = 0.01 * volume * _activity(n_hours, rng, jumps=0.3)
        trains = kind in ("disclosed", "finetune")
        flops = 1e21 * float(np.exp(rng.normal(0, 0.2))) if trains else 0.0
        add(f"{kind}{i}", kind, flow, flops)
    return HarvestWorld(
        campaign_tokens=campaign, campaign_addresses=frozenset(called), ingress=ingress,
        addresses=addresses, role=role, flop=flop, ends_us=FROM_US + n_hours * 3_600_000_000,
    )  # fmt: skip


def _activity(n: int, rng: RNG, *, jumps: float) -> F64:
    """Hours of the day, slow drift, starts and stops, and noise; mean about 1."""
    hours = np.arange(n)
    phase = 14 + rng.normal(0, 2.5)
    day = 1 + rng.uniform(0.2, 0.8) * np.cos(2 * np.pi * (hours - phase) / 24)
    weekend = np.where((hours // 24 + 3) % 7 >= 5, rng.uniform(0.5, 1.0), 1.0)
    drift = _walk(n, rng, 0.97, 0.12)
    steps = np.ones(n)
    at = 0
    while at < n:
        length = int(rng.exponential(14)) + 1
        steps[at : at + length] = np.exp(rng.normal(0, jumps)) * (rng.random() > 0.12 * jumps)
        at += length
    noise = np.exp(rng.normal(0, 0.2, n))
    return np.asarray(np.clip(day * weekend * np.exp(drift) * steps * noise, 0, None))


def _nightly(n: int, rng: RNG) -> F64:
    hours = np.arange(n) % 24
    start = int(rng.integers(0, 24))
    return np.asarray(((hours - start) % 24 < 3) * np.exp(rng.normal(0, 0.4, n)))


def _walk(n: int, rng: RNG, keep: float, step: float) -> F64:
    found = np.zeros(n)
    for i in range(1, n):
        found[i] = keep * found[i - 1] + rng.normal(0, step)
    return found
