"""A realistic result: three campaigns (500, 12 and 60 accounts) and four watched groups."""

# ruff: noqa: E501

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

START = datetime(2026, 5, 3, tzinfo=UTC)
STEP_S = 21600
Result = dict[str, Any]


def iso(day: float) -> str:
    """A time so many days after the start of the window."""
    return (START + timedelta(days=day)).isoformat().replace("+00:00", "Z")


def account_ids(prefix: str, n: int, rng: np.random.Generator) -> list[str]:
    """Pseudonymous ids of one pool."""
    return [f"{prefix}_{value:010x}" for value in rng.integers(0, 2**40, n)]


def over_time(
    n_accounts: int, first: int, last: int, ban: int | None, sent: float, rng: np.random.Generator
) -> Result:
    """A ramp, a plateau, and where ``ban`` is given a fall and a second pool."""
    n = 120
    active = np.zeros(n)
    for k in range(first, last):
        active[k] = n_accounts * min(1.0, (k - first + 1) / 14) * rng.uniform(0.82, 1.0)
    new = np.zeros(n)
    new[first : first + 14] = rng.multinomial(n_accounts, np.ones(14) / 14)
    blocked = np.zeros(n)
    if ban is not None:
        blocked[ban] = round(n_accounts * 0.45)
        active[ban : ban + 3] *= 0.35
        new[ban + 2 : ban + 6] = rng.multinomial(int(n_accounts * 0.4), np.ones(4) / 4)
    return {
        "start": iso(0),
        "step_s": STEP_S,
        "active": [int(v) for v in active],
        "new": [int(v) for v in new],
        "blocked": [int(v) for v in blocked],
        "exchanges": [int(v) for v in active * sent * rng.uniform(0.8, 1.2, n)],
    }


def week(peak: float, rng: np.random.Generator) -> list[float]:
    """Working hours on weekdays, more or less strongly; 168 shares."""
    hours = np.arange(168) % 24
    days = np.arange(168) // 24
    office = np.exp(-((hours - 14) ** 2) / 22) * np.where(days < 5, 1.0, 0.35)
    shares = (1 + peak * office) * rng.uniform(0.94, 1.06, 168)
    return [float(v) for v in shares / shares.sum()]


