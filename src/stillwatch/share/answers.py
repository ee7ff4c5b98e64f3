"""Answers: what we think of a campaign that a partner told, and whether we saw it, in STIX.

An answer refers to the partner's object and says nothing else: not what we know, nor how much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.model.marking import Marking, Tlp
from stillwatch.share import objects
from stillwatch.share.bulletins import bundled, checked_object
from stillwatch.share.extension import definition
from stillwatch.share.lists import View
from stillwatch.share.markings import TLP2_IDS, marking_object, tlp_object
from stillwatch.share.objects import Hand, Obj
from stillwatch.share.scanning import scanned
from stillwatch.share.times import stamp
from stillwatch.share.wire import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A partner's opinion of a campaign that we told.

    Args:
        about: id of the STIX campaign.
        view: what they think.
        saw_it: whether they say that they saw it too.
    """

    about: str
    view: View
    saw_it: bool


def answer_of(
    campaign: str,
    notice: Notice,
    view: View,
    marking: Marking,
    *,
    secret: bytes,
    now_us: int,
    saw_it: bool = False,
    roles: Iterable[str] = (),
) -> Obj:
    """A bundle with our opinion of a partner's campaign.

    Args:
        campaign: id of the partner's STIX campaign.
        notice: what it said; a sighting has its window, for our own would say more.
        view: what we think.
        marking: who may see the answer; its owner is who answers.
        secret: under which ids are drawn.
        now_us: the moment, microseconds since 1970-01-01 UTC.
        saw_it: whether we saw it ourselves.
        roles: of the one who answers.
    """
    ours = marking_object(marking)
    hand = Hand(
        name=marking.owner,
        secret=secret,
        marking_refs=(TLP2_IDS[marking.tlp], ours["id"]),
        created=stamp(now_us),
    )
    told = [objects.opinion(hand, campaign, view)]
    if saw_it:
        told.append(objects.sighting(hand, campaign, notice))
    labels = dict.fromkeys((Tlp.CLEAR, marking.tlp))
    identity = objects.identity(marking.owner, list(roles))
    made = [*definition(), *map(tlp_object, labels), ours, identity, *told]
    bundle = bundled([checked_object(one) for one in made])
    scanned(bundle)
    return bundle


def answers_in(held: Iterable[Mapping[str, Any]]) -> list[Opinion]:
    """The opinions among objects of one partner; those that were taken back are left out."""
    found = [dict(one) for one in held if not one.get("revoked")]
    seen = {one["sighting_of_ref"] for one in found if one["type"] == "sighting"}
    return [
        Opinion(about=about, view=View(one["opinion"]), saw_it=about in seen)
        for one in found
        if one["type"] == "opinion"
        for about in one["object_refs"]
    ]
