"""The registry: uses that were agreed beforehand, each with a bound and an end.

Researchers and evaluators register a study, resellers and aggregators register and name the
tenant of each request, a migration has its ramp agreed. Within the bound a registered account
is spared what rules ask for; what they would have done stays in the log, where an auditor
sees it. What a person decides is not spared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from stillwatch.model.errors import BadInput


class Use(StrEnum):
    """What was agreed."""

    RESEARCH = "research"
    EVALUATION = "evaluation"
    RESELLER = "reseller"
    PARTNER = "partner"
    MIGRATION = "migration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One agreement.

    Args:
        id: number of the study or the contract.
        account: whom it is for.
        use: what was agreed.
        requests_a_day: the bound; beyond it nothing is spared.
        starts_us: from when.
        until_us: until when; always set.
        agreed_by: the person who agreed.
        note: what for, in a sentence.
    """

    id: str
    account: str
    use: Use
    requests_a_day: float
    starts_us: int
    until_us: int
    agreed_by: str
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse an agreement without a bound, an end or a person.

        Raises:
            BadInput: one of these is missing.
        """
        if not self.requests_a_day > 0:
            raise BadInput("a registration needs a bound above 0.", where=self.id)
        if self.until_us <= self.starts_us:
            raise BadInput("a registration ends before it starts.", where=self.id)
        if not self.agreed_by:
            raise BadInput("a registration needs the person who agreed.", where=self.id)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class Registry:
    """All agreements, asked by account."""

    def __init__(self, registrations: Iterable[Registration] = ()) -> None:
        self._by_account: dict[str, list[Registration]] = {}
        for one in registrations:
            self._by_account.setdefault(one.account, []).append(one)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._by_account)

    def of(self, account: str, now_us: int) -> Registration | None:
        """The agreement in force for an account; of several the widest."""
        known = self._by_account.get(account, ())
        holding = [one for one in known if one.starts_us <= now_us < one.until_us]
        return max(holding, key=lambda one: (one.requests_a_day, one.id), default=None)

    def within(self, account: str, requests_day: float, tenant: str, now_us: int) -> bool:
        """Whether a request is within what was agreed: its bound, and for resale the tenant.

        Args:
            account: whose request.
            requests_day: requests of its last day.
            tenant: the tenant that the request names; resellers must name one.
            now_us: the moment.
        """
        one = self.of(account, now_us)
        if one is None or one.use is Use.MIGRATION or requests_day > one.requests_a_day:
            return False
        return bool(tenant) or one.use is not Use.RESELLER

    def migrating(self, account: str, now_us: int) -> bool:
        """Whether a ramp was agreed for the account; any other agreement includes it."""
        return self.of(account, now_us) is not None
