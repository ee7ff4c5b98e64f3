"""What is in force: a pure fold over all decisions ever made.

The fold does not depend on the order in which decisions are handed in, nor on copies of
them, so that replicas that have heard the same decisions agree. A decision holds from its
start, or from its last needed approval if that is later, until its end, unless a decision
that undoes it holds. A person outranks the appeals clock, which outranks a rule; what is said
of an account outranks what is said of its campaign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from stillwatch.control.ladder import RUNGS, Lane
from stillwatch.model.decision import EVERYBODY, Approval, By, Decision

_HAND: Final = {By.RULE: 0, By.CLOCK: 1, By.PERSON: 2}
FOREVER_US: Final = 2**62


@dataclass(frozen=True, slots=True)
class Stand:
    """What stands for one account.

    Args:
        over: by lane, the decision of a person or of the appeals clock that outranks rules.
        rules: by rule, its decision about the account's campaign or the account.
    """

    over: Mapping[Lane, Decision] = field(default_factory=dict)
    rules: Mapping[str, Decision] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything stands."""
        return bool(self.over or self.rules)


NOTHING: Final = Stand()


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything in force at one moment.

    Args:
        at_us: the moment.
        horizon_us: the next moment at which it can change by itself.
        decisions: those that hold, by their ids in order.
        waiting: those that would hold if they were approved.
        all_shadow: the kill switch, where it is thrown.
    """

    at_us: int
    horizon_us: int
    decisions: tuple[Decision, ...]
    waiting: tuple[Decision, ...]
    all_shadow: Decision | None
    _by_subject: Mapping[str, Stand]

    def of(self, account: str, campaign: str = "") -> Stand:
        """What stands for an account, its campaign's decisions included."""
        own = self._by_subject.get(f"account:{account}", NOTHING)
        its = self._by_subject.get(campaign, NOTHING) if campaign else NOTHING
        if not own or not its:
            return own or its
        return Stand({**its.over, **own.over}, {**its.rules, **own.rules})


def standing(decisions: Iterable[Decision], approvals: Iterable[Approval], now_us: int) -> Standing:
    """Fold all decisions and approvals into what is in force at a moment."""
    known = {d.id: d for d in decisions}
    consents = _consents(known, approvals)
    starts = {i: _start(d, consents.get(i, {})) for i, d in known.items()}
    holds = _holding(known, starts, now_us)
    found = [known[i] for i in sorted(known) if holds[i]]
    waiting = [
        d
        for i, d in sorted(known.items())
        if d.n_approvals and starts[i] > now_us and d.starts_us <= now_us < d.until_us
    ]
    return Standing(
        at_us=now_us,
        horizon_us=_horizon(known, starts, now_us),
        decisions=tuple(found),
        waiting=tuple(d for d in waiting if not _undone(d, known, starts, now_us)),
        all_shadow=next((d for d in found if d.control == "all_shadow"), None),
        _by_subject=_subjects(found),
    )


def _consents(
    known: Mapping[str, Decision], approvals: Iterable[Approval]
) -> dict[str, dict[str, int]]:
    """By decision and person, the earliest approval; nobody approves what they made."""
    out: dict[str, dict[str, int]] = {}
    for one in approvals:
        decision = known.get(one.decision)
        if decision is None or (decision.by is By.PERSON and decision.name == one.name):
            continue
        moments = out.setdefault(one.decision, {})
        moments[one.name] = min(one.made_us, moments.get(one.name, FOREVER_US))
    return out


def _start(decision: Decision, consents: Mapping[str, int]) -> int:
    if not decision.n_approvals:
        return decision.starts_us
    moments = sorted(consents.values())
    if len(moments) < decision.n_approvals:
        return FOREVER_US
    return max(decision.starts_us, moments[decision.n_approvals - 1])


def _undoers(known: Mapping[str, Decision]) -> dict[str, list[Decision]]:
    """By decision, those that undo it and may: a lesser hand takes nothing back."""
    out: dict[str, list[Decision]] = {}
    for decision in known.values():
        target = known.get(decision.undoes or "")
        if target is not None and _HAND[decision.by] >= _HAND[target.by]:
            out.setdefault(target.id, []).append(decision)
    return out


