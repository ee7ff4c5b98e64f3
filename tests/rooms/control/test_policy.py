"""A policy that stands is compiled; one that does not says where and why."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.adapters.control.policies import load_policy, shipped_text
from stillwatch.control import LADDER, RUNGS, policy_from
from stillwatch.control.explaining import described, parts_of
from stillwatch.control.facts import Facts
from stillwatch.control.ladder import REFUSE
from stillwatch.control.trying import facts_from
from stillwatch.model.errors import BadInput, NotAllowed, StillwatchError
from tests.laws.expressions import NOW_US, conditions, facts
from tests.rooms.control.policies import policy, rule, written

OUTSIDE = frozenset({"request", "account", "cluster", "usage", "key"})


@pytest.mark.parametrize("rung", [r.name for r in LADDER if r.height >= REFUSE or r.needs_campaign])
@pytest.mark.parametrize(
    "when",
    [
        "usage.requests_day > 100000.0",
        "campaign.membership >= 0.9 || usage.requests_day > 1e6",
        "campaign.membership < 0.5",
        "!campaign.found",
        "account.tier == 'open' ? campaign.found : account.age_days < 1.0",
        "cluster.watched",
        "true",
    ],
)
def test_a_rule_that_could_accuse_a_single_account_is_refused(rung: str, when: str) -> None:
    with pytest.raises(NotAllowed, match="single accounts are not accused"):
        policy(rule(rung=rung, when=when, state="shadow"))


@settings(max_examples=120, deadline=None)
@given(conditions(5), st.lists(facts(OUTSIDE), min_size=1, max_size=4))
def test_no_policy_that_stands_touches_an_outsider_above_friction(
    when: str, outsiders: list[Facts]
) -> None:
    try:
        made = policy(rule(when=when))
    except StillwatchError:
        return
    for outsider in outsiders:
        assert made.held(outsider, NOW_US)[0] == []


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"rung": "flog"}, BadInput, "unknown"),
        ({"for": "8d"}, NotAllowed, "at most"),
        ({"for": "soon"}, BadInput, "no duration"),
        ({"reason": "because"}, BadInput, "unknown"),
        ({"id": "Not An Id"}, BadInput, "no id"),
        ({"state": "armed"}, BadInput, "one of shadow, canary, enforce"),
        ({"state": "canary"}, BadInput, "a canary has a share"),
        ({"share": 0.5}, BadInput, "a canary has a share"),
        ({"state": "canary", "share": 1.5}, BadInput, "share"),
        ({"when": "campaign.weight > 3.0"}, BadInput, "did you mean campaign.weight_bits"),
        ({"nation": "x"}, BadInput, "nation is unknown"),
        ({"rung": "no_logprobs"}, NotAllowed, "alters answers"),
        ({"test": [{"facts": {"campaign.membership": 0.1}, "holds": True}]}, BadInput, "not hold"),
        ({"test": [{"facts": {"campaign.nation": 1}, "holds": True}]}, BadInput, "no fact"),
        ({"test": [{"facts": {"campaign.found": "yes"}, "holds": True}]}, BadInput, "must be bool"),
    ],
)
def test_what_is_wrong_is_named(
    changes: dict[str, Any], error: type[StillwatchError], said: str
) -> None:
    with pytest.raises(error, match=said):
        policy(rule(**changes))


@pytest.mark.parametrize(
    "whole",
    [
        {"schema": "other"},
        {"schema": "stillwatch.policy/1", "rules": []},
        {"schema": "stillwatch.policy/1", "rule": {"id": "x"}},
        {"schema": "stillwatch.policy/1", "limit": [{"id": "x", "by": "country", "allows": 1}]},
        {"schema": "stillwatch.policy/1", "slow": {"allows": 1, "per": "1h"}},
        written(rule(), rule()),
    ],
)
def test_a_file_that_is_none_is_refused(whole: dict[str, Any]) -> None:
    with pytest.raises(StillwatchError):
        policy_from(whole)


def test_the_shipped_policy_stands_and_is_careful() -> None:
    made = load_policy()
    assert not made.answers
    for one in made.rules:
        if one.rung.height >= REFUSE:
            assert one.about_campaign
            assert "n_families >= 2" in one.text or "n_families >= 3" in one.text
        if one.rung.alters_answer:
            assert one.mode == "shadow"
    assert not any(one.rung.name == "ban_cluster" for one in made.rules)
    assert load_policy().digest == policy_from(tomllib.loads(shipped_text())).digest


def test_every_rung_carries_what_a_rung_must() -> None:
    for rung in LADDER:
        for field in ("does", "trigger", "bound", "audit", "appeal", "reversal"):
            assert getattr(rung, field).strip(), f"{rung.name} has no {field}"
        assert rung.longest_us > 0
        assert rung.needs_campaign or rung.height < REFUSE
    assert [r.height for r in LADDER] == sorted({r.height for r in LADDER})
    assert RUNGS["ban_cluster"].n_rule_approvals == 2
    assert all(r.n_rule_approvals == 2 and r.off_by_default for r in LADDER if r.alters_answer)


def test_a_policy_reads_as_a_list_and_says_why_a_rule_holds() -> None:
    made = load_policy()
    rows = {row["rule"]: row for row in described(made)}
    assert rows["core-suspend"]["approvers"] == 1
    linked = made.by_id["linked-refuse"]
    seen = facts_from({"campaign.membership": 0.95, "campaign.n_families": 1})
    parts = {part.text: part for part in parts_of(linked, seen, 0)}
    assert parts["campaign.membership >= 0.9"].holds is True
    assert parts["campaign.n_families >= 2"].holds is False
    assert parts["campaign.n_families >= 2"].seen == {"campaign.n_families": 1}
