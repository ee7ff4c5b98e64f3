"""Facts that are made up, to try a policy on, and facts as a CEL library takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stillwatch.control.declaring import Fact, Kind
from stillwatch.control.facts import (
    BY_NAME,
    FACTS,
    AccountFacts,
    CampaignFacts,
    ClusterFacts,
    Facts,
    KeyFacts,
    RequestFacts,
    UsageFacts,
    value_of,
)
from stillwatch.model.errors import BadInput


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