def graph(ids: list[str], n_groups: int, rng: np.random.Generator) -> Result:
    """Groups sharing templates, joined by timing, with payment pairs and a few bridges."""
    n = len(ids)
    group = np.sort(rng.integers(0, n_groups, n))
    edges: list[list[Any]] = []
    for g in range(n_groups):
        inside = np.flatnonzero(group == g)
        if len(inside) < 2:
            continue
        hub = int(inside[0])
        for i in inside[1:]:
            edges.append([hub, int(i), round(float(rng.uniform(8, 15)), 1), "content"])
        for i in inside:
            for j in rng.choice(inside, min(2, len(inside)), replace=False):
                if i != j:
                    edges.append([int(i), int(j), round(float(rng.uniform(3, 9)), 1), "timing"])
        for i, j in zip(inside[::4], inside[1::4], strict=False):
            edges.append([int(i), int(j), round(float(rng.uniform(6, 12)), 1), "payment"])
    for _ in range(n // 6 + 3):
        i, j = (int(v) for v in rng.choice(n, 2, replace=False))
        edges.append([i, j, round(float(rng.uniform(2, 6)), 1), "network"])
    nodes = [
        {"id": a, "membership": float(m)} for a, m in zip(ids, rng.beta(14, 0.8, n), strict=True)
    ]
    return {"nodes": nodes, "edges": edges}


TEMPLATES: list[Result] = [
    {
        "accounts": 412,
        "exchanges": 152_340,
        "pieces": [
            {"text": "You are a careful expert in"},
            {
                "slot": True,
                "examples": [
                    "compiler design",
                    "contract law",
                    "organic chemistry",
                    "road planning",
                    "payroll tax",
                ],
            },
            {
                "text": "Here is a question and its finished answer. Imagine and write out in full the "
                "reasoning that led to this answer, step by step, inside the tags given."
            },
            {
                "slot": True,
                "examples": [
                    "Q: Why does the loop end? A: Because the counter",
                    "Q: Which clause applies? A: Clause 7",
                ],
            },
            {"text": "Keep the language of the question."},
        ],
    },
    {
        "accounts": 96,
        "exchanges": 20_118,
        "pieces": [
            {"text": "Grade the reply below from 1 to 10 against each line of the rubric:"},
            {"slot": True, "examples": ["clear, complete, correct", "tone, length, sources"]},
        ],
    },
]

CLAIMS: list[Result] = [
    {
        "industrial_scale": {
            "met": True,
            "why": "500 accounts and 1.8 million exchanges; the widest benign group in the matched set has 41 accounts.",
        },
        "covert": {
            "met": True,
            "why": "Each account stays below 30 exchanges a day while the group holds 13,000 a day; load moves within minutes when one account is blocked.",
        },
        "unauthorised": {
            "met": None,
            "why": "No account declares a use agreed beforehand; the terms that apply to each are not in the data.",
        },
        "fraud_enabled": {
            "met": True,
            "why": "212 accounts share 9 payment instruments under different contacts.",
        },
    },
    {
        "industrial_scale": "not met: 12 accounts, 8,120 exchanges",
        "covert": "met: turns of one dialogue are spread over accounts",
        "unauthorised": "could not look: column disclosed is absent",
        "fraud_enabled": "could not look: column payment is absent",
    },
    {
        "industrial_scale": {"met": True, "why": "60 accounts, 240,000 exchanges."},
        "covert": {"met": False, "why": "The client names itself openly on every exchange."},
        "unauthorised": {"met": None, "why": "No declaration either way."},
        "fraud_enabled": {
            "met": False,
            "why": "Payment instruments are all different and verified.",
        },
    },
]

SIGNALS: list[Result] = [
    {
        "signal": "SWS-3",
        "name": "shared_template",
        "family": "content",
        "bits": 14.2,
        "observed": "412 of 500 accounts use one template whose fixed part is 41 tokens long; no benign group of this size shares more than 6 tokens outside public harnesses.",
        "benign_percentile": 0.99993,
        "evidence": [f"exchange:x{k:07d}" for k in range(40312, 40323)],
    },
    {
        "signal": "SWS-12",
        "name": "echo_of_answers",
        "family": "content",
        "bits": 11.9,
        "observed": "1,204 answers given to one account come back within 9 minutes in a prompt of another.",
        "benign_percentile": 0.9999,
        "evidence": ["exchange:x0044120", "exchange:x0044131"],
    },
    {
        "signal": "SWS-5",
        "name": "even_load",
        "family": "timing",
        "bits": 9.1,
        "observed": "Exchanges an hour vary less between accounts than chance allows (dispersion 0.31).",
        "benign_percentile": 0.9987,
        "evidence": ["window:2026-05-11T06/PT6H"],
    },
    {
        "signal": "SWS-9",
        "name": "shared_payment",
        "family": "payment",
        "bits": 8.1,
        "observed": "212 accounts share 9 payment instruments.",
        "benign_percentile": 0.9991,
        "evidence": ["payment:3fa1", "payment:77c0", "payment:9b12"],
    },
    {
        "signal": "SWS-7",
        "name": "young_accounts",
        "family": "lifecycle",
        "bits": 2.4,
        "observed": "Median age at first exchange is 40 minutes.",
        "benign_percentile": 0.93,
        "evidence": [],
    },
    {
        "signal": "SWS-6",
        "name": "tool_feedback",
        "family": "timing",
        "bits": -3.2,
        "observed": "18% of dialogues go on after an error, as people's do.",
        "benign_percentile": 0.41,
        "evidence": ["exchange:x0041007"],
    },
    {
        "signal": "SWS-10",
        "name": "many_networks",
        "family": "network",
        "bits": 0.4,
        "observed": "Addresses spread over 212 networks.",
        "benign_percentile": None,
        "evidence": [],
    },
]

RIVALS: list[Result] = [
    {
        "hypothesis": "popular harness",
        "bits": -20.3,
        "why": "Explains the shared fixed text; leaves the shared payment instruments and the echo of answers across accounts unexplained.",
    },
    {
        "hypothesis": "reseller with many customers",
        "bits": -9.7,
        "why": "Explains shared payment and networks; leaves one template over 82% of the accounts unexplained.",
    },
    {
        "hypothesis": "one company with many seats",
        "bits": -26.8,
        "why": "Explains common payment; leaves the even load at night and the 40-minute age unexplained.",
    },
]


def campaign(number: int, n: int, prefix: str, rng: np.random.Generator) -> Result:
    """One campaign of ``n`` accounts in the shape of the contract."""
    ids = account_ids(prefix, n, rng)
    first, ban = 6 + 8 * number, 62 if number == 0 else None
    sent = {0: 42.0, 1: 7.0, 2: 55.0}.get(number, 5.0)
    series = over_time(n, first, 112 - 6 * number, ban, sent, rng)
    said = {
        "412 of 500": f"{round(0.82 * n)} of {n}",
        "212 accounts": f"{max(2, round(0.424 * n))} accounts",
    }
    signals = [dict(row) for row in (SIGNALS if number == 0 else SIGNALS[: 3 + number])]
    for row, (old, new) in itertools.product(signals, said.items()):
        row["observed"] = row["observed"].replace(old, new)
    bits: dict[str, list[float]] = {}
    for row in signals:
        bits.setdefault(row["family"], [0.0]).append(row["bits"])
    families = {name: round(max(values) + min(values), 1) for name, values in bits.items()}
    members = sorted(rng.beta(14, 0.6, n), reverse=True)
    return {
        "id": f"campaign:{rng.integers(0, 2**40):010x}",
        "weight_bits": round(sum(families.values()), 1),
        "fdr": 0.001 if number == 0 else 0.008,
        "families": families,
        "claims": CLAIMS[number % 3],
        "accounts": [
            {"account": a, "membership": float(m), "weight_bits": round(float(4 + 9 * m), 1)}
            for a, m in zip(ids, members, strict=True)
        ],
        "n_exchanges": sum(series["exchanges"]),
        "output_tokens": sum(series["exchanges"]) * 1460,
        "reasoning_tokens": sum(series["exchanges"]) * 820,
        "models": {"m-2": 0.49, "m-2-small": 0.31, "m-1": 0.2},
        "first_seen": iso(first / 4 + 0.1),
        "last_seen": iso((112 - 6 * number) / 4),
        "detected_at": iso(first / 4 + 2.3),
        "techniques": ["SWT-A3", "SWT-E2", "SWT-L2"][: 3 - number % 2],
        "signals": signals,
        "rivals": RIVALS[: 3 - number % 3],
        "pictures": {
            "accounts_over_time": series,
            "hour_of_week": {"campaign": week(0.15, rng), "benign": week(3.0, rng)},
            "graph": graph(ids, max(2, n // 45), rng),
            "templates": TEMPLATES[: 2 - number % 2],
        },
    }


def watched(rng: np.random.Generator) -> list[Result]:
    """Four groups that stay below the threshold, each for a reason of its own."""
    rows = (
        ({"network": 12.0}, 74, "one family only"),
        ({"timing": 6.2, "lifecycle": 3.1}, 18, "9.3 bits: below the threshold of 18"),
        (
            {"content": 15.4, "network": 2.0},
            230,
            "a declared reseller explains the findings as well",
        ),
        ({"payment": 8.8}, 6, "one family only"),
    )
    return [
        {
            "id": f"cluster:{rng.integers(0, 2**40):010x}",
            "families": families,
            "accounts": account_ids("acct", n, rng),
            "why_not": why,
        }
        for families, n, why in rows
    ]


def sample_result(sizes: tuple[int, ...] = (500, 12, 60), seed: int = 7) -> Result:
    """The whole result; ``sizes`` are the accounts of each campaign."""
    rng = np.random.default_rng(seed)
    found = [campaign(k, n, "acct", rng) for k, n in enumerate(sizes)]
    return {
        "schema": "stillwatch.campaigns/1",
        "window": {"from": iso(0), "to": iso(30)},
        "n_exchanges": 14_803_221,
        "n_accounts": 212_604,
        "settings": {"mode": "shadow", "fdr": 0.01, "min_families": 2, "threshold_bits": 18.0},
        "not_looked": [
            {"signal": "shared_device", "why": "column device is absent"},
            {"signal": "replayed_reasoning", "why": "column replayed_reasoning is absent"},
        ],
        "n_rejected": 41,
        "campaigns": found,
        "watched": watched(rng),
    }


def empty_result() -> Result:
    """Looked, and found none."""
    result = sample_result(())
    return {**result, "watched": result["watched"][:1]}
