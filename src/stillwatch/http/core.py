"""The core behind the mouths: book and gate, and what stands as friction for the time alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from stillwatch.adapters.control.verdicts import VerdictRecord
from stillwatch.control import RUNGS, Book, Call, Facts, Gate, LocalLimits, Verdict
from stillwatch.control.facts import NO_ACCOUNT, NO_CAMPAIGN
from stillwatch.control.standing import Standing

FRICTION_FROM: Final = RUNGS["slow"].height


class Core:
    """Decides calls and tells what stands.

    Args:
        book: what is known.
        gate: what decides.
        whose: account by digest of the credential, for gateways that know keys only.
        record: where verdicts that say anything are kept; nowhere by default.
    """

    def __init__(
        self,
        book: Book,
        gate: Gate,
        whose: Mapping[str, str] | None = None,
        record: VerdictRecord | None = None,
    ) -> None:
        self._record = record
        self.book = book
        self.gate = gate
        self.whose = dict(whose or {})
        self._told: tuple[str, Mapping[str, float]] = ("0", {})

    def decide(self, call: Call, now_us: int, n_unasked: int = 0) -> Verdict:
        """Decide one request; a credential that nobody is known for is an account of its own.

        Where its owner is known, that is the account, whatever the gateway was told.

        Args:
            call: the request.
            now_us: the moment.
            n_unasked: requests like it that went on a lease since the last question; they count.
        """
        owner = self.whose.get(call.credential)
        if owner is not None:
            # Whose key it is stands in our own list; a header may be the client's.
            call.account = owner
        elif not call.account:
            call.account = f"credential:{call.credential}"
        for _ in range(n_unasked):
            self.gate.decide(self.book.facts(call, now_us), now_us)
        facts = self.book.facts(call, now_us)
        verdict = self.gate.decide(facts, now_us)
        if self._record is not None:
            self._record.note(facts, verdict, now_us)
        if not verdict.allowed:
            self.book.usage.answered(call.account, 0, refused=True, now_us=now_us)
        return verdict

    def free(self, call: Call, verdict: Verdict, now_us: int) -> bool:
        """Whether the account's next requests may go for a moment without a question.

        Nothing stands against it, it is in no campaign and nothing was said of this request, so
        that all that could meet it is a limit.
        """
        if verdict.says != "observe" or verdict.rules or verdict.says_alters:
            return False
        if call.account in self.book.members:
            return False
        return not self.gate.enforcement.at(now_us).of(call.account)

    def slowed(self, now_us: int) -> tuple[str, Mapping[str, float]]:
        """What :meth:`tell` was told last."""
        return self._told

    def tell(self, slowed: Mapping[str, float]) -> None:
        """Take what stands as friction."""
        digest = hashlib.blake2b(repr(sorted(slowed.items())).encode(), digest_size=8)
        self._told = digest.hexdigest(), slowed

    def found(self, now_us: int) -> Iterator[tuple[str, float]]:
        """What stands as friction: accounts, and requests a minute that each may make.

        An account is in it where a decision stands against it or its campaign that acts on
        access: a rate for the time in which gateways cannot ask, whatever the decision was.
        """
        book, gate = self.book, self.gate
        pace = 60e6 / gate.policy.slow_cost_us
        probe = Gate(gate.policy, LocalLimits(), gate.enforcement, live=gate.live)
        for account in sorted(self._touched(gate.enforcement.at(now_us))):
            member = book.members.get(account)
            agreed = book.registry.of(account, now_us) is not None
            facts = Facts(
                account,
                campaign_id=member.campaign if member else "",
                account=replace(book.accounts.get(account, NO_ACCOUNT), registered=agreed),
                campaign=member.facts if member else NO_CAMPAIGN,
            )
            if RUNGS[probe.decide(facts, now_us).does].height >= FRICTION_FROM:
                yield account, pace

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
