"""Revoking: what was told is taken back by a later version that says so, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.share import objects
from stillwatch.share.bulletins import bundled, checked_object, revised
from stillwatch.share.cutting import is_word
from stillwatch.share.extension import part_of
from stillwatch.share.ids import identity_id
from stillwatch.share.lists import Reason
from stillwatch.share.objects import Hand, Obj
from stillwatch.share.reading import notices_in
from stillwatch.share.times import stamp
from stillwatch.share.wire import NoteTold


def retracted(
    bundle: Mapping[str, Any], secret: bytes, now_us: int, why: Reason = Reason.WITHDRAWN
) -> Obj:
    """The bundle that takes another one back: everything of it revoked, and a note with the reason.

    What is marked stays marked, so that it reaches whom the first one reached. Done twice, it is a
    later version of the same.

    Args:
        bundle: one of our own.
        secret: under which its ids were drawn.
        now_us: the moment, microseconds since 1970-01-01 UTC.
        why: the reason.

    Raises:
        BadInput: it tells of no campaign.
    """
    held = [dict(one) for one in bundle["objects"]]
    told = notices_in(held)
    if not told:
        raise BadInput("the bundle tells of no campaign.", where=str(bundle.get("id"))[:80])
    campaign, notice = told[0]
    maker = identity_id(notice.origin)
    found = []
    for one in held:
        if is_word(one) or one.get("created_by_ref") != maker:
            found.append(one)
        elif isinstance(part := part_of(one), NoteTold) and part.reason is not None:
            continue
        else:
            found.append(one if one.get("revoked") else revised(one, now_us, revoked=True))
    hand = Hand(
        name=notice.origin,
        secret=secret,
        marking_refs=tuple(campaign["object_marking_refs"]),
        created=stamp(now_us),
    )
    note = checked_object(objects.reason(hand, campaign["id"], why))
    return bundled([*found, note])
