"""Policy: a list that one can read, checked as a whole and compiled to one function.

A rule says when, on which rung, for how long, in which state and why. A rule above friction
must be unable to hold for an account outside a campaign; a policy with one that is able is
refused, with the line that does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stillwatch.control.cel.compiling import Holding
from stillwatch.control.cel.outside import Reach
from stillwatch.control.cel.tree import Node
from stillwatch.control.facts import Facts
from stillwatch.control.ladder import Rung
from stillwatch.model.decision import Mode

POLICY_SCHEMA: Final = "stillwatch.policy/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the policy.

    Args:
        id: its name in verdicts and decisions.
        rung: what it asks for.
        mode: shadow, a canary for ``share`` of the cluster, or enforce.
        share: of the cluster's accounts, for a canary.
        when: the condition, checked.
        text: the condition as it was written.
        for_us: how long a decision that it makes holds.
        reason: code of the list of reasons.
        about_campaign: whether it cannot hold outside a campaign; it then acts through a
            decision about the campaign, which can be undone.
        reach: whom the condition can reach.
        tells: a sentence on why the rule is there.
    """

    id: str
    rung: Rung
    mode: Mode
    share: float
    when: Node
    text: str
    for_us: int
    reason: str
    about_campaign: bool
    reach: Reach
    tells: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A rate that requests are counted against.

    Args:
        id: its name in verdicts; also the beginning of its keys.
        by: whose requests are counted together: account, credential, campaign or tenant.
        mode: as for a rule; a canary acts for ``share`` of the keys.
        share: of the keys, for a canary.
        when: whom it is for; ``None`` for all.
        text: the condition as it was written.
        cost_us: microseconds that one request drains.
        burst_us: how far ahead it may drain.
        reason: code of the list of reasons.
        counts: requests or output_tokens.
    """

    id: str
    by: str
    mode: Mode
    share: float
    when: Node | None
    text: str
    cost_us: int
    burst_us: int
    reason: str
    counts: str = "requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A checked policy.

    Args:
        name: what the operator calls it.
        digest: of its text; stands in every verdict.
        rules: in the order of the file.
        limits: in the order of the file.
        slow_cost_us: microseconds that a request drains while ``slow`` is in force.
        slow_burst_us: how far ahead it may drain.
        answers: whether rungs that alter answers may act.
        holding: compiled conditions of rules and then of limits.
    """

    name: str
    digest: str
    rules: tuple[Rule, ...]
    limits: tuple[Limit, ...]
    slow_cost_us: int
    slow_burst_us: int
    answers: bool
    holding: Holding

    def held(self, facts: Facts, now_us: int) -> tuple[list[Rule], list[Limit]]:
        """The rules and the limits whose condition holds."""
        n = len(self.rules)
        rules, limits = [], []
        for place in self.holding(facts, now_us):
            if place < n:
                rules.append(self.rules[place])
            else:
                limits.append(self.limits[place - n])
        return rules, limits

    @property
    def by_id(self) -> Mapping[str, Rule]:
        """The rules by name."""
        return {rule.id: rule for rule in self.rules}
