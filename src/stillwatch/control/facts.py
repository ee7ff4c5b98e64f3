"""The facts that a policy may speak of: declared, typed, and no others.

Every fact has a name in CEL, a kind, and the value that it has for an account outside every
campaign, which is how a policy that accuses single accounts is told from one that does not.
Facts about where somebody comes from cannot be declared: the constructor of :class:`Fact`
refuses the words, so that such a line stops the program where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from stillwatch.model.errors import BadInput, NotAllowed


class Kind(StrEnum):
    """Type of a fact or an expression."""

    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    STRINGS = "list<string>"
    WEIGHTS = "map<string, double>"


#: words for where somebody comes from, or for what would stand in for it.
FORBIDDEN: Final = frozenset(
    "accent alphabet birthplace citizen citizenship city continent countries country culture "
    "ethnic ethnicity geo geoip geography homeland hometown immigrant jurisdiction lang language "
    "languages latitude locale longitude migrant name names nation national nationality native "
    "offset passport place province race religion region regions residence script surname "
    "timezone tongue translation tz utc utcoffset visa zone zoneinfo".split()
)


class _Unsaid:
    """The value that a fact has outside a campaign where being outside says nothing of it."""

    def __repr__(self) -> str:
        return "UNSAID"


UNSAID: Final = _Unsaid()


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """One fact.

    Args:
        name: ``group.word``, as CEL says it.
        kind: its type.
        what: what it is, with unit and range.
        nullable: whether it can be unknown; then ``has(...)`` asks, and a comparison with it
            is neither true nor false.
        since: attribute that holds the microsecond from which this counts, for ages.
        per_us: microseconds to one unit of an age.
        outside: value for an account outside every campaign.

    Raises:
        NotAllowed: the name says where somebody comes from.
    """

    name: str
    kind: Kind
    what: str
    nullable: bool = False
    since: str = ""
    per_us: float = 0.0
    outside: Any = UNSAID

    def __post_init__(self) -> None:
        """Refuse facts of origin."""
        wrong = FORBIDDEN & set(re.findall(r"[a-z]+", self.name.lower()))
        if wrong:
            raise NotAllowed(
                f"fact {self.name} speaks of where somebody comes from ({', '.join(wrong)})",
                by_rule="origin is no fact",
            )

    @property
    def path(self) -> tuple[str, str]:
        """Group and attribute in :class:`Facts`."""
        group, _, word = self.name.partition(".")
        return group, self.since or word


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


def facts_from(values: Mapping[str, Any], now_us: int = 0) -> Facts:
    """Facts of an account of which only some are told, by their names; for trying a policy.

    A campaign's fact makes the account a member of one, unless ``campaign.found`` says not.

    Raises:
        BadInput: there is no such fact, or its value is of another kind.
    """
    groups: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        fact = BY_NAME.get(name)
        if fact is None:
            raise BadInput(f"there is no fact {name}.", where="facts")
        if not _is_kind(value, fact):
            raise BadInput(f"{name} must be {fact.kind}, not {value!r}.", where="facts")
        group, attribute = fact.path
        groups.setdefault(group, {})[attribute] = _frozen(value, fact, now_us)
    if "campaign" in groups:
        groups["campaign"].setdefault("found", True)
    return Facts(
        account_id="tried",
        campaign_id="campaign:tried" if groups.get("campaign", {}).get("found") else "",
        request=RequestFacts(**groups.get("request", {})),
        account=AccountFacts(**groups.get("account", {})),
        campaign=CampaignFacts(**groups.get("campaign", {})),
        cluster=ClusterFacts(**groups.get("cluster", {})),
        usage=UsageFacts(**groups.get("usage", {})),
        key=KeyFacts(**groups.get("key", {})),
    )


def told(facts: Facts, now_us: int) -> dict[str, dict[str, Any]]:
    """All facts as nested maps, as a CEL library takes them; unknown ones are absent."""
    out: dict[str, dict[str, Any]] = {}
    for fact in FACTS:
        group, _, word = fact.name.partition(".")
        value = value_of(fact, facts, now_us)
        inner = out.setdefault(group, {})
        if value is not None:
            inner[word] = _plain(value)
    return out


def groups() -> Iterator[tuple[str, list[Fact]]]:
    """The facts by group, in the order of the list."""
    names = list(dict.fromkeys(fact.path[0] for fact in FACTS))
    for name in names:
        yield name, [fact for fact in FACTS if fact.path[0] == name]


_PYTHON: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.BOOL: (bool,),
    Kind.INT: (int,),
    Kind.DOUBLE: (int, float),
    Kind.STRING: (str,),
    Kind.STRINGS: (list, tuple),
    Kind.WEIGHTS: (dict,),
}


def _is_kind(value: Any, fact: Fact) -> bool:
    if value is None:
        return fact.nullable
    right = isinstance(value, _PYTHON[fact.kind])
    return right and (fact.kind is Kind.BOOL or not isinstance(value, bool))


def _frozen(value: Any, fact: Fact, now_us: int) -> Any:
    if fact.since and value is not None:
        return round(now_us - value * fact.per_us)
    if fact.kind is Kind.STRINGS:
        return tuple(str(x) for x in value)
    if fact.kind is Kind.WEIGHTS:
        return {str(k): float(v) for k, v in value.items()}
    if fact.kind is Kind.DOUBLE and value is not None:
        return float(value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
