"""Open accounts with habits, every trait by the popularity that all kinds of people share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.lab.infrastructure import mix, zipf_weights
from stillwatch.lab.ragged import Ints
from stillwatch.lab.rhythm import DAY, HOUR, peak_hours
from stillwatch.lab.rows import AccountRows, Group, Habits
from stillwatch.lab.stage import Stage
from stillwatch.lab.tongues import LANGUAGES

_FAR = np.int64(2**62)
_TONGUE_SHARE = np.array([62, 5, 4, 2.5, 5.5, 4, 4, 4, 3, 2, 2, 2.0])


def subjects_of(group: Group, sender: Ints, rng: np.random.Generator) -> Ints:
    """The subject of each exchange: the sender's first, second or third, 6:3:1."""
    which = np.searchsorted([0.6, 0.9], rng.random(len(sender)))
    return np.asarray(group.habits.subjects[sender, which], dtype=np.int64)


def opened(stage: Stage, n: int, rng: np.random.Generator) -> Ints:
    """Opening times: exponential-like age, steady newcomers, and spikes after launches."""
    span = stage.end_us - stage.begin_us
    age = (rng.exponential(210.0, n) * DAY).astype(np.int64)
    old = stage.begin_us - age
    new = stage.begin_us + (rng.random(n) * span * 0.97).astype(np.int64)
    spike = rng.choice(stage.launches_us, n) + (rng.exponential(9.0, n) * HOUR).astype(np.int64)
    draw = rng.random(n)
    fresh = min(0.16, 0.006 * stage.recipe.days + 0.02)
    out = np.where(draw < fresh, new, np.where(draw < fresh + 0.04, spike, old))
    return np.asarray(np.minimum(out, stage.end_us - HOUR), dtype=np.int64)


def digests(n: int, rng: np.random.Generator) -> npt.NDArray[np.uint64]:
    """Fresh 64-bit digests, none 0."""
    return rng.integers(1, 2**63, n, dtype=np.int64).astype(np.uint64)


def people(
    stage: Stage, n: int, rng: np.random.Generator, *, uses: tuple[str, ...] = ("person",)
) -> Group:
    """``n`` unrelated accounts with ordinary habits.

    Args:
        stage: the world.
        n: how many.
        rng: chance.
        uses: kinds of client that they use: ``person``, ``program``, ``harness``.
    """
    plan = rng.choice(5, n, p=[0.34, 0.27, 0.25, 0.09, 0.05]).astype(np.int64)
    verification = rng.choice(5, n, p=[0.04, 0.42, 0.40, 0.06, 0.08]).astype(np.int64)
    opened_us = opened(stage, n, rng)
    payment = digests(n, rng)
    payment[plan == 0] = 0
    family = rng.random(n) < 0.02
    payment[family] = np.roll(payment, 1)[family]
    mail = rng.choice(420, n, p=zipf_weights(420, 1.0)).astype(np.int64)
    contact = mix(mail, 77)
    own = rng.random(n) < 0.18
    contact[own] = digests(int(own.sum()), rng)
    device = digests(n, rng)
    household = rng.random(n) < 0.012
    device[household] = np.roll(device, 1)[household]
    none = np.full(n, -1, dtype=np.int64)
    accounts = AccountRows(
        digests(n, rng), opened_us, plan, none.copy(), verification, payment, contact, device,
        np.zeros(n, np.uint64), none.copy(), rng.integers(0, 12, n),
    )  # fmt: skip
    since = np.maximum(opened_us, stage.begin_us)
    return Group(accounts, _habits(stage, n, since, uses, rng))


