"""Objects: the STIX 2.1 objects of a bulletin, one function each.

Ids of what only the provider knows are drawn under its secret, so that the same finding is the same
object; see :mod:`stillwatch.share.ids`. Words that everybody knows (techniques, courses of action,
the provider's own name) are marked TLP:CLEAR, everything else with the bulletin's marking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.model.marking import Tlp
from stillwatch.share.extension import CREATED, EXTENSION, added
from stillwatch.share.ids import identity_id, stix_id
from stillwatch.share.indicators import Indicator
from stillwatch.share.lists import CAVEATS, REASONS, RESPONSES, Caveat, Reason, Response, View
from stillwatch.share.markings import TLP2_IDS
from stillwatch.share.techniques import Technique, references
from stillwatch.share.times import stamp
from stillwatch.share.wire import NoteTold, Notice, ReportTold, ResponseTold

Obj = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who writes, under which marking, and when.

    Args:
        name: of the organisation.
        secret: under which ids are drawn.
        marking_refs: ids of the marking definitions that apply.
        created: when, as STIX writes it.
    """

    name: str
    secret: bytes
    marking_refs: tuple[str, ...]
    created: str

    def made(self, kind: str, key: Any, **more: Any) -> Obj:
        """An object of this hand, with the properties that all have."""
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": stix_id(kind, key, secret=self.secret),
            "created_by_ref": identity_id(self.name),
            "created": self.created,
            "modified": self.created,
            **more,
            "object_marking_refs": list(self.marking_refs),
        }

    def link(self, source: str, kind: str, target: str) -> Obj:
        """A relationship between two objects."""
        return self.made(
            "relationship",
            [source, kind, target],
            relationship_type=kind,
            source_ref=source,
            target_ref=target,
        )


def _word(kind: str, key: str, **more: Any) -> Obj:
    """A word that everybody knows: the same object wherever it is made."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": stix_id(kind, key),
        "created": CREATED,
        "modified": CREATED,
        **more,
        "object_marking_refs": [TLP2_IDS[Tlp.CLEAR]],
    }


def identity(name: str, roles: Sequence[str] = ()) -> Obj:
    """An organisation, with its roles (model provider, cloud platform and so on)."""
    more: Obj = {"roles": sorted(roles)} if roles else {}
    return _word("identity", name, name=name, **more, identity_class="organization")


def attack_pattern(technique: Technique) -> Obj:
    """A technique, under our number and those of ATLAS and ATT&CK."""
    return _word(
        "attack-pattern",
        technique.id,
        name=f"{technique.id} {technique.name}",
        external_references=references(technique),
    )


def course_of_action(response: Response) -> Obj:
    """What was done, by class."""
    return _word(
        "course-of-action",
        response.value,
        name=response.value,
        description=RESPONSES[response],
        extensions={EXTENSION: added("course", ResponseTold(response=response).told())},
    )


def campaign(hand: Hand, notice: Notice) -> Obj:
    """The campaign: a pseudonym, a window, and the notice whole under our extension."""
    return hand.made(
        "campaign",
        notice.campaign,
        name=f"campaign {notice.campaign.partition(':')[2][:12]}",
        first_seen=stamp(notice.window.start_us),
        last_seen=stamp(notice.window.until_us),
        confidence=notice.confidence,
        extensions={EXTENSION: added("notice", notice.told())},
    )


def sighting(hand: Hand, target: str, notice: Notice) -> Obj:
    """That the hand saw it: no count, which would be a volume."""
    return hand.made(
        "sighting",
        [target, hand.name],
        sighting_of_ref=target,
        where_sighted_refs=[identity_id(hand.name)],
        first_seen=stamp(notice.window.start_us),
        last_seen=stamp(notice.window.until_us),
        summary=False,
    )


def caveat(hand: Hand, target: str, which: Caveat) -> Obj:
    """What must be known to read it right, as a note."""
    return hand.made(
        "note",
        [target, which.value],
        abstract=which.value,
        content=CAVEATS[which],
        extensions={EXTENSION: added("note", NoteTold(caveat=which).told())},
        object_refs=[target],
    )


def reason(hand: Hand, target: str, why: Reason) -> Obj:
    """Why something was taken back, as a note."""
    return hand.made(
        "note",
        [target, "taken back"],
        abstract=why.value,
        content=REASONS[why],
        extensions={EXTENSION: added("note", NoteTold(reason=why).told())},
        object_refs=[target],
    )


def indicator(hand: Hand, one: Indicator) -> Obj:
    """A pattern, with where it was read and until when it holds."""
    return hand.made(
        "indicator",
        [one.pattern, one.span.told()],
        name="pattern of a campaign",
        description=f"Seen with the campaign; {one.origin_class.value}.",
        indicator_types=["malicious-activity"],
        pattern=one.pattern,
        pattern_type="stix",
        pattern_version="2.1",
        valid_from=stamp(one.from_us),
        valid_until=stamp(one.until_us),
        extensions={EXTENSION: added("indicator", one.told())},
    )


def opinion(hand: Hand, target: str, view: View) -> Obj:
    """What the hand thinks of somebody else's campaign."""
    return hand.made("opinion", [target, hand.name], opinion=view.value, object_refs=[target])


def report(hand: Hand, notice: Notice, notice_ref: str, refs: Sequence[str]) -> Obj:
    """The bulletin itself: what belongs to it, and whose words it rests on."""
    told = ReportTold(
        notice=notice_ref,
        origin=notice.origin,
        origin_class=notice.origin_class,
        derived_from=notice.derived_from,
    ).told()
    return hand.made(
        "report",
        ["report", notice.campaign],
        name=f"bulletin {notice.campaign.partition(':')[2][:12]}",
        report_types=["campaign"],
        published=hand.created,
        extensions={EXTENSION: added("provenance", told)},
        object_refs=list(refs),
    )
