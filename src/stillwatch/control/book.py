"""The book: what is known of accounts, campaigns, models and keys, and facts made from it.

It is filled from an account table, from what ``stillwatch detect`` or ``watch`` prints, and
from the requests themselves; :meth:`Book.facts` costs a few looks into dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from stillwatch.control.facts import (
    NO_ACCOUNT,
    NO_CAMPAIGN,
    NO_CLUSTER,
    AccountFacts,
    CampaignFacts,
    ClusterFacts,
    Facts,
    KeyFacts,
    RequestFacts,
    UsageFacts,
)
from stillwatch.control.ramps import plan_allowance, ramp_allowance
from stillwatch.control.registry import Registry
from stillwatch.control.tiers import beyond, tier_of
from stillwatch.control.usage import DAY_US, Usage, distinct
from stillwatch.model.errors import BadInput

WATCHED: Final = ClusterFacts(watched=True)
#: bits from which a family counts as speaking for a campaign.
SPEAKS_BITS: Final = 1.0


@dataclass(slots=True)
class Call:
    """One request, as a mouth heard it. Only the account must be there.

    Args:
        account: who is billed; pseudonymous.
        credential: digest of the key.
        model: model asked for.
        operation: chat, completion, responses, batch, embeddings.
        pathway: where it came in.
        network: keyed digest of the network, or its AS number; counted, never judged.
        client: user agent or SDK; counted, never judged.
        tenant: the reseller's customer, where the reseller names one.
        exchange_id: unique id, for the log.
        max_tokens: tokens asked for at most.
        samples: answers asked for.
        logprobs: whether token probabilities are asked for.
        reasoning: whether the model's reasoning is asked for.
        replayed_reasoning: signed reasoning blocks that it presents again.
        safety_relevant: whether the caller's own filter says so.
    """

    account: str
    credential: str = ""
    model: str = ""
    operation: str = "chat"
    pathway: str = ""
    network: str = ""
    client: str = ""
    tenant: str = ""
    exchange_id: str = ""
    max_tokens: int | None = None
    samples: int = 1
    logprobs: bool = False
    reasoning: bool = False
    replayed_reasoning: int = 0
    safety_relevant: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """An account's place in a campaign."""

    campaign: str
    facts: CampaignFacts