def _habits(
    stage: Stage, n: int, since: Ints, uses: tuple[str, ...], rng: np.random.Generator
) -> Habits:
    infra = stage.infra
    program = "program" in uses
    kinds = rng.choice(4, n, p=[0.28, 0.02, 0.66, 0.04] if program else [0.72, 0.18, 0.03, 0.07])
    network = np.zeros(n, dtype=np.int64)
    host = digests(n, rng).astype(np.int64)
    for number, kind in enumerate(("home", "mobile", "hosting", "vpn")):
        rows = kinds == number
        network[rows] = infra.pick_networks(kind, int(rows.sum()), rng)
        exits = {"home": 0, "mobile": 64, "hosting": 48, "vpn": 24}[kind]
        share = rows & (rng.random(n) < (0.35 if kind == "hosting" else 1.0))
        if exits:
            host[share] = infra.shared_host(network[share], exits, rng)
    house = rng.random(n) < 0.03
    network[house], host[house] = np.roll(network, 1)[house], np.roll(host, 1)[house]
    away = infra.pick_networks("mobile", n, rng)
    adopts = stage.release_us + (rng.lognormal(np.log(70.0), 1.3, n) * HOUR).astype(np.int64)
    adopts[rng.random(n) < 0.45] = _FAR
    params = param_popularity(n, rng) if program else (np.full(n, np.nan), np.full(n, -1))
    subjects = rng.integers(0, stage.n_subjects, (n, 3))
    pathway = rng.choice(4, n, p=[0.74, 0.12, 0.08, 0.06]) if program else rng.choice([4, 0], n)
    return Habits(
        infra.pick_clients(n, uses, rng), rng.integers(0, 5, n), params[0], params[1],
        rng.choice([0, 2], n, p=[0.86, 0.14]).astype(np.int64),
        rng.beta(0.5, 1.2, n), adopts, network, host,
        rng.choice([3, 9, 400], n, p=[0.2, 0.2, 0.6]).astype(np.int64),
        away, infra.shared_host(away, 64, rng),
        np.where(kinds < 2, rng.beta(0.6, 3.0, n), 0.0), pathway.astype(np.int64),
        np.full(n, -1), np.full(n, -1),
        rng.choice(len(LANGUAGES), n, p=_TONGUE_SHARE / _TONGUE_SHARE.sum()).astype(np.int64),
        subjects, peak_hours(n, rng), rng.beta(0.5, 1.0, n), since,
        np.full(n, stage.end_us, dtype=np.int64), rng.lognormal(0.0, 0.5, n),
        *_rare_params(n, program, rng),
    )  # fmt: skip


def _rare_params(n: int, program: bool, rng: np.random.Generator) -> tuple[Ints, Ints]:
    share = 1.0 if program else 0.0
    samples = np.where(rng.random(n) < 0.12 * share, 1, -1)
    samples = np.where(rng.random(n) < 0.03 * share, rng.choice([2, 4, 8], n), samples)
    logprobs = np.where(rng.random(n) < 0.2 * share, 0, -1)
    logprobs = np.where(rng.random(n) < 0.025 * share, 1, logprobs)
    return samples.astype(np.int64), logprobs.astype(np.int64)


def param_popularity(n: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], Ints]:
    """Temperature and max_tokens of ``n`` programs, by the popularity that all share."""
    temperature = rng.choice(
        [np.nan, 0.0, 1.0, 0.7, 0.2, 0.3, 0.5, 0.8],
        n,
        p=[0.38, 0.2, 0.12, 0.12, 0.07, 0.05, 0.04, 0.02],
    )
    tokens = rng.choice(
        [-1, 4096, 1024, 2048, 8192, 512, 16384, 1000, 32000],
        n,
        p=[0.3, 0.2, 0.13, 0.12, 0.08, 0.07, 0.05, 0.03, 0.02],
    )
    return temperature, tokens.astype(np.int64)


def pin(group: Group, **values: object) -> Group:
    """Set columns of the accounts or habits, by name, to a scalar or an array; in place."""
    for name, value in values.items():
        part = group.accounts if hasattr(group.accounts, name) else group.habits
        column = getattr(part, name)
        column[:] = value
    return group
