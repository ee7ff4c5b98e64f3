"""Small policies and campaigns for the tests of the room."""

from __future__ import annotations

from typing import Any

from stillwatch.control import Policy, policy_from

NOW_US = 1_772_000_000_000_000
DAY_US = 86_400_000_000


def rule(name: str = "linked", rung: str = "refuse", **changes: Any) -> dict[str, Any]:
    """A rule about members of a campaign, in force."""
    return {
        "id": name,
        "rung": rung,
        "state": "enforce",
        "when": "campaign.membership >= 0.9",
        "for": "2d",
        "reason": "linked-campaign",
        **changes,
    }


def written(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A policy as a file would have it."""
    return {"schema": "stillwatch.policy/1", "name": "tried", "rule": list(rules), **more}


def policy(*rules: dict[str, Any], **more: Any) -> Policy:
    """A policy, compiled."""
    return policy_from(written(*rules, **more))


def campaign(
    *accounts: str, name: str = "campaign:1", membership: float = 0.99, **changes: Any
) -> dict[str, Any]:
    """One campaign of the contract."""
    return {
        "id": name,
        "weight_bits": 31.0,
        "fdr": 0.001,
        "families": {"content": 14.2, "timing": 9.1, "payment": 7.7},
        "harvest": {"content": 6.0},
        "accounts": [
            {"account": a, "membership": membership, "weight_bits": 9.0} for a in accounts
        ],
        "n_exchanges": 1200,
        "first_seen": "2026-03-02T00:00:00Z",
        "last_seen": "2026-03-09T00:00:00Z",
        "detected_at": "2026-03-04T00:00:00Z",
        "techniques": ["SWT-L2"],
        "signals": [{"bits": 14.2, "observed": "the same words in 9 of 10 accounts"}],
        **changes,
    }


def result(*campaigns: dict[str, Any]) -> dict[str, Any]:
    """A result of the contract."""
    return {"schema": "stillwatch.campaigns/1", "campaigns": list(campaigns), "watched": []}
