"""Allied: what a node may give another, what it tells of a campaign, and what a person makes of it.

Here the rooms ``ally``, ``share`` and ``control`` meet. Between advice and a decision stands a
person: :func:`adopt` takes the person's name and reason, and no rule and no clock can call it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from stillwatch.ally.notes import Note
from stillwatch.ally.packs import Pack, may_transfer
from stillwatch.ally.quorum import Quorum
from stillwatch.model.decision import By, Decision, Mode
from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.finding import Claim, Finding
from stillwatch.model.marking import Purpose, Tlp
from stillwatch.model.party import Party
from stillwatch.model.quantity import exactly
from stillwatch.share.releasing import may_release

METHOD: Final = "stillwatch detect"
_CAVEAT: Final = (
    "Told as a point: its interval was not measured. Families are taken as independent."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A node as releases see it.

    Args:
        party: name, jurisdiction, communities and purposes.
        safeguards: jurisdictions to which it has contractual safeguards for data about persons.
    """

    party: Party
    safeguards: frozenset[str] = frozenset()


def may_give(
    note: Note,
    giver: Place,
    taker: Place,
    places: Mapping[str, Place],
    packs: Mapping[str, Pack],
    now_us: int,
    purpose: Purpose,
) -> tuple[str, ...]:
    """Why a note may not go from one node to another; empty where it may.

    The marking, the law of the giver's jurisdiction on data about persons, and that a note never
    leaves twice further than its owner said. The owner always has its own note.

    Args:
        note: what would go.
        giver: who would give it, its owner or somebody who passes it on.
        taker: who would get it.
        places: every member, by name.
        packs: rule packs, by jurisdiction.
        now_us: the moment.
        purpose: for what.
    """
    owner = places.get(note.node)
    if owner is None:
        return (f"{note.node} is no member",)
    if taker.party.name == note.node:
        return ()
    answer = may_release(
        note.marking, taker.party, now_us, purpose, by=giver.party.name,
        home=owner.party.jurisdiction, known=[one.party for one in places.values()],
    )  # fmt: skip
    if note.marking.tlp is Tlp.CLEAR:
        return answer.why
    allowed, ground = may_transfer(
        packs, giver.party.jurisdiction, taker.party.jurisdiction, personal=note.personal,
        safeguards=giver.safeguards,
    )  # fmt: skip
    return answer.why if allowed else (*answer.why, ground)


def findings_of(record: Mapping[str, Any], about: str = "") -> list[Finding]:
    """What a node can tell of a campaign that it found: a finding a family, no account, no text.

    Args:
        record: of ``stillwatch.campaigns/1``.
        about: ref of the subject where it has one among allies; the campaign's own id otherwise.

    Raises:
        BadInput: the record lacks what is needed.
    """
    try:
        window = (_us(record["first_seen"]), _us(record["last_seen"]) + 1)
        n = len(record["accounts"])
        return [
            Finding(
                about=about or str(record["id"]), claim=Claim.ONE_OPERATOR,
                value=exactly(float(bits), "bit"),
                family=family, evidence=(str(record["id"]),), method=METHOD, window=window,
                observed=f"a cluster of {_banded(n)} accounts, by evidence of {family}",
                caveats=(_CAVEAT,),
            )
            for family, bits in sorted(record["families"].items())
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no campaign: {error!r}.", where=str(record.get("id", "?"))) from None


def adopt(
    advice: Quorum, *, about: str, control: str, person: str, reason: str, note: str,
    made_us: int, until_us: int,
) -> Decision:  # fmt: skip
    """A person's decision about one's own accounts, after advice that the person has read.

    It begins in shadow mode, needs a second person's approval, and ends.

    Args:
        advice: what the members say; it is named among the reasons.
        about: the node's own campaign or account; never the subject of somebody else's.
        control: a rung of the ladder.
        person: who decides.
        reason: a code of the list of reasons.
        note: in the person's words, what of one's own evidence speaks for it.
        made_us: when.
        until_us: until when.

    Raises:
        NotAllowed: nobody decides, or for no reason of one's own.
    """
    if not person.strip() or not note.strip():
        raise NotAllowed(
            "advice becomes a decision only in a person's hand, with a reason of one's own",
            by_rule="advice_only",
        )
    return Decision(
        control=control, about=about, by=By.PERSON, name=person, reason=reason,
        because=(advice.id,), made_us=made_us, starts_us=made_us, until_us=until_us,
        mode=Mode.SHADOW, n_approvals=1, note=note,
    )  # fmt: skip


def members_of(places: Iterable[Place]) -> frozenset[str]:
    """Names of the nodes that have a voice."""
    return frozenset(place.party.name for place in places)


def _us(text: Any) -> int:
    return round(datetime.fromisoformat(str(text)).timestamp() * 1e6)


def _banded(n: int) -> str:
    for most in (100, 1_000, 10_000):
        if n <= most:
            return f"up to {most:,}"
    return "more than 10,000"