class Book:
    """Everything that facts are made from.

    Args:
        registry: uses that were agreed beforehand.
        usage: what was used of late.
    """

    def __init__(self, registry: Registry | None = None, usage: Usage | None = None) -> None:
        self.registry = registry if registry is not None else Registry()
        self.usage = usage if usage is not None else Usage()
        self.accounts: dict[str, AccountFacts] = {}
        self.members: Mapping[str, Membership] = {}
        self.watched: frozenset[str] = frozenset()
        self.released_us: dict[str, int] = {}
        self.leaked: frozenset[str] = frozenset()

    def learn_accounts(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """Take in rows of the account table; returns how many.

        ``opened_us`` is microseconds; every other key is a column of ``stillwatch.accounts/1``.
        """
        n_rows = 0
        for row in rows:
            plan, verification, programme, disclosed = (
                str(row.get(key) or "")
                for key in ("plan", "verification", "programme", "disclosed")
            )
            opened, name = row.get("opened_us"), str(row["account"])
            self.accounts[name] = AccountFacts(
                known=True,
                opened_us=None if opened is None else int(opened),
                plan=plan,
                tier=tier_of(verification, programme=programme, disclosed=disclosed).name,
                verification=verification,
                programme=programme,
                disclosed=disclosed,
                # The table does not know of it; reading it anew must not forgive a failure.
                stepup=self.accounts.get(name, NO_ACCOUNT).stepup,
            )
            n_rows += 1
        return n_rows

    def learn_campaigns(self, result: Mapping[str, Any]) -> int:
        """Put the campaigns of a ``stillwatch.campaigns/1`` result in place of the former ones.

        Returns:
            Accounts that are members of one.

        Raises:
            BadInput: the result is not of the contract; what was known stays.
        """
        members: dict[str, Membership] = {}
        try:
            for campaign in result["campaigns"]:
                for account, facts in campaign_facts(campaign):
                    held = members.get(account)
                    if held is None or _stronger(facts, held.facts):
                        members[account] = Membership(str(campaign["id"]), facts)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadInput(
                f"the campaigns cannot be read: {error!r}; the former ones stay.", where="campaigns"
            ) from error
        self.members = members
        watched = (a for cluster in result.get("watched", ()) for a in cluster["accounts"])
        self.watched = frozenset(a["account"] if isinstance(a, Mapping) else a for a in watched)
        return len(members)

    def step_up(self, account: str, step: str) -> None:
        """Note where an account's step-up verification stands."""
        self.accounts[account] = replace(self.accounts.get(account, NO_ACCOUNT), stepup=step)

    def facts(self, call: Call, now_us: int) -> Facts:
        """The facts of a request; the request is counted in doing so."""
        name = call.account
        account = self.accounts.get(name, NO_ACCOUNT)
        used, spread = self.usage.note(name, call.credential, call.network, call.client, now_us)
        if self.registry:
            account = self._agreed(account, call, used.day, now_us)
        member = self.members.get(name)
        plan = plan_allowance(account.plan)
        age = None if account.opened_us is None else (now_us - account.opened_us) / DAY_US
        ramp = ramp_allowance(account.tier, age, preapproved=account.preapproved)
        usage = UsageFacts(
            used.minute,
            used.hour,
            used.day,
            used.tokens_day,
            used.refused_day / used.day,
            used.day / plan if plan else 0.0,
            used.day / ramp,
        )
        key = KeyFacts(
            distinct(spread.networks | spread.last_networks),
            distinct(spread.clients | spread.last_clients),
            call.credential in self.leaked,
        )
        released_us = self.released_us.get(call.model)
        request = RequestFacts(
            call.model,
            call.operation,
            call.pathway,
            call.max_tokens,
            call.samples,
            call.logprobs,
            call.reasoning,
            call.replayed_reasoning,
            call.safety_relevant,
            released_us,
            beyond(account.tier, call.operation, released_us, now_us),
        )
        return Facts(
            name,
            call.credential,
            member.campaign if member else "",
            call.tenant,
            call.exchange_id,
            request,
            account,
            member.facts if member else NO_CAMPAIGN,
            WATCHED if name in self.watched else NO_CLUSTER,
            usage,
            key,
        )

    def _agreed(
        self, account: AccountFacts, call: Call, requests_day: float, now_us: int
    ) -> AccountFacts:
        found = self.registry.of(call.account, now_us)
        if found is None:
            return account
        within = self.registry.within(call.account, requests_day, call.tenant, now_us)
        return replace(account, registered=within, preapproved=True, disclosed=found.use.value)


def campaign_facts(campaign: Mapping[str, Any]) -> Iterable[tuple[str, CampaignFacts]]:
    """Each member of a campaign of the contract, with its facts."""
    families = {str(f): float(bits) for f, bits in campaign["families"].items()}
    whole = CampaignFacts(
        found=True,
        weight_bits=float(campaign["weight_bits"]),
        harvest_bits=float(sum(campaign.get("harvest", {}).values())),
        families=families,
        n_families=sum(bits >= SPEAKS_BITS for bits in families.values()),
        n_accounts=len(campaign["accounts"]),
        techniques=tuple(campaign.get("techniques", ())),
        fdr=float(campaign["fdr"]),
    )
    for member in campaign["accounts"]:
        yield (
            str(member["account"]),
            replace(
                whole,
                membership=float(member["membership"]),
                own_bits=float(member.get("weight_bits", 0.0)),
            ),
        )


def _stronger(one: CampaignFacts, other: CampaignFacts) -> bool:
    return (one.membership, one.weight_bits) > (other.membership, other.weight_bits)
