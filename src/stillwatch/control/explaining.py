"""Why a rule holds or does not: its condition part by part, with what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stillwatch.control.cel import Node, compile_all, shown
from stillwatch.control.cel.tree import facts_in
from stillwatch.control.facts import FACTS, Facts, value_of
from stillwatch.control.policy import Limit, Policy, Rule
from stillwatch.model.errors import BadInput


@dataclass(frozen=True, slots=True)
class Part:
    """One conjunct of a condition: true, false, or ``None`` where a fact is unknown."""

    text: str
    holds: bool | None
    seen: dict[str, Any]


def parts_of(rule: Rule | Limit, facts: Facts, now_us: int) -> list[Part]:
    """The conjuncts of a condition, each with its answer and the facts in it."""
    if rule.when is None:
        return []
    return [
        Part(
            shown(node),
            answer(node, facts, now_us),
            {f.name: value_of(f, facts, now_us) for f in FACTS if f in facts_in(node)},
        )
        for node in _conjuncts(rule.when)
    ]


def answer(node: Node, facts: Facts, now_us: int) -> bool | None:
    """True, false, or ``None`` where the condition is neither."""
    if compile_all([node])(facts, now_us):
        return True
    return None if compile_all([node], unknown=True)(facts, now_us) else False


def described(policy: Policy) -> list[dict[str, Any]]:
    """The policy as one reads it: every rule with all that its rung carries."""
    return [
        {
            "rule": rule.id,
            "rung": rule.rung.name,
            "state": f"{rule.mode} {rule.share:.0%}" if rule.share < 1 else str(rule.mode),
            "when": rule.text,
            "why": rule.tells,
            "does": rule.rung.does,
            "about": "campaigns" if rule.about_campaign else "accounts",
            "trigger": rule.rung.trigger,
            "bound": rule.rung.bound,
            "approvers": rule.rung.n_rule_approvals,
            "expires_h": rule.for_us / 3_600e6,
            "audit": rule.rung.audit,
            "appeal": rule.rung.appeal,
            "reversal": rule.rung.reversal,
            "reason": rule.reason,
        }
        for rule in policy.rules
    ]


def named(policy: Policy, name: str) -> Rule | Limit:
    """The rule or limit of a name.

    Raises:
        BadInput: there is none.
    """
    known: list[Rule | Limit] = [*policy.rules, *policy.limits]
    for one in known:
        if one.id == name:
            return one
    raise BadInput(f"the policy has no rule or limit {name!r}.", where=policy.name)


def _conjuncts(node: Node) -> list[Node]:
    if node.op != "&&":
        return [node]
    return [part for side in node.args for part in _conjuncts(side)]
