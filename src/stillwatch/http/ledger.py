"""What people at the desk read and write: decisions, approvals, appeals and rulings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from stillwatch.control import Enforcement, Policy
from stillwatch.control.appeals import Appeal, Ruling
from stillwatch.control.book import Membership
from stillwatch.control.ledger import Thing


class Ledger(Protocol):
    """Everything that was ever written, and the way to write more."""

    @property
    def enforcement(self) -> Enforcement:
        """Decisions and approvals, folded."""
        ...

    @property
    def appeals(self) -> Mapping[str, Appeal]:
        """By id."""
        ...

    @property
    def rulings(self) -> Mapping[str, Ruling]:
        """By id."""
        ...

    @property
    def policy(self) -> Policy:
        """In force."""
        ...

    @property
    def members(self) -> Mapping[str, Membership]:
        """Accounts in campaigns."""
        ...

    @property
    def live(self) -> bool:
        """Whether anything is done at all."""
        ...

    @property
    def case_key(self) -> bytes:
        """The secret that case numbers are made with."""
        ...

    def campaign(self, name: str) -> Mapping[str, Any] | None:
        """A campaign of the last result, as the contract tells it."""
        ...

    def write(self, *entries: Thing) -> None:
        """Write them down for good, then let them count.

        Raises:
            OutsideFailed: they could not be written; they then do not count.
        """
        ...

    def catch_up(self) -> int:
        """Read what other processes wrote; how many entries."""
        ...


def abouts(ledger: Ledger) -> list[str]:
    """Everything that a case can be about: decisions, and rules and limits that act alone."""
    return [*ledger.enforcement.decisions, *reasons_of(ledger.policy)]


def reasons_of(policy: Policy) -> dict[str, str]:
    """The reason of each rule and limit that acts without a decision, by ``rule:`` and its id."""
    told = {f"rule:{rule.id}": rule.reason for rule in policy.rules}
    return told | {f"rule:{limit.id}": limit.reason for limit in policy.limits}
