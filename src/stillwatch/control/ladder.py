"""The ladder: every rung, what it does and to whom, who must agree, how it ends.

This is the list. From the gentlest to the hardest: observe; friction; less given away;
refuse the request; suspend; ban the cluster. Nothing above friction may be aimed at an
account outside a campaign; nothing that alters answers touches safety-relevant content;
nothing bans without two persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stillwatch.model.decision import DAY_US, HOUR_US
from stillwatch.model.errors import BadSettings


class Lane(StrEnum):
    """Which part of an exchange a rung changes; one rung of each lane can hold at once."""

    ACCESS = "access"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder.

    Args:
        name: the word in policies, decisions and answers.
        height: order; of two rungs in one lane the higher is the harder.
        lane: what it changes.
        does: what the caller notices.
        trigger: the least that must be true.
        bound: the most that it may do.
        n_rule_approvals: persons who must agree where a rule made the decision.
        n_person_approvals: further persons where a person made it.
        longest_us: the latest ``until``, from its start.
        audit: what is written down.
        appeal: how the subject can contest it.
        reversal: what undoing gives back.
        needs_campaign: whether it may only be aimed at members of a campaign.
        off_by_default: whether the operator must switch it on.
    """

    name: str
    height: int
    lane: Lane
    does: str
    trigger: str
    bound: str
    n_rule_approvals: int
    n_person_approvals: int
    longest_us: int
    audit: str
    appeal: str
    reversal: str
    needs_campaign: bool = False
    off_by_default: bool = False

    @property
    def alters_answer(self) -> bool:
        """Whether the model's answer is changed."""
        return self.lane is Lane.ANSWER


_LOG = "a decision in the log; each use is counted"
_DOOR = "case number in the answer, page and API, a person within 72 h"
_SILENT = "case number in a response header, page and API, a person within 72 h"

