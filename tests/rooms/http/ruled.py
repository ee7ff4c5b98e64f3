"""A small book, a policy and decisions of a person, put behind real mouths."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from stillwatch.adapters.gateway.tokens import Caller, Callers, Role, new_token
from stillwatch.control import Book, Enforcement, Gate, LocalLimits, policy_from
from stillwatch.http.answers import Answers
from stillwatch.http.control import SERIES, Mouths
from stillwatch.http.core import Core
from stillwatch.http.counting import Counts
from stillwatch.model.decision import HOUR_US, By, Decision

TOKEN, DIGEST = new_token()
CALLERS = Callers({bytes.fromhex(DIGEST): Caller("gw", frozenset({Role.GATEWAY}))}, {})
AUTH = {"x-stillwatch-token": TOKEN}
RING, PAIR = "campaign:aaaaaaaaaaaa", "campaign:bbbbbbbbbbbb"


def campaign(name: str, *accounts: str) -> dict[str, Any]:
    """One campaign of the contract, as far as the book reads it."""
    return {
        "id": name,
        "weight_bits": 60.0,
        "fdr": 0.001,
        "families": {"timing": 20.0, "network": 20.0, "payment": 20.0},
        "harvest": {"content": 12.0},
        "techniques": ["SWT-1"],
        "accounts": [
            {"account": account, "membership": 0.99, "weight_bits": 20.0} for account in accounts
        ],
    }


def result() -> dict[str, Any]:
    """Two campaigns."""
    ring, pair = ("ring-1", "ring-2", "ring-3"), ("pair-1", "pair-2")
    return {"campaigns": [campaign(RING, *ring), campaign(PAIR, *pair)], "watched": []}


POLICY = {
    "schema": "stillwatch.policy/1",
    "name": "test",
    "answers": {"allowed": True},
    "slow": {"allows": 2, "per": "1m", "burst": 1},
    "limit": [
        {"id": "burst", "by": "account", "allows": 60, "per": "1m", "burst": 60, "state": "enforce",
         "when": "!campaign.found"},
    ],
}  # fmt: skip


def decided(control: str, about: str, **more: Any) -> Decision:
    """A person's decision that holds for an hour from now."""
    now_us = time.time_ns() // 1000
    told: dict[str, Any] = {
        "by": By.PERSON,
        "name": "ann",
        "reason": "linked-campaign",
        "made_us": now_us,
        "starts_us": now_us,
        "until_us": now_us + HOUR_US,
    }
    return Decision(control=control, about=about, **(told | more))


def core(*decisions: Decision, live: bool = True) -> Core:
    """A core in which these decisions hold."""
    book = Book()
    book.learn_campaigns(result())
    gate = Gate(policy_from(POLICY), LocalLimits(), Enforcement(decisions), live=live)
    made = Core(book, gate, {"d" * 64: "ring-1"})
    made.tell(dict(made.found(time.time_ns() // 1000)))
    return made


def mouths(behind: Core, folder: Path) -> Mouths:
    """Mouths before a core, counting in a folder."""
    return Mouths(behind, Answers("https://api.example"), Counts(SERIES, folder / "counts", 0))
