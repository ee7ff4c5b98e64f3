"""Bulletins: a notice as a STIX 2.1 bundle, and its next version.

The same finding gives the same bundle. Where something has changed since the bundle that was made
before, the objects that differ have a later ``modified``, as STIX wants, and the others stay as
they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
import stix2
from stix2.exceptions import STIXError

from stillwatch.model.errors import BadInput
from stillwatch.model.finding import Finding
from stillwatch.model.marking import Marking, Tlp
from stillwatch.share import objects
from stillwatch.share.extension import definition
from stillwatch.share.ids import stix_id
from stillwatch.share.indicators import Indicator
from stillwatch.share.lists import Response, Service
from stillwatch.share.markings import TLP2_IDS, marking_object, tlp_object
from stillwatch.share.notices import notice_id, notice_of
from stillwatch.share.objects import Hand, Obj
from stillwatch.share.scanning import scanned
from stillwatch.share.techniques import BY_ID
from stillwatch.share.times import MILLISECOND_US, moment_of, stamp
from stillwatch.share.wire import Notice, Source


def bulletin_of(
    campaign: Mapping[str, Any],
    marking: Marking,
    *,
    secret: bytes,
    now_us: int,
    roles: Sequence[str] = (),
    service: Service = Service.UNKNOWN,
    responses: Sequence[Response] = (),
    indicators: Sequence[Indicator] = (),
    derived_from: Sequence[Source] = (),
    findings: Iterable[Finding] = (),
    previous: Mapping[str, Any] | None = None,
) -> Obj:
    """What partners are told of a campaign, as a STIX 2.1 bundle.

    Args:
        campaign: one of the campaigns of ``stillwatch.campaigns/1``.
        marking: who may see it; its owner is who tells.
        secret: of the provider, at least 32 bytes, under which pseudonyms and ids are drawn.
        now_us: the moment; written only where something changed since ``previous``.
        roles: of the provider, such as ``model-provider``.
        service: by what kind of service the traffic came.
        responses: what was done about it.
        indicators: patterns that others can look for.
        derived_from: notices of others that it rests on.
        findings: of this campaign; they bring the intervals.
        previous: the bundle that was made of this campaign before.

    Raises:
        BadInput: the campaign or the marking lacks something.
        NotAllowed: something in it may not be told.
    """
    notice = notice_of(
        campaign,
        origin=marking.owner,
        secret=secret,
        until_us=marking.until_us,
        service=service,
        responses=responses,
        derived_from=derived_from,
        findings=findings,
    )
    created_us = moment_of(campaign.get("detected_at", campaign.get("last_seen")))
    return bundle_of(
        notice,
        marking,
        secret=secret,
        now_us=now_us,
        created_us=created_us,
        roles=roles,
        indicators=indicators,
        previous=previous,
    )


def bundle_of(
    notice: Notice,
    marking: Marking,
    *,
    secret: bytes,
    now_us: int,
    created_us: int,
    roles: Sequence[str] = (),
    indicators: Sequence[Indicator] = (),
    previous: Mapping[str, Any] | None = None,
) -> Obj:
    """A notice as a STIX 2.1 bundle; see :func:`bulletin_of`.

    Raises:
        BadInput: the marking cannot be told.
        NotAllowed: something in it may not be told.
    """
    ours = marking_object(marking)
    refs = tuple(dict.fromkeys((TLP2_IDS[marking.tlp], ours["id"])))
    hand = Hand(name=notice.origin, secret=secret, marking_refs=refs, created=stamp(created_us))
    told = _told(hand, notice, indicators)
    words = [
        objects.identity(notice.origin, roles),
        *(objects.attack_pattern(BY_ID[t]) for t in notice.techniques),
        *(objects.course_of_action(r) for r in notice.responses),
    ]
    everything = [*told, *(o for o in words if o["type"] != "identity")]
    report = objects.report(hand, notice, notice_id(notice), [o["id"] for o in everything])
    labels = dict.fromkeys((Tlp.CLEAR, marking.tlp))
    made = [*definition(), *map(tlp_object, labels), ours, *words, *told, report]
    later = _later(made, previous, now_us)
    checked = [checked_object(one) for one in later]
    bundle = bundled(checked)
    scanned(bundle)
    return bundle


def bundled(held: Sequence[Mapping[str, Any]]) -> Obj:
    """A bundle of objects; its id is drawn from them."""
    versions = [[str(o["id"]), str(o.get("modified", o.get("created", "")))] for o in held]
    return {
        "type": "bundle",
        "id": stix_id("bundle", sorted(versions)),
        "objects": [dict(o) for o in held],
    }


def checked_object(value: Mapping[str, Any]) -> Obj:
    """An object as the library of OASIS reads and writes it.

    Raises:
        BadInput: it is no STIX 2.1 object, or has a property that STIX does not know.
    """
    where = str(value.get("id", "?"))[:80]
    try:
        read = stix2.parse(dict(value), allow_custom=False, version="2.1")
        if isinstance(read, dict):
            raise BadInput("is of no type that STIX 2.1 knows.", where=where)
        told: Obj = orjson.loads(read.serialize())
    except (STIXError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise BadInput(f"is no STIX 2.1 object: {reason}.", where=where) from None
    return told


def _told(hand: Hand, notice: Notice, indicators: Sequence[Indicator]) -> list[Obj]:
    """What the bulletin says, under its marking."""
    told = [objects.campaign(hand, notice)]
    named = told[0]["id"]
    told.append(objects.sighting(hand, named, notice))
    for technique in notice.techniques:
        told.append(hand.link(named, "uses", stix_id("attack-pattern", technique)))
    for response in notice.responses:
        told.append(hand.link(stix_id("course-of-action", response.value), "related-to", named))
    for one in {i.pattern: i for i in indicators}.values():
        made = objects.indicator(hand, one)
        told += [made, hand.link(made["id"], "indicates", named)]
    return [*told, *(objects.caveat(hand, named, which) for which in notice.caveats)]


def _later(made: Sequence[Obj], previous: Mapping[str, Any] | None, now_us: int) -> list[Obj]:
    """The objects as versions that follow those of before."""
    if previous is None:
        return list(made)
    before = {o["id"]: o for o in previous.get("objects", ()) if "modified" in o}
    found = []
    for one in made:
        old = before.get(one["id"])
        if old is None:
            found.append(_at(one, now_us) if "modified" in one else one)
        elif _content(old) == _content(checked_object(one)):
            found.append(old)
        else:
            last_us = moment_of(old["modified"])
            later = _at(one, max(now_us, last_us + MILLISECOND_US))
            found.append({**later, "created": old["created"]})
    return found


def _at(one: Obj, moment_us: int) -> Obj:
    if one["created"] == one["modified"] and one.get("created_by_ref") is None:
        return one
    moment = stamp(moment_us)
    return {**one, "created": moment, "modified": moment}


def _content(one: Mapping[str, Any]) -> Obj:
    """What two versions are compared by."""
    return {k: v for k, v in one.items() if k not in ("created", "modified", "published")}


def revised(value: Mapping[str, Any], now_us: int, **changes: Any) -> Obj:
    """The next version of an object.

    Raises:
        BadInput: it has no versions, or the result is no STIX object.
    """
    if "modified" not in value:
        raise BadInput("has no versions.", where=str(value.get("id", "?"))[:80])
    last_us = moment_of(value["modified"])
    modified = stamp(max(now_us, last_us + MILLISECOND_US))
    return checked_object({**value, **changes, "modified": modified})