LADDER: tuple[Rung, ...] = (
    Rung(
        name="observe",
        height=0,
        lane=Lane.ACCESS,
        does="nothing",
        trigger="anything that a rule can say",
        bound="none: nothing is withheld",
        n_rule_approvals=0,
        n_person_approvals=0,
        longest_us=365 * DAY_US,
        audit=_LOG,
        appeal="not needed; the subject may ask what is kept",
        reversal="nothing to give back",
    ),
    Rung(
        name="verify",
        height=10,
        lane=Lane.ACCESS,
        does="asks for a further verification; requests go on until it is due",
        trigger="a doubt that a verification would settle",
        bound="one request for verification a week; no limit is lowered before it is due",
        n_rule_approvals=0,
        n_person_approvals=0,
        longest_us=14 * DAY_US,
        audit=_LOG,
        appeal=_DOOR,
        reversal="the request is withdrawn",
    ),
    Rung(
        name="slow",
        height=11,
        lane=Lane.ACCESS,
        does="answers 429 with Retry-After above a lowered rate",
        trigger="more than the account's limits, or membership of a campaign",
        bound="never less than 1 request a minute",
        n_rule_approvals=0,
        n_person_approvals=0,
        longest_us=7 * DAY_US,
        audit=_LOG,
        appeal=_DOOR,
        reversal="the former limits, at once",
    ),
    Rung(
        name="burst_cut",
        height=12,
        lane=Lane.ACCESS,
        does="answers 429 with Retry-After where a burst goes over the limit",
        trigger="a limit of the policy is used up",
        bound="until the limit has filled again; never longer than an hour",
        n_rule_approvals=0,
        n_person_approvals=0,
        longest_us=HOUR_US,
        audit="counted; limits are no decisions about anybody",
        appeal=_DOOR,
        reversal="fills again by itself",
    ),
    Rung(
        name="no_logprobs",
        height=20,
        lane=Lane.ANSWER,
        does="leaves out token probabilities and logit bias",
        trigger="membership of a campaign",
        bound="the text of the answer is unchanged",
        n_rule_approvals=2,
        n_person_approvals=1,
        longest_us=30 * DAY_US,
        audit=_LOG,
        appeal=_SILENT,
        reversal="given again from the next request",
        needs_campaign=True,
        off_by_default=True,
    ),
    Rung(
        name="marked_answers",
        height=21,
        lane=Lane.ANSWER,
        does="marks the wording of answers so that a student can be told",
        trigger="membership of a campaign",
        bound="no change of meaning; never safety-relevant content",
        n_rule_approvals=2,
        n_person_approvals=1,
        longest_us=30 * DAY_US,
        audit=_LOG,
        appeal=_SILENT,
        reversal="unmarked from the next request; which answers were marked stays in the log",
        needs_campaign=True,
        off_by_default=True,
    ),
    Rung(
        name="reasoning_summarised",
        height=22,
        lane=Lane.ANSWER,
        does="gives a summary in place of the model's reasoning",
        trigger="membership of a campaign",
        bound="the answer itself is unchanged; never safety-relevant content",
        n_rule_approvals=2,
        n_person_approvals=1,
        longest_us=30 * DAY_US,
        audit=_LOG,
        appeal=_SILENT,
        reversal="given again from the next request",
        needs_campaign=True,
        off_by_default=True,
    ),
    Rung(
        name="reasoning_withheld",
        height=23,
        lane=Lane.ANSWER,
        does="gives no reasoning, and says so",
        trigger="membership of a campaign",
        bound="the answer itself is unchanged; never safety-relevant content",
        n_rule_approvals=2,
        n_person_approvals=1,
        longest_us=30 * DAY_US,
        audit=_LOG,
        appeal=_SILENT,
        reversal="given again from the next request",
        needs_campaign=True,
        off_by_default=True,
    ),
    Rung(
        name="refuse",
        height=30,
        lane=Lane.ACCESS,
        does="answers 403 with a reason code and a case number",
        trigger="membership of a campaign whose evidence stands on two families or more",
        bound="requests only: the account, its data and its money stay",
        n_rule_approvals=0,
        n_person_approvals=0,
        longest_us=7 * DAY_US,
        audit=_LOG,
        appeal=_DOOR,
        reversal="the next request is answered",
        needs_campaign=True,
    ),
    Rung(
        name="suspend",
        height=40,
        lane=Lane.ACCESS,
        does="refuses every request and every new credential",
        trigger="membership of a campaign, or a step-up that failed within one",
        bound="data stay, and money is held, not taken",
        n_rule_approvals=1,
        n_person_approvals=0,
        longest_us=30 * DAY_US,
        audit=_LOG,
        appeal=_DOOR,
        reversal="limits, credentials, balance and data as they were",
        needs_campaign=True,
    ),
    Rung(
        name="ban_cluster",
        height=50,
        lane=Lane.ACCESS,
        does="suspends every account of a campaign, and those that join it",
        trigger="a campaign whose case two persons have read",
        bound="accounts linked by one family only are held, not banned",
        n_rule_approvals=2,
        n_person_approvals=1,
        longest_us=365 * DAY_US,
        audit=_LOG,
        appeal=_DOOR,
        reversal="limits, credentials, balance and data as they were, for all of them",
        needs_campaign=True,
    ),
)

RUNGS: dict[str, Rung] = {rung.name: rung for rung in LADDER}
REFUSE = RUNGS["refuse"].height
#: the hardest that a gateway may do on its own where the service is away.
FRICTION = RUNGS["burst_cut"].height
#: controls that are no rungs: they act on decisions, not on requests.
SWITCHES: tuple[str, ...] = ("undo", "all_shadow")


def rung(name: str) -> Rung:
    """The rung of a name.

    Raises:
        BadSettings: there is none.
    """
    if name not in RUNGS:
        raise BadSettings("rung", f"{name!r} is unknown; known are {', '.join(RUNGS)}.")
    return RUNGS[name]
