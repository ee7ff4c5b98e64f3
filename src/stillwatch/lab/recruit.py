"""An operator's accounts: opened in lots, some aged, traits partly from a common pool."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.lab.attacker import Knobs
from stillwatch.lab.crowd import digests, param_popularity, people
from stillwatch.lab.infrastructure import zipf_weights
from stillwatch.lab.ragged import Bools, Ints
from stillwatch.lab.rhythm import DAY, HOUR, MINUTE
from stillwatch.lab.rows import Group
from stillwatch.lab.stage import Stage
from stillwatch.lab.voices import with_kits

_NEVER = np.int64(2**62)


def recruit(stage: Stage, settled: Knobs, rng: np.random.Generator) -> Group:
    """Accounts of one operator, ready to send from ``since_us`` on.

    A trait comes from the operator's pool with the recipe's ``infra_sharing``, drawn for
    each account and trait on its own; otherwise it is fresh, or as common as anyone's.
    """
    n, theta = settled.n_accounts, stage.recipe.infra_sharing
    group = people(stage, n, rng, uses=settled.plan.uses)
    a, h = group.accounts, group.habits
    a.opened_us = _opened(stage, settled, a.opened_us, rng)
    a.plan[:] = rng.choice([0, 1, 2, 3], n, p=rng.dirichlet([1.0, 4.0, 3.0, 1.0]))
    paid = a.plan > 0
    a.payment = np.where(paid, digests(n, rng), 0).astype(np.uint64)
    a.payment = np.where(paid, _pooled(a.payment, theta, n, 6, rng), 0).astype(np.uint64)
    a.device = _pooled(a.device, theta, n, 8, rng)
    a.contact = _pooled(a.contact, theta, n, 30, rng)
    _egress(stage, settled, group, theta, rng)
    _workers(stage, group, settled, rng)
    h.since_us[:] = np.maximum(a.opened_us, settled.since_us)
    h.until_us[:] = settled.until_us
    h.adopts_us[:] = _NEVER
    if rng.random() < 0.5:
        h.adopts_us[:] = stage.release_us + int(rng.uniform(30, 160) * HOUR)
    return group


def _opened(stage: Stage, settled: Knobs, usual: Ints, rng: np.random.Generator) -> Ints:
    n, spread = len(usual), 0.4 + settled.jitter
    lots = settled.since_us - (rng.exponential(5.0 * spread, max(1, n // 12)) * DAY).astype(
        np.int64
    )
    lot = rng.integers(0, len(lots), n)
    minutes = rng.exponential(240.0 * spread, n)
    fresh = np.minimum(lots[lot] + (minutes * MINUTE).astype(np.int64), settled.since_us + 2 * HOUR)
    aged = rng.random(n) < stage.recipe.aged_accounts
    old = np.minimum(usual, settled.since_us - rng.integers(30, 400, n) * DAY)
    return np.asarray(np.where(aged, old, fresh), dtype=np.int64)


def _pooled(
    values: npt.NDArray[np.uint64], theta: float, n: int, per_trait: int, rng: np.random.Generator
) -> npt.NDArray[np.uint64]:
    pool = digests(max(1, -(-n // per_trait)), rng)
    drawn = rng.choice(pool, n, p=zipf_weights(len(pool), 0.5))
    return np.where(rng.random(n) < theta, drawn, values).astype(np.uint64)


def _egress(
    stage: Stage, settled: Knobs, group: Group, theta: float, rng: np.random.Generator
) -> None:
    h, infra, n = group.habits, stage.infra, len(group)
    kind = settled.plan.egress
    far: Bools = rng.random(n) < {"residential": 0.95, "hosting": 0.1, "mixed": 0.6}[kind]
    h.network[far] = infra.pick_networks("home", int(far.sum()), rng)
    near = int((~far).sum())
    h.network[~far] = infra.pick_networks("hosting", near, rng)
    h.host[:] = digests(n, rng).astype(np.int64)
    h.lease_days[:] = np.where(far, 3, 400)
    h.away_network[:] = infra.pick_networks("home", n, rng)
    h.away_host[:] = digests(n, rng).astype(np.int64)
    h.away_share[:] = np.where(far, 0.5, 0.1)
    gates = max(1, n // 15)
    pool = infra.pick_networks("home" if kind == "residential" else "hosting", gates, rng)
    hosts = digests(gates, rng).astype(np.int64)
    chosen = rng.integers(0, gates, n)
    common = rng.random(n) < theta
    h.network[common], h.host[common] = pool[chosen[common]], hosts[chosen[common]]
    h.lease_days[common] = 400


def _workers(stage: Stage, group: Group, settled: Knobs, rng: np.random.Generator) -> None:
    h, n = group.habits, len(group)
    images = stage.infra.pick_clients(int(rng.integers(1, 5)), settled.plan.uses, rng)
    which = rng.integers(0, len(images), n)
    h.client[:] = images[which]
    h.tls_variant[:] = rng.integers(0, 5, len(images))[which]
    temperature, tokens = param_popularity(2, rng)
    setting = (rng.random(n) < rng.uniform(0, 0.5)).astype(np.int64)
    h.temperature[:], h.max_tokens[:] = temperature[setting], np.maximum(tokens, -1)[setting]
    short = (h.max_tokens > 0) & (h.max_tokens < 1500)
    h.max_tokens[short] = 4096
    h.model[:] = 0
    h.verbosity[:] = rng.lognormal(0.0, 0.5)
    h.samples[:], h.logprobs[:] = h.samples[0], h.logprobs[0]
    h.swift_share[:] = rng.uniform(0, 0.3)
    h.thinks[:] = rng.uniform(0.2, 0.95)
    h.tongue[:] = 0
    pathways = rng.choice(4, settled.plan.pathways, replace=False, p=[0.7, 0.12, 0.1, 0.08])
    h.pathway[:] = pathways[rng.integers(0, len(pathways), n)]


def equip(stage: Stage, group: Group, n_tools: int, rng: np.random.Generator) -> None:
    """Give the accounts tools: in half of the campaigns a popular harness's, else own ones."""
    own = stage.add_tools(rng, n_tools)
    popular = with_kits(stage, group.habits.client, 1.0, rng)[1]
    shipped = popular >= 0 if rng.random() < 0.5 else np.zeros(len(group), dtype=np.bool_)
    group.habits.tools[:] = np.where(shipped, popular, own)
