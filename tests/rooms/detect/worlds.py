"""Small made worlds for the signals: accounts, what they send, and a crowd around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from stillwatch.detect.group import Group
from stillwatch.detect.links import build_links
from stillwatch.detect.population import build_population
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.signal import Reading, Signal
from stillwatch.detect.state import State, open_window
from stillwatch.detect.traffic import build_traffic
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from stillwatch.model.release import Release
from stillwatch.stats.sketches import Key
from stillwatch.stats.terms import evaluate, outcomes

#: a Monday at midnight UTC, and an hour, in microseconds.
START_US = 1_772_409_600_000_000
HOUR_US = 3_600_000_000
CLOCK_S = 21_600
WORDS = [
    a + b for a in "ba de fi go lu mo ne pi ro su ta vu".split() for b in "lan mer tik zor".split()
]


def at_us(hours: float) -> int:
    """Microseconds since 1970 of a moment ``hours`` after the start of the world."""
    return START_US + int(hours * HOUR_US)


def table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table of a schema; what they do not name is null."""
    return pa.table(
        {f.name: pa.array([row.get(f.name) for row in rows], f.type) for f in schema}, schema=schema
    )


@dataclass
class World:
    """Exchanges and accounts to be laid out as a state.

    Attributes:
        exchanges, accounts: rows of the two contracts.
        releases: models and the hours at which they were released.
    """

    exchanges: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    releases: list[tuple[str, float]] = field(default_factory=list)

    def open(self, name: str, hours: float | None = None, **columns: Any) -> None:
        """Describe an account, opened at ``hours``."""
        opened = None if hours is None else at_us(hours)
        self.accounts.append({"account": name, "opened_at": opened, **columns})

    def send(self, name: str, hours: float, **columns: Any) -> None:
        """One exchange."""
        row = {"account": name, "sent_at": at_us(hours), "model": "m-1", **columns}
        self.exchanges.append({"exchange_id": f"e{len(self.exchanges)}", **row})

    def state(self, until_h: float | None = None, clock_s: int = CLOCK_S) -> State:
        """Everything up to ``until_h`` (the end if None), as the signals see it."""
        batches = table(self.exchanges, EXCHANGES_SCHEMA).to_batches()
        traffic = build_traffic(batches, Key.of(b"worlds"))
        accounts = table(self.accounts, ACCOUNTS_SCHEMA) if self.accounts else None
        people = build_population(traffic, accounts)
        window = open_window(
            traffic,
            people,
            build_links(traffic, people),
            DetectSettings(clock_s=clock_s),
            tuple(Release(model, at_us(hours)) for model, hours in self.releases),
        )
        state = State.start(window)
        while state.looks < window.n_bins and (until_h is None or state.now_us < at_us(until_h)):
            state.advance()
        return state


def group_of(state: State, prefix: str) -> Group:
    """The accounts whose names start with a prefix, as a group."""
    w = state.window
    inside = [i for i, name in enumerate(w.traffic.accounts) if name.startswith(prefix)]
    return Group(state, np.unique(w.population.node[inside]).astype(np.int64))


def read(signal: Signal, state: State, prefix: str) -> Reading:
    """What a signal reads off the accounts whose names start with a prefix.

    Read once more with its terms, it reads the same, and they give the same bits through JSON.
    """
    plain, kept = signal.weigh(group_of(state, prefix)), group_of(state, prefix)
    kept.keeps_terms = True
    again = signal.weigh(kept)
    assert (again.bits, again.observed, again.percentile, again.evidence) == (
        plain.bits, plain.observed, plain.percentile, plain.evidence,
    )  # fmt: skip
    assert not plain.terms
    assert redone(again) == plain.bits, signal.name
    return plain


def redone(reading: Reading) -> float:
    """The bits of a reading, from its terms as they come out of a file."""
    spelled = orjson.loads(orjson.dumps([term.spelled() for term in reading.terms]))
    for term in spelled:
        assert outcomes(term) == term["gives"]
    return sum(evaluate(term) for term in spelled)


def sentence(rng: np.random.Generator, words: list[str], n: int = 10) -> str:
    """``n`` words, drawn with replacement."""
    return " ".join(rng.choice(words, n))


def crowd(
    world: World, n: int, seed: int = 0, days: float = 4.0, name: str = "c", **columns: Any
) -> None:
    """People who have nothing to do with each other.

    Each has a volume, a few words, a waking time, a card and an address of its own.
    """
    rng = np.random.default_rng(seed)
    for i in range(n):
        world.open(
            f"{name}{i}", -float(rng.uniform(24, 4000)), plan="payg", payment=f"{name}card{i}",
            device=f"{name}dev{i}", contact=f"{name}mail{i}",
        )  # fmt: skip
        words, wakes = list(rng.choice(WORDS, 5, replace=False)), rng.uniform(0, 24)
        for _ in range(int(np.clip(rng.lognormal(2.8, 0.9), 3, 120))):
            hours = 24 * rng.integers(0, int(days)) + (wakes + rng.uniform(0, 7)) % 24
            said = {
                "prompt": sentence(rng, words),
                "status": 200,
                "turn": 0,
                "credential": f"{name}key{i}",
                "address": f"{name}ip{i}",
                "client": f"sdk-{i % 7}",
                "tls": f"t{i % 7}",
                "pathway": "api",
                "finish_reason": "stop",
            }
            world.send(f"{name}{i}", float(hours), **(said | columns))


def talking(world: World, name: str, words: list[str], n: int, seed: int) -> None:
    """Accounts, forty prompts each, that ask in some words, any account at any time."""
    rng = np.random.default_rng(seed)
    for i in range(n):
        world.open(f"{name}{i:02d}", -3.0)
    for k in range(40 * n):
        said = sentence(rng, words)
        world.send(f"{name}{rng.integers(n):02d}", 96.0 * k / (40 * n), prompt=said)
