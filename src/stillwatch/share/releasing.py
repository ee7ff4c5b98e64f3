"""Releasing: whether a thing with a marking may go to somebody, and every reason why not.

The marking is data; this is the rule. Nothing is allowed that is not asked for here: each condition
can only forbid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stillwatch.model.errors import NotAllowed
from stillwatch.model.marking import Channel, Marking, Purpose, Tlp
from stillwatch.model.party import Party
from stillwatch.share.statutes import lapsed

#: from the widest to the narrowest.
WIDTHS: tuple[Tlp, ...] = tuple(Tlp)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something may be released.

    Args:
        allowed: whether it may.
        why: every rule that forbids it, in a sentence each; empty where it is allowed.
    """

    allowed: bool
    why: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it may."""
        return self.allowed


def may_release(
    marking: Marking,
    recipient: Party,
    now_us: int,
    purpose: Purpose = Purpose.DEFENCE,
    *,
    by: str = "",
    home: str = "",
    known: Iterable[Party] = (),
) -> Answer:
    """Whether a thing may go to a recipient, now, for a purpose.

    ========== =====================================================================
    TLP:CLEAR  anybody; jurisdictions narrow it only where some are named
    TLP:GREEN  members of a named community
    TLP:AMBER  members (of a named community, or the named partners), and their clients
    +STRICT    members alone
    TLP:RED    named partners alone, who must also be in the community where one is named
    ========== =====================================================================

    Besides: the marking has not expired, its legal basis is in force, purpose and jurisdiction
    are among those named, the public sees TLP:CLEAR alone, and a government gets what the
    owner opened to that channel *and* addressed to it by name, at every label.

    Args:
        marking: who may see it.
        recipient: who would.
        now_us: the moment, microseconds since 1970-01-01 UTC.
        purpose: for what.
        by: who would release it, where that is not the owner: what others marked is passed on only
            at GREEN and CLEAR, and at AMBER to one's own clients.
        home: the owner's own jurisdiction, in which it may always stay.
        known: partners that are known, to tell whose clients the recipient has among members.
    """
    why = [
        *_of_time(marking, now_us),
        *_of_purpose(marking, recipient, purpose),
        *_of_jurisdiction(marking, recipient, home),
        *_of_channel(marking, recipient),
        *_of_label(marking, recipient, known),
        *(_of_passing_on(marking, recipient, by) if by and by != marking.owner else ()),
    ]
    return Answer(not why, tuple(why))


def require_release(
    marking: Marking,
    recipient: Party,
    now_us: int,
    purpose: Purpose = Purpose.DEFENCE,
    *,
    by: str = "",
    home: str = "",
    known: Iterable[Party] = (),
) -> None:
    """As :func:`may_release`, for whoever wants to be stopped.

    Raises:
        NotAllowed: it may not; with every reason.
    """
    answer = may_release(marking, recipient, now_us, purpose, by=by, home=home, known=known)
    if not answer:
        raise NotAllowed(
            f"{marking.tlp.value} of {marking.owner} may not go to {recipient.name}: "
            f"{'; '.join(answer.why)}",
            by_rule="release",
        )


def is_member(marking: Marking, name: str, communities: frozenset[str]) -> bool:
    """Whether somebody is one of the members that a marking speaks of.

    Where communities are named it takes one of them; where partners are named too, the name; with
    neither there are no members.
    """
    if marking.communities:
        inside = bool(marking.communities & communities)
        return inside and (not marking.partners or name in marking.partners)
    return name in marking.partners


def _of_time(marking: Marking, now_us: int) -> list[str]:
    why = []
    if now_us >= marking.until_us:
        why.append("it has expired")
    if reason := lapsed(marking.basis, now_us):
        why.append(reason)
    return why


def _of_purpose(marking: Marking, recipient: Party, purpose: Purpose) -> list[str]:
    why = []
    if purpose not in marking.purposes:
        why.append(f"it may not be used for {purpose.value}")
    if purpose not in recipient.purposes:
        why.append(f"{recipient.name} has not agreed to use things for {purpose.value}")
    return why


def _of_jurisdiction(marking: Marking, recipient: Party, home: str) -> list[str]:
    if not marking.jurisdictions and marking.tlp is Tlp.CLEAR:
        return []
    if recipient.jurisdiction and recipient.jurisdiction in marking.jurisdictions | {home}:
        return []
    if not recipient.jurisdiction:
        return [f"the jurisdiction of {recipient.name} is not known"]
    return [f"it may not go to {recipient.jurisdiction}"]


def _of_channel(marking: Marking, recipient: Party) -> list[str]:
    if recipient.channel is Channel.PUBLIC and marking.tlp is not Tlp.CLEAR:
        return ["the public sees TLP:CLEAR alone"]
    if recipient.channel is Channel.GOVERNMENT:
        why = [] if marking.government else ["it is not opened to the government channel"]
        if recipient.name not in marking.partners:
            why.append(f"it is not addressed to {recipient.name} by name, as a government needs")
        return why
    return []


def _of_label(marking: Marking, recipient: Party, known: Iterable[Party]) -> list[str]:
    tlp, name = marking.tlp, recipient.name
    if tlp is Tlp.CLEAR:
        return []
    if tlp is Tlp.GREEN:
        inside = bool(marking.communities & recipient.communities)
        return [] if inside else [f"{name} is in none of the communities that it is for"]
    if tlp is Tlp.RED:
        if name not in marking.partners:
            return [f"it is for named recipients alone, and {name} is none of them"]
        return [] if is_member(marking, name, recipient.communities) else [_outside(name)]
    if is_member(marking, name, recipient.communities):
        return []
    if tlp is Tlp.AMBER and _is_client(marking, recipient, known):
        return []
    return [_outside(name)]


def _outside(name: str) -> str:
    return f"{name} is not one of the members that it is for"


def _is_client(marking: Marking, recipient: Party, known: Iterable[Party]) -> bool:
    """Whether the recipient is a client of a member, or of the owner."""
    if marking.owner in recipient.client_of:
        return True
    if not marking.communities:
        return bool(marking.partners & recipient.client_of)
    return any(
        one.name in recipient.client_of and is_member(marking, one.name, one.communities)
        for one in known
    )


def _of_passing_on(marking: Marking, recipient: Party, by: str) -> list[str]:
    why = []
    if recipient.channel is Channel.GOVERNMENT:
        why.append(f"only {marking.owner} may open it to a government")
    if marking.tlp in (Tlp.RED, Tlp.AMBER_STRICT):
        why.append(f"{marking.tlp.value} of {marking.owner} is not passed on")
    if marking.tlp is Tlp.AMBER and by not in recipient.client_of:
        why.append(f"TLP:AMBER of {marking.owner} is passed on to one's own clients alone")
    return why
