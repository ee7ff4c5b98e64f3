"""Making decisions: a person decides, approves or stops everything; a rule proposes.

Every maker checks the ladder first: how long, about whom, with whose consent. What comes out
is a value; writing it to the log is the caller's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from stillwatch.control.book import Membership
from stillwatch.control.cel.tree import facts_in
from stillwatch.control.facts import Facts
from stillwatch.control.ladder import rung
from stillwatch.control.policy import Policy, Rule
from stillwatch.control.reasons import reason as known_reason
from stillwatch.control.standing import Enforcement
from stillwatch.model.decision import DAY_US, EVERYBODY, Approval, By, Decision, Mode
from stillwatch.model.errors import BadInput, NotAllowed

#: a decision of a rule is renewed once less than this share of its time is left.
RENEWED_BELOW: Final = 0.25
KILLED_FOR_US: Final = 30 * DAY_US


def by_person(
    control: str,
    about: str,
    *,
    name: str,
    now_us: int,
    until_us: int,
    reason: str = "review",
    because: tuple[str, ...] = (),
    members: Collection[str] = (),
    answers: bool = False,
    mode: Mode = Mode.ENFORCE,
    share: float = 1.0,
    note: str = "",
) -> Decision:
    """A person's decision about a campaign or an account.

    Args:
        control: the rung.
        about: ``campaign:...`` or ``account:...``.
        name: the person.
        now_us: the moment.
        until_us: until when it holds.
        reason: code of the list of reasons.
        because: ids of the evidence.
        members: accounts that are members of a campaign now.
        answers: whether the operator allows rungs that alter answers.
        mode: shadow, a canary for ``share`` of the cluster, or enforce.
        share: see ``mode``.
        note: a sentence for the log.

    Raises:
        BadInput: ``about`` names nobody, or ``until`` is past.
        NotAllowed: the ladder forbids it.
    """
    step = rung(control)
    kind, _, subject = about.partition(":")
    if kind not in ("campaign", "account") or not subject:
        raise BadInput(f"{about!r} is neither campaign:... nor account:...", where="about")
    if until_us <= now_us:
        raise BadInput("until is not after now.", where=about)
    if until_us - now_us > step.longest_us:
        longest = f"{step.longest_us / DAY_US:g} days"
        raise NotAllowed(f"{control} may hold for {longest} at most", by_rule="expiry")
    if step.needs_campaign and kind == "account" and subject not in members:
        raise NotAllowed(
            f"{control} about {about}, which is in no campaign",
            by_rule="single accounts are not accused",
        )
    if step.alters_answer and not answers:
        raise NotAllowed(
            f"{control} alters answers, which the policy has not allowed",
            by_rule="answers are not altered by default",
        )
    if not name.strip():
        raise BadInput("a decision needs the name of who made it.", where=about)
    known_reason(reason)
    return Decision(
        control=control,
        about=about,
        by=By.PERSON,
        name=name,
        reason=reason,
        because=because,
        made_us=now_us,
        starts_us=now_us,
        until_us=until_us,
        mode=mode,
        share=share if mode is Mode.CANARY else 1.0,
        n_approvals=0 if mode is Mode.SHADOW else step.n_person_approvals,
        note=note,
    )


def kill(*, name: str, now_us: int, until_us: int | None = None, note: str = "") -> Decision:
    """The kill switch: verdicts go on, nothing is done, until it is undone or ends.

    Raises:
        BadInput: no person is named.
    """
    if not name.strip():
        raise BadInput("the kill switch needs the name of who throws it.", where="kill")
    return Decision(
        control="all_shadow",
        about=EVERYBODY,
        by=By.PERSON,
        name=name,
        reason="stopped",
        made_us=now_us,
        starts_us=now_us,
        until_us=now_us + KILLED_FOR_US if until_us is None else until_us,
        note=note,
    )


def approve(
    enforcement: Enforcement, decision: str, *, name: str, now_us: int, note: str = ""
) -> Approval:
    """A person's consent to a decision.

    Raises:
        BadInput: there is no such decision.
        NotAllowed: it needs none, has theirs already, is their own, or has ended.
    """
    found = enforcement.decisions.get(decision)
    if found is None:
        raise BadInput("there is no such decision.", where=decision)
    rule = "two persons"
    if not name.strip():
        raise BadInput("an approval needs the name of who gives it.", where=decision)
    if not found.n_approvals:
        raise NotAllowed(f"{decision} needs no approval", by_rule=rule)
    if found.by is By.PERSON and found.name == name:
        raise NotAllowed(f"{name} made {decision} and cannot approve it", by_rule=rule)
    if any(a.decision == decision and a.name == name for a in enforcement.approvals.values()):
        raise NotAllowed(f"{name} has approved {decision} already", by_rule=rule)
    if now_us >= found.until_us:
        raise NotAllowed(f"{decision} has ended", by_rule="expiry")
    return Approval(decision=decision, name=name, made_us=now_us, note=note)


def propose(
    policy: Policy, members: Mapping[str, Membership], enforcement: Enforcement, now_us: int
) -> list[Decision]:
    """Decisions that rules ask for about campaigns, and that do not stand yet.

    A rule speaks of a campaign if one of its members could meet the condition by some
    request. One that was undone is not made again before its time is over; one in force is
    renewed when it is about to end, or when the rule's state has changed.

    Args:
        policy: the policy.
        members: accounts that are members of campaigns (``Book.members``).
        enforcement: all decisions so far.
        now_us: the moment.
    """
    rules = [rule for rule in policy.rules if rule.about_campaign]
    standing = {d.id for d in enforcement.at(now_us).decisions}
    last: dict[tuple[str, str], Decision] = {}
    for made in enforcement.decisions.values():
        key = (made.name, made.about)
        if made.by is By.RULE and made.until_us > now_us:
            known = last.get(key)
            if known is None or (made.made_us, made.id) > (known.made_us, known.id):
                last[key] = made
    out = []
    for campaign, found in _campaigns(members):
        for rule in rules:
            if _wanted(rule, last.get((rule.id, campaign)), standing, now_us) and any(
                rule.reach.member(facts) for facts in _different(found, rule)
            ):
                out.append(_by_rule(rule, campaign, now_us))
    return out


def _campaigns(members: Mapping[str, Membership]) -> Iterator[tuple[str, list[Facts]]]:
    """Each campaign with the distinct facts of its members, the surest first."""
    found: dict[str, dict[tuple[float, float], Facts]] = {}
    for account, member in members.items():
        own = (member.facts.membership, member.facts.own_bits)
        facts = Facts(account, campaign_id=member.campaign, campaign=member.facts)
        found.setdefault(member.campaign, {}).setdefault(own, facts)
    for campaign in sorted(found):
        yield campaign, [found[campaign][own] for own in sorted(found[campaign], reverse=True)]


def _different(found: list[Facts], rule: Rule) -> Iterable[Facts]:
    """Of members that a rule cannot tell apart, the surest one."""
    names = {fact.name for fact in facts_in(rule.when)}
    by_membership = "campaign.membership" in names
    by_bits = "campaign.own_bits" in names
    seen: dict[tuple[float, float], Facts] = {}
    for facts in found:
        one = facts.campaign
        key = (one.membership if by_membership else 0.0, one.own_bits if by_bits else 0.0)
        seen.setdefault(key, facts)
    return seen.values()


def _wanted(rule: Rule, last: Decision | None, standing: set[str], now_us: int) -> bool:
    """Whether a rule's decision about a campaign is to be made now, after its last one."""
    if last is None:
        return True
    if last.id not in standing:
        # Undone, or waiting for a person: the rule does not insist.
        return False
    changed = (last.mode, last.share, last.control) != (rule.mode, rule.share, rule.rung.name)
    return changed or last.until_us - now_us < RENEWED_BELOW * rule.for_us


def _by_rule(rule: Rule, campaign: str, now_us: int) -> Decision:
    return Decision(
        control=rule.rung.name,
        about=campaign,
        by=By.RULE,
        name=rule.id,
        reason=rule.reason,
        because=(campaign,),
        made_us=now_us,
        starts_us=now_us,
        until_us=now_us + rule.for_us,
        mode=rule.mode,
        share=rule.share,
        n_approvals=0 if rule.mode is Mode.SHADOW else rule.rung.n_rule_approvals,
        note=rule.tells,
    )
