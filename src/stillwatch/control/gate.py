"""The gate: facts and a moment in, a verdict out. The one core behind every mouth."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from stillwatch.control.cases import case_number, drawn
from stillwatch.control.facts import Facts
from stillwatch.control.ladder import REFUSE, RUNGS, Lane, Rung
from stillwatch.control.limits import Claim, Limits
from stillwatch.control.policy import Limit, Policy, Rule
from stillwatch.control.standing import Enforcement, Stand, Standing
from stillwatch.control.verdict import Verdict
from stillwatch.model.decision import Decision, Mode

#: below it, a member of a campaign that persons suspended or banned is held at ``slow``.
HELD_BELOW: Final = 0.9
_SLOW: Final = RUNGS["slow"]
_BURST_CUT: Final = RUNGS["burst_cut"]
_SUSPEND: Final = RUNGS["suspend"].height


class _Voice(NamedTuple):
    """One thing that asks for a rung: a rule, or a decision of a person."""

    rung: Rung
    spared: str
    reason: str
    decision: Decision | None
    about: str
    until_us: int


class Gate:
    """Decides requests by a policy, by what stands, and by limits.

    Args:
        policy: assign to :attr:`policy` to put another in force; the next request sees it.
        limits: where limits are counted.
        enforcement: the decisions; hand new ones to its ``add``.
        live: ``False`` is shadow mode, the default: verdicts are given and nothing is done.
        case_key: the secret of case numbers; without one, strangers can work them out.
    """

    def __init__(
        self,
        policy: Policy,
        limits: Limits,
        enforcement: Enforcement | None = None,
        *,
        live: bool = False,
        case_key: bytes = b"",
    ) -> None:
        self.case_key = case_key
        self.limits = limits
        self.enforcement = enforcement if enforcement is not None else Enforcement()
        self.live = live
        self._policy = policy
        self._plain = Verdict(policy=policy.digest)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._policy, self._plain = policy, Verdict(policy=policy.digest)

    def decide(self, facts: Facts, now_us: int) -> Verdict:
        """Decide one request.

        Args:
            facts: everything that the policy may speak of, and whose request it is.
            now_us: microseconds since 1970-01-01 UTC.
        """
        verdict, policy = self._plain, self._policy
        rules, limits = policy.held(facts, now_us)
        stands = self.enforcement.at(now_us)
        stopped = self._stopped(stands)
        stand = stands.of(facts.account_id, facts.campaign_id)
        if rules or stand:
            verdict = _weighed(
                policy, _voices(rules, stand, facts, stopped), rules, facts, self.case_key
            )
        slow = verdict.does == "slow"
        if (limits or slow) and RUNGS[verdict.does].height < REFUSE:
            verdict = self._counted(verdict, limits, facts, now_us, stopped, slow=slow)
        return verdict

    def settle(self, facts: Facts, output_tokens: int, now_us: int) -> None:
        """Count the tokens of an answer against the limits that count tokens."""
        limits = self._policy.held(facts, now_us)[1]
        claims = [_claim(x, facts, output_tokens) for x in limits if x.counts == "output_tokens"]
        if claims:
            self.limits.charge(claims, now_us)

    def _stopped(self, stands: Standing) -> str:
        """Why nothing at all is done; empty where it is."""
        if stands.all_shadow is not None:
            return "kill switch"
        return "" if self.live else "shadow"

    def _counted(
        self,
        verdict: Verdict,
        limits: list[Limit],
        facts: Facts,
        now_us: int,
        stopped: str,
        *,
        slow: bool,
    ) -> Verdict:
        """The verdict after limits: those that act are taken together, the rest is noted."""
        acting: list[Limit] = []
        noted: list[Limit] = []
        for limit in limits:
            if not stopped and limit.mode is Mode.ENFORCE:
                acting.append(limit)
                continue
            spared = stopped or _spared(limit.mode, limit.share, limit.id, facts.account_id)
            (noted if spared else acting).append(limit)
        if noted:
            quiet = self.limits.take([_claim(x, facts) for x in noted], now_us)
            if not quiet.allowed:
                over = [noted[place] for place in quiet.blocked]
                verdict = _noted(verdict, over, stopped or "shadow")
        claims = [_claim(limit, facts) for limit in acting]
        if slow:
            key = f"slow:{facts.account_id}"
            claims.append(Claim(key, self._policy.slow_cost_us, self._policy.slow_burst_us))
        if not claims:
            return verdict
        taken = self.limits.take(claims, now_us)
        if taken.allowed:
            return verdict
        wait_s = taken.wait_us / 1e6
        over = [acting[place] for place in taken.blocked if place < len(acting)]
        if slow and len(acting) in taken.blocked:
            return replace(verdict, retry_after_s=wait_s)
        return replace(
            _noted(verdict, over, verdict.spared),
            does="burst_cut",
            reason=over[0].reason,
            decision="",
            retry_after_s=wait_s,
            case=case_number(f"rule:{over[0].id}", facts.account_id, self.case_key),
        )


def _voices(rules: list[Rule], stand: Stand, facts: Facts, stopped: str) -> list[_Voice]:
    """Whatever asks for a rung; where a person or the clock spoke in a lane, only they."""
    out = []
    for decision in dict.fromkeys(stand.over.values()):
        rung, until_us = RUNGS[decision.control], decision.until_us
        if rung.height >= _SUSPEND and facts.campaign.membership < HELD_BELOW:
            # An account that a person named itself is meant, however it is linked.
            rung = _SLOW if decision.about == facts.campaign_id else rung
        spared = stopped or _spared(decision.mode, decision.share, decision.about, facts.account_id)
        out.append(_Voice(rung, spared, decision.reason, decision, decision.id, until_us))
    for rule in rules:
        made = stand.rules.get(rule.id)
        if rule.rung.lane in stand.over or (rule.about_campaign and made is None):
            continue
        spared = stopped or ("registered" if facts.account.registered else "")
        if made is None:
            spared = spared or _spared(rule.mode, rule.share, rule.id, facts.account_id)
            out.append(_Voice(rule.rung, spared, rule.reason, None, f"rule:{rule.id}", 0))
        else:
            spared = spared or _spared(made.mode, made.share, made.about, facts.account_id)
            out.append(_Voice(rule.rung, spared, rule.reason, made, made.id, made.until_us))
    return out


def _weighed(
    policy: Policy, voices: list[_Voice], rules: list[Rule], facts: Facts, case_key: bytes
) -> Verdict:
    """The hardest of what is said, and apart from it the hardest of what is done."""
    says = does = None
    alters: set[str] = set()
    says_alters: set[str] = set()
    for voice in voices:
        acts = not voice.spared
        if voice.rung.lane is Lane.ANSWER:
            says_alters.add(voice.rung.name)
            if acts and policy.answers and not facts.request.safety_relevant:
                alters.add(voice.rung.name)
            continue
        if says is None or (voice.rung.height, acts) > (says.rung.height, not says.spared):
            says = voice
        if acts and (does is None or voice.rung.height > does.rung.height):
            does = voice
    shown = does if does is not None and does.rung.height > 0 else None
    spared = says.spared if says is not None and (does is None or shown is not None) else ""
    told = shown or says
    return Verdict(
        says=says.rung.name if says is not None else "observe",
        does=shown.rung.name if shown is not None else "observe",
        alters=tuple(sorted(alters)),
        says_alters=tuple(sorted(says_alters)),
        rules=tuple([rule.id for rule in rules]),
        decision=shown.decision.id if shown is not None and shown.decision is not None else "",
        reason=told.reason if told is not None else "",
        case=case_number(shown.about, facts.account_id, case_key) if shown is not None else "",
        until_us=shown.until_us if shown is not None else 0,
        spared=spared,
        policy=policy.digest,
    )


def _claim(limit: Limit, facts: Facts, n_tokens: int = 0) -> Claim:
    """What a request asks of a limit; of one that counts tokens, only that it is not used up."""
    by = limit.by
    if by == "account":
        key = facts.account_id
    elif by == "credential":
        key = facts.credential_id or facts.account_id
    elif by == "campaign":
        key = facts.campaign_id or facts.account_id
    else:
        key = f"{facts.account_id}/{facts.tenant_id}"
    cost_us = limit.cost_us if limit.counts == "requests" else limit.cost_us * n_tokens
    return Claim(f"{limit.id}:{key}", cost_us, limit.burst_us)


def _spared(mode: Mode, share: float, about: str, account: str) -> str:
    """Why a mode spares an account; empty where it does not."""
    if mode is Mode.ENFORCE:
        return ""
    if mode is Mode.SHADOW:
        return "shadow"
    return "" if drawn(about, account) < share else "canary"


def _noted(verdict: Verdict, over: list[Limit], spared: str) -> Verdict:
    """The verdict that also says which limits were over."""
    harder = RUNGS[verdict.says].height >= _BURST_CUT.height
    return replace(
        verdict,
        says=verdict.says if harder else _BURST_CUT.name,
        rules=(*verdict.rules, *(limit.id for limit in over)),
        reason=verdict.reason or over[0].reason,
        spared=spared,
    )
