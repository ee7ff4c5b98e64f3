"""The core behind the mouths: book and gate, and what stands as friction for the time alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from stillwatch.control import RUNGS, Book, Call, Gate, LocalLimits, Verdict
from stillwatch.control.standing import Standing

FRICTION_FROM: Final = RUNGS["slow"].height
#: accounts that are gone through between two breaths.
BATCH: Final = 200


class Core:
    """Decides calls and tells what stands.

    Args:
        book: what is known.
        gate: what decides.
        whose: account by digest of the credential, for gateways that know keys only.
    """

    def __init__(self, book: Book, gate: Gate, whose: Mapping[str, str] | None = None) -> None:
        self.book = book
        self.gate = gate
        self.whose = dict(whose or {})
        self._told: tuple[str, dict[str, float]] = ("0", {})

    def decide(self, call: Call, now_us: int) -> Verdict:
        """Decide one request; a credential that nobody is known for is an account of its own."""
        if not call.account:
            owner = self.whose.get(call.credential)
            call.account = owner if owner is not None else f"credential:{call.credential}"
        facts = self.book.facts(call, now_us)
        verdict = self.gate.decide(facts, now_us)
        if not verdict.allowed:
            self.book.usage.answered(call.account, 0, refused=True, now_us=now_us)
        return verdict

    def slowed(self, now_us: int) -> tuple[str, Mapping[str, float]]:
        """What :meth:`renew` found last."""
        return self._told

    def renew(self, now_us: int) -> Iterator[None]:
        """Find what stands as friction; yields now and then, so that others get their turn.

        An account is in it where a decision stands against it or its campaign that acts on
        access: a rate for the time in which gateways cannot ask, whatever the decision was.
        """
        pace = 60e6 / self.gate.policy.slow_cost_us
        probe = Gate(self.gate.policy, LocalLimits(), self.gate.enforcement, live=self.gate.live)
        scratch = Book(self.book.registry)
        scratch.accounts, scratch.members = self.book.accounts, self.book.members
        now_standing = self.gate.enforcement.at(now_us)
        found: dict[str, float] = {}
        for number, account in enumerate(sorted(self._touched(now_standing))):
            verdict = probe.decide(scratch.facts(Call(account), now_us), now_us)
            if RUNGS[verdict.does].height >= FRICTION_FROM:
                found[account] = pace
            if number % BATCH == BATCH - 1:
                yield
        digest = hashlib.blake2b(repr(sorted(found.items())).encode(), digest_size=8)
        self._told = digest.hexdigest(), found

    def _touched(self, now_standing: Standing) -> set[str]:
        """Accounts that some decision in force is about, by name or by campaign."""
        accounts, campaigns = set(), set()
        for decision in now_standing.decisions:
            kind, _, name = decision.about.partition(":")
            if kind == "account":
                accounts.add(name)
            elif kind == "campaign":
                campaigns.add(decision.about)
        members = self.book.members.items()
        return accounts | {name for name, member in members if member.campaign in campaigns}
