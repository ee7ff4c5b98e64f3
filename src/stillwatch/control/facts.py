"""The facts that a policy may speak of: declared, typed, and no others.

This is the list, and the values of one request that stand behind it. Every fact has a name in
CEL, a kind, and the value that it has for an account outside every campaign, which is how a
policy that accuses single accounts is told from one that does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stillwatch.control.declaring import Fact, Kind

_DAY, _HOUR = 86_400e6, 3_600e6
_B, _I, _D, _S = Kind.BOOL, Kind.INT, Kind.DOUBLE, Kind.STRING

FACTS: tuple[Fact, ...] = (
    Fact("request.model", _S, "model asked for"),
    Fact("request.operation", _S, "chat, completion, responses, batch, embeddings"),
    Fact("request.pathway", _S, "first-party API, a cloud, an aggregator, an app; '' unknown"),
    Fact("request.max_tokens", _I, "tokens asked for at most", nullable=True),
    Fact("request.samples", _I, "answers asked for"),
    Fact("request.logprobs", _B, "whether token probabilities are asked for"),
    Fact("request.reasoning", _B, "whether the model's reasoning is asked for"),
    Fact("request.replayed_reasoning", _I, "signed reasoning blocks that it presents again"),
    Fact("request.safety_relevant", _B, "the caller's own filter says so; answers stay unaltered"),
    Fact("request.beyond_tier", _B, "asks for what the account's tier does not include"),
    Fact(
        "request.model_age_days",
        _D,
        "days since the model was released",
        nullable=True,
        since="model_released_us",
        per_us=_DAY,
    ),
    Fact("account.known", _B, "whether the account table holds it"),
    Fact(
        "account.age_days",
        _D,
        "days since it was opened",
        nullable=True,
        since="opened_us",
        per_us=_DAY,
    ),
    Fact("account.plan", _S, "free, payg, pro, team, enterprise or the provider's own"),
    Fact("account.tier", _S, "tier by verification, see the list of tiers"),
    Fact("account.verification", _S, "none, email, phone, document, organisation"),
    Fact("account.programme", _S, "education, research or startup programme; '' none"),
    Fact("account.disclosed", _S, "use agreed beforehand: reseller, research, ...; '' none"),
    Fact("account.registered", _B, "within the bound of a use that was registered"),
    Fact("account.preapproved", _B, "a ramp was agreed beforehand (a migration)"),
    Fact("account.stepup", _S, "step-up verification: '', asked, passed, failed, lapsed"),
    Fact("campaign.found", _B, "whether the account is a member of a campaign", outside=False),
    Fact("campaign.membership", _D, "probability of membership, 0 to 1", outside=0.0),
    Fact("campaign.weight_bits", _D, "evidence that one operator runs it, bits", outside=0.0),
    Fact("campaign.harvest_bits", _D, "evidence that what it does is a harvest", outside=0.0),
    Fact("campaign.own_bits", _D, "evidence that this account belongs to it", outside=0.0),
    Fact("campaign.families", Kind.WEIGHTS, "bits by family of evidence", outside={}),
    Fact("campaign.n_families", _I, "families that speak for it", outside=0),
    Fact("campaign.n_accounts", _I, "members", outside=0),
    Fact("campaign.techniques", Kind.STRINGS, "SWT ids", outside=()),
    Fact("campaign.fdr", _D, "share of false campaigns at this weight, 0 to 1", outside=1.0),
    Fact("cluster.watched", _B, "in a cluster that is watched and no campaign"),
    Fact("usage.requests_minute", _D, "requests, decayed over a minute"),
    Fact("usage.requests_hour", _D, "requests, decayed over an hour"),
    Fact("usage.requests_day", _D, "requests, decayed over a day"),
    Fact("usage.output_tokens_day", _D, "output tokens, decayed over a day"),
    Fact("usage.refused_share", _D, "share of the last day's requests that were refused"),
    Fact("usage.plan_ratio", _D, "day's requests over what the plan's users make at most"),
    Fact("usage.ramp_ratio", _D, "day's requests over what an account of this age may make"),
    Fact("key.networks_hour", _I, "distinct networks of this credential in an hour"),
    Fact("key.clients_hour", _I, "distinct clients of this credential in an hour"),
    Fact("key.leaked", _B, "the credential stands on the list of leaked ones"),
)

BY_NAME: Mapping[str, Fact] = {fact.name: fact for fact in FACTS}


@dataclass(slots=True)
class RequestFacts:
    """What a request says of itself."""

    model: str = ""
    operation: str = "chat"
    pathway: str = ""
    max_tokens: int | None = None
    samples: int = 1
    logprobs: bool = False
    reasoning: bool = False
    replayed_reasoning: int = 0
    safety_relevant: bool = False
    model_released_us: int | None = None
    beyond_tier: bool = False


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What is known of an account; made once and kept until it changes."""

    known: bool = False
    opened_us: int | None = None
    plan: str = ""
    tier: str = "open"
    verification: str = ""
    programme: str = ""
    disclosed: str = ""
    registered: bool = False
    preapproved: bool = False
    stepup: str = ""


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What the search says of an account; the default is an account outside every campaign."""

    found: bool = False
    membership: float = 0.0
    weight_bits: float = 0.0
    harvest_bits: float = 0.0
    own_bits: float = 0.0
    families: Mapping[str, float] = field(default_factory=dict)
    n_families: int = 0
    n_accounts: int = 0
    techniques: tuple[str, ...] = ()
    fdr: float = 1.0


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What the search says of an account that it watches."""

    watched: bool = False


@dataclass(slots=True)
class UsageFacts:
    """What an account has used of late."""

    requests_minute: float = 0.0
    requests_hour: float = 0.0
    requests_day: float = 0.0
    output_tokens_day: float = 0.0
    refused_share: float = 0.0
    plan_ratio: float = 0.0
    ramp_ratio: float = 0.0


@dataclass(slots=True)
class KeyFacts:
    """What the credential of a request has done of late."""

    networks_hour: int = 0
    clients_hour: int = 0
    leaked: bool = False


NO_ACCOUNT = AccountFacts()
NO_CAMPAIGN = CampaignFacts()
NO_CLUSTER = ClusterFacts()


@dataclass(slots=True)
class Facts:
    """All facts of one request, and whose it is.

    The first five say who; no policy can read them. They are what limits are counted by and
    decisions looked up by.
    """

    account_id: str
    credential_id: str = ""
    campaign_id: str = ""
    tenant_id: str = ""
    exchange_id: str = ""
    request: RequestFacts = field(default_factory=RequestFacts)
    account: AccountFacts = NO_ACCOUNT
    campaign: CampaignFacts = NO_CAMPAIGN
    cluster: ClusterFacts = NO_CLUSTER
    usage: UsageFacts = field(default_factory=UsageFacts)
    key: KeyFacts = field(default_factory=KeyFacts)


def value_of(fact: Fact, facts: Facts, now_us: int) -> Any:
    """The value of a fact, ``None`` where it is unknown."""
    group, attribute = fact.path
    found = getattr(getattr(facts, group), attribute)
    if fact.since and found is not None:
        return (now_us - found) / fact.per_us
    return found


def groups() -> Iterator[tuple[str, list[Fact]]]:
    """The facts by group, in the order of the list."""
    names = list(dict.fromkeys(fact.path[0] for fact in FACTS))
    for name in names:
        yield name, [fact for fact in FACTS if fact.path[0] == name]