def _holding(
    known: Mapping[str, Decision], starts: Mapping[str, int], now_us: int
) -> dict[str, bool]:
    """Which decisions hold; an undo that is itself undone takes nothing back."""
    undoers = _undoers(known)
    holds = {i: starts[i] <= now_us < known[i].until_us for i in known}
    settled = {i for i in known if i not in undoers or not holds[i]}
    waiting = [i for i in known if i not in settled]
    while waiting:
        later = []
        for i in waiting:
            if all(u.id in settled for u in undoers[i]):
                holds[i] = not any(holds[u.id] for u in undoers[i])
                settled.add(i)
            else:
                later.append(i)
        if len(later) == len(waiting):
            # A circle cannot be made, ids being digests; forged ones hold nothing.
            return {**holds, **dict.fromkeys(later, False)}
        waiting = later
    return holds


def _undone(
    decision: Decision, known: Mapping[str, Decision], starts: Mapping[str, int], now_us: int
) -> bool:
    return any(
        u.undoes == decision.id and starts[u.id] <= now_us < u.until_us for u in known.values()
    )


def _horizon(known: Mapping[str, Decision], starts: Mapping[str, int], now_us: int) -> int:
    moments = [m for i, d in known.items() for m in (starts[i], d.until_us) if m > now_us]
    return min(moments, default=FOREVER_US)


def _subjects(found: Iterable[Decision]) -> dict[str, Stand]:
    over: dict[tuple[str, Lane], Decision] = {}
    rules: dict[str, dict[str, Decision]] = {}
    late = {(i, d.about) for d in found if d.by is By.CLOCK for i in d.because}
    for decision in found:
        rung = RUNGS.get(decision.control)
        if rung is None or decision.about == EVERYBODY:
            continue
        if (decision.id, decision.about) in late:
            # Nobody looked at its appeal in time: the clock's decision stands in its place.
            continue
        if decision.by is By.RULE:
            mine = rules.setdefault(decision.about, {})
            if decision.name not in mine or _later(decision, mine[decision.name]):
                mine[decision.name] = decision
            continue
        for lane in Lane if rung.height == 0 else (rung.lane,):
            key = (decision.about, lane)
            if key not in over or _outranks(decision, over[key]):
                over[key] = decision
    out: dict[str, Stand] = {}
    for about in {about for about, _ in over} | set(rules):
        lanes = {lane: over[about, lane] for lane in Lane if (about, lane) in over}
        out[about] = Stand(lanes, rules.get(about, {}))
    return out


def _later(one: Decision, other: Decision) -> bool:
    return (one.made_us, one.until_us, one.id) > (other.made_us, other.until_us, other.id)


def _outranks(one: Decision, other: Decision) -> bool:
    hands = _HAND[one.by], _HAND[other.by]
    return hands[0] > hands[1] or (hands[0] == hands[1] and _later(one, other))


class Enforcement:
    """The fold, kept: decisions come in as they are made, and are folded when that matters.

    Folding again costs what there is to fold; asking what stands for an account costs a look
    into a dictionary.
    """

    def __init__(
        self, decisions: Iterable[Decision] = (), approvals: Iterable[Approval] = ()
    ) -> None:
        self._decisions = {d.id: d for d in decisions}
        self._approvals = {a.id: a for a in approvals}
        self._kept: Standing | None = None

    @property
    def decisions(self) -> Mapping[str, Decision]:
        """All decisions ever heard, by id."""
        return self._decisions

    @property
    def approvals(self) -> Mapping[str, Approval]:
        """All approvals ever heard, by id."""
        return self._approvals

    def add(self, *entries: Decision | Approval) -> int:
        """Take in decisions and approvals; returns how many were new."""
        before = len(self._decisions) + len(self._approvals)
        for entry in entries:
            if isinstance(entry, Decision):
                self._decisions[entry.id] = entry
            else:
                self._approvals[entry.id] = entry
        n_new = len(self._decisions) + len(self._approvals) - before
        if n_new:
            self._kept = None
        return n_new

    def at(self, now_us: int) -> Standing:
        """What is in force now."""
        kept = self._kept
        if kept is None or not kept.at_us <= now_us < kept.horizon_us:
            kept = standing(self._decisions.values(), self._approvals.values(), now_us)
            self._kept = kept
        return kept
