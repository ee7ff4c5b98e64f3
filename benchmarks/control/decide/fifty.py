"""A policy of fifty rules and three limits, and the requests that it is asked about."""

from __future__ import annotations

from typing import Any

import numpy as np

from stillwatch.control import Book, Call

NOW_US = 1_772_000_000_000_000

#: what a rule of a kind says; ``{n}`` differs from rule to rule.
WHEN = (
    "campaign.membership >= 0.9 && campaign.n_families >= 2 && campaign.weight_bits >= {n}.0",
    "campaign.families['content'] > {n}.0 && campaign.techniques.exists(t, t.startsWith('SWT-L'))",
    "usage.ramp_ratio > {n}.5 && !account.preapproved && account.tier in ['open', 'reached']",
    "key.networks_hour > {n} && account.known && account.age_days < 30.0",
    "request.samples > {n} && request.logprobs && usage.requests_hour > 100.0",
    "campaign.found && account.stepup == 'failed' || campaign.fdr < 0.001 && campaign.found",
    "usage.plan_ratio > {n}.0 && account.plan in ['free', 'pro'] && account.disclosed == ''",
    "cluster.watched && request.replayed_reasoning > {n}",
    "key.leaked || usage.refused_share > 0.5 && usage.requests_day > {n}.0",
    "request.operation == 'batch' && account.tier == 'open' && request.model_age_days < {n}.0",
)
ABOUT_CAMPAIGN = (0, 1, 5)


def conditions() -> list[str]:
    """The fifty conditions."""
    return [WHEN[place % len(WHEN)].replace("{n}", str(3 + place)) for place in range(50)]


def policy() -> dict[str, Any]:
    """The policy, as a file would have it."""
    rules = [
        {
            "id": f"rule-{place}",
            "rung": "refuse" if place % len(WHEN) in ABOUT_CAMPAIGN else "verify",
            "state": "enforce",
            "when": when,
            "for": "1d",
            "reason": "linked-campaign",
        }
        for place, when in enumerate(conditions())
    ]
    limits = [
        {"id": f"limit-{by}", "by": by, "state": "enforce", "allows": 6000, "per": "1m"}
        for by in ("account", "credential", "tenant")
    ]
    return {"schema": "stillwatch.policy/1", "name": "fifty", "rule": rules, "limit": limits}


def book(n_accounts: int) -> Book:
    """Accounts, of which one in fifty is a member of a campaign."""
    made = Book()
    made.learn_accounts(
        {
            "account": f"a-{place}",
            "opened_us": NOW_US - place * 3_600_000_000,
            "plan": ("free", "pro", "payg", "enterprise")[place % 4],
            "verification": ("none", "email", "phone", "document", "organisation")[place % 5],
        }
        for place in range(n_accounts)
    )
    members = [
        {"account": f"a-{place}", "membership": 0.99, "weight_bits": 9.0}
        for place in range(0, n_accounts, 50)
    ]
    found = {
        "id": "campaign:1", "weight_bits": 61.0, "fdr": 0.0001,
        "families": {"content": 20.0, "timing": 9.0, "payment": 8.0},
        "harvest": {"content": 6.0}, "techniques": ["SWT-L2"], "accounts": members,
    }  # fmt: skip
    made.learn_campaigns({"campaigns": [found]})
    made.released_us = {"m-1": NOW_US - 86_400_000_000 * 9}
    return made


def calls(n: int, n_accounts: int, seed: int) -> list[Call]:
    """Requests of accounts drawn at random, the busy ones more often."""
    rng = np.random.default_rng(seed)
    places = np.minimum((n_accounts * rng.random(n) ** 2).astype(int), n_accounts - 1)
    networks = rng.integers(0, 400, n)
    return [
        Call(
            account=f"a-{place}",
            credential=f"k-{place}",
            model="m-1",
            network=f"n-{network}",
            client="sdk/1.4",
            max_tokens=1024,
        )
        for place, network in zip(places.tolist(), networks.tolist(), strict=True)
    ]
