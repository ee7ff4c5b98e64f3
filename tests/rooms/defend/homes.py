"""A ring, a conversation and its token: what the tests of bound reasoning begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stillwatch.defend import (
    Bound,
    Item,
    LocalReplays,
    Opened,
    Ring,
    context_digest,
    key_of,
    presented,
    seal,
    unseal,
)

SECOND = 1_000_000
DAY = 86_400 * SECOND
NOW = 1_772_000_000 * SECOND


def ring_of(rng: np.random.Generator, n: int = 1) -> Ring:
    """Keys that started a day apart, the last of them a day ago."""
    return Ring(key_of(rng.bytes(32), NOW - (n - i) * DAY) for i in range(n))


def said(role: str, text: str) -> Item:
    """One item of text."""
    return Item(role, "text", text.encode())


@dataclass(frozen=True)
class Home:
    """A conversation as it stands, in which a turn with reasoning was answered."""

    account: str
    conversation: str
    model: str
    history: tuple[Item, ...]

    def bound(self, before: bytes) -> Bound:
        return Bound(
            account=self.account, conversation=self.conversation, model=self.model, before=before
        )

    def answered(self, ring: Ring, rng: np.random.Generator, now_us: int = NOW) -> Home:
        """The model reasons and answers; its token stands in the history."""
        bound = self.bound(context_digest(self.history))
        token = seal("because " + rng.bytes(20).hex(), bound, ring, now_us, rng.bytes(16))
        answer = said("assistant", "so: " + rng.bytes(4).hex())
        return self.grown(Item("assistant", "reasoning", token=token), answer)

    def grown(self, *items: Item) -> Home:
        return replace(self, history=(*self.history, *items))

    def tokens(self) -> list[str]:
        return [item.token for item in self.history if item.token]

    def open(self, ring: Ring, replays: LocalReplays, now_us: int = NOW) -> list[Opened]:
        """The whole history is presented."""
        return [
            unseal(one.token, self.bound(one.before), one.after, ring, replays, now_us)
            for one in presented(self.history)
        ]


def home_of(rng: np.random.Generator) -> Home:
    """A conversation with one question."""
    name = rng.bytes(5).hex()
    question = said("user", "what is " + rng.bytes(6).hex())
    return Home(f"a-{name}", f"c-{name}", "m-1", (said("system", "be brief"), question))
