"""Kinds: what an object of each type must hold to be taken from somebody else's bundle.

Words that everybody knows (techniques, courses of action, labels) are the words as they are known
here, to the letter: a partner cannot change what one of them says.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Tlp
from stillwatch.share.bulletins import checked_object
from stillwatch.share.extension import EXTENSION, PROJECT, definition
from stillwatch.share.ids import identity_id
from stillwatch.share.indicators import checked_pattern
from stillwatch.share.lists import Response
from stillwatch.share.markings import TLP2_IDS, marking_of, tlp_object
from stillwatch.share.objects import Obj, attack_pattern, course_of_action, identity
from stillwatch.share.techniques import BY_ID
from stillwatch.share.times import moment_of
from stillwatch.share.wire import IndicatorTold, Notice, ReportTold, ResponseTold

TYPES: Final = frozenset({
    "identity", "marking-definition", "extension-definition", "campaign", "attack-pattern",
    "relationship", "sighting", "note", "opinion", "report", "indicator", "course-of-action",
})  # fmt: skip
#: words that nobody owns.
WORDS: Final = frozenset({"identity", "attack-pattern", "course-of-action", "extension-definition",
                          "marking-definition"})  # fmt: skip
TLP_OF: Final = {ref: tlp for tlp, ref in TLP2_IDS.items()}


def check_kind(told: Obj, part: object, *, me: str, now_us: int | None) -> None:
    """Refuse an object that does not hold what its type must.

    Args:
        told: an object that is STIX.
        part: what it holds under our extension.
        me: our own name.
        now_us: the moment; without it nothing is refused for its time.

    Raises:
        BadInput: it does not.
        NotAllowed: its pattern speaks of what may not be told.
    """
    kind = told["type"]
    if kind == "campaign":
        _of_campaign(told, part)
    elif kind == "report":
        _of_report(told, part)
    elif kind == "indicator":
        _of_indicator(told, part)
    elif kind == "marking-definition":
        _of_marking(told, me, now_us)
    elif kind in WORDS:
        _of_word(told, part)


def _of_campaign(told: Obj, part: object) -> None:
    where = told["id"]
    if not isinstance(part, Notice):
        raise BadInput("is a campaign without a notice.", where=where)
    if told.get("created_by_ref") != identity_id(part.origin):
        raise BadInput("is by another hand than its notice says.", where=where)
    seen = (moment_of(told.get("first_seen")), moment_of(told.get("last_seen")))
    if seen != (part.window.start_us, part.window.until_us) or (
        told.get("confidence") != part.confidence
    ):
        raise BadInput("says another confidence or window than its notice.", where=where)


def _of_report(told: Obj, part: object) -> None:
    if not isinstance(part, ReportTold):
        raise BadInput("is a report without provenance.", where=told["id"])
    if told.get("created_by_ref") != identity_id(part.origin):
        raise BadInput("is by another hand than its provenance says.", where=told["id"])


def _of_indicator(told: Obj, part: object) -> None:
    where = told["id"]
    if not isinstance(part, IndicatorTold):
        raise BadInput("is an indicator without a source span.", where=where)
    if "valid_until" not in told:
        raise BadInput("is an indicator without an end.", where=where)
    if told.get("pattern_type") != "stix":
        raise BadInput("is a pattern in another language than that of STIX.", where=where)
    checked_pattern(told["pattern"])


def _of_marking(told: Obj, me: str, now_us: int | None) -> None:
    where = told["id"]
    tlp = TLP_OF.get(told["id"])
    if tlp is not None:
        if told != _label(tlp):
            raise BadInput(f"is not {tlp.value} as it was published.", where=where)
        return
    if told.get("object_marking_refs") or EXTENSION not in told.get("extensions", {}):
        raise BadInput("is neither TLP 2.0 nor a marking of ours.", where=where)
    marking = marking_of(told, me)
    if now_us is not None and now_us >= marking.until_us:
        raise BadInput("is a marking that has expired.", where=where)


def _of_word(told: Obj, part: object) -> None:
    """A word that everybody knows is the word as it is known, or by a hand of its own."""
    kind, where = told["type"], told["id"]
    if kind == "identity":
        if told.get("identity_class") not in ("organization", "system"):
            raise BadInput("is an identity that could be a person's.", where=where)
        if told["id"] not in (PROJECT, identity_id(told["name"])):
            raise BadInput("is an identity whose id is not that of its name.", where=where)
        roles = tuple(told.get("roles", ()))
        known = [_word("project", ""), _word("identity", told["name"], roles)]
    elif kind == "extension-definition":
        known = [_word("extension", "")]
    elif kind == "course-of-action":
        if not isinstance(part, ResponseTold):
            raise BadInput("is a course of action that is not on the list.", where=where)
        known = [_word("response", part.response)]
    else:
        names = [r.get("external_id") for r in told.get("external_references", ())]
        known = [_word("technique", name) for name in names if name in BY_ID]
    if told not in known:
        raise BadInput(f"is no {kind} as it is known here.", where=where)


@lru_cache(maxsize=1_024)
def _word(kind: str, key: str, roles: tuple[str, ...] = ()) -> Obj:
    """A word as it is known; made once, and never changed."""
    if kind == "project":
        return checked_object(definition()[0])
    if kind == "extension":
        return checked_object(definition()[1])
    if kind == "response":
        return checked_object(course_of_action(Response(key)))
    if kind == "technique":
        return checked_object(attack_pattern(BY_ID[key]))
    return checked_object(identity(key, roles))


@lru_cache(maxsize=len(Tlp))
def _label(tlp: Tlp) -> Obj:
    return checked_object(tlp_object(tlp))
