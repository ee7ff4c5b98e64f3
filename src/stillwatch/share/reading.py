"""Reading: what of somebody else's bundle is taken, and why the rest is not.

Nothing of a bundle is believed. Each object is parsed within bounds, checked against STIX 2.1 and
our shapes, and looked through for content; its marking must be here and whole, its maker must be
the sender, and everything that it refers to must be here too. The good part is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.marking import Marking, Tlp
from stillwatch.share.bulletins import checked_object
from stillwatch.share.extension import EXTENSION, PROJECT, definition, part_of
from stillwatch.share.ids import identity_id
from stillwatch.share.indicators import checked_pattern
from stillwatch.share.markings import TLP2_EXTENSION, TLP2_IDS, marking_of, tlp_object
from stillwatch.share.objects import Obj, attack_pattern, course_of_action, identity
from stillwatch.share.parsing import Limits, Refused, objects_in
from stillwatch.share.references import in_circles, refs_of, torn_from
from stillwatch.share.scanning import scanned
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
#: how far ahead of ours a sender's clock may be.
AHEAD_US: Final = 3_600_000_000
_TLP_OF: Final = {ref: tlp for tlp, ref in TLP2_IDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """From whom and when a bundle comes.

    Args:
        sender: name of the organisation whose hand is proven; empty where it is not.
        me: our own name, which stands for "named recipients" in the markings.
        now_us: the moment; without it nothing is refused for its time.
        known: latest ``modified`` of objects that were taken before, by id.
        limits: what a bundle may be at most.
    """

    sender: str = ""
    me: str = ""
    now_us: int | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


def read_bundle(data: bytes, taking: Taking | None = None) -> tuple[list[Obj], list[Refused]]:
    """The objects of a bundle that can be taken, and what was refused.

    Args:
        data: the bundle, or an envelope of TAXII; JSON, not compressed.
        taking: from whom and when it comes.

    Returns:
        Objects in the order of the bundle, the latest version of each; and the refusals, of which
        all after the 200th are summed up in one.
    """
    taking = taking or Taking()
    refused: list[Refused] = []
    found: list[Obj] = []
    for one in objects_in(data, taking.limits):
        if isinstance(one, Refused):
            refused.append(one)
            continue
        try:
            found.append(_checked(one, taking))
        except (BadInput, NotAllowed) as error:
            refused.append(Refused(_where(one), _said(error)))
    found = _one_of_each(found, refused)
    markings = markings_in(found, taking.me)
    for check in (_marked, _whole, _straight):
        found = check(found, markings, taking, refused)
    return found, _short(refused, taking.limits.n_refused)


def markings_in(objects: Iterable[Obj], me: str = "") -> dict[str, Marking]:
    """Our markings among objects, by id of the marking definition."""
    return {
        str(o["id"]): marking_of(o, me)
        for o in objects
        if o["type"] == "marking-definition" and EXTENSION in o.get("extensions", {})
    }


def marking_for(value: Mapping[str, Any], markings: Mapping[str, Marking]) -> Marking | None:
    """The marking of ours that an object has; ``None`` for a word that everybody knows."""
    refs = value.get("object_marking_refs", ())
    return next((markings[ref] for ref in refs if ref in markings), None)


def notices_in(objects: Iterable[Obj]) -> list[tuple[Obj, Notice]]:
    """The campaigns among objects, with their notices."""
    found = []
    for one in objects:
        if one["type"] == "campaign" and isinstance(told := part_of(one), Notice):
            found.append((one, told))
    return found


def _checked(value: Obj, taking: Taking) -> Obj:
    """One object, by itself."""
    where = _where(value)
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        raise BadInput(f"{str(kind)[:40]!r} is no type that bulletins hold.", where=where)
    extensions = value.get("extensions", {})
    if not isinstance(extensions, dict):
        raise BadInput("extensions is no table.", where=where)
    allowed = {EXTENSION} | ({TLP2_EXTENSION} if kind == "marking-definition" else set())
    if unknown := sorted(set(extensions) - allowed):
        raise BadInput(f"has the unknown extension {unknown[0][:80]!r}.", where=where)
    if "granular_markings" in value:
        raise BadInput("has granular markings, which are not kept here.", where=where)
    scanned(value)
    told = checked_object(value)
    part = part_of(told)
    _of_kind(told, part, taking)
    _of_maker(told, taking)
    _of_time(told, taking)
    return told


def _of_kind(told: Obj, part: object, taking: Taking) -> None:
    kind = told["type"]
    if kind == "campaign":
        _of_campaign(told, part)
    elif kind == "report":
        _of_report(told, part)
    elif kind == "indicator":
        _of_indicator(told, part)
    elif kind == "marking-definition":
        _of_marking(told, taking)
    elif kind in WORDS:
        _of_word(told, part)


def _of_campaign(told: Obj, part: object) -> None:
    where = _where(told)
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
        raise BadInput("is a report without provenance.", where=_where(told))
    if told.get("created_by_ref") != identity_id(part.origin):
        raise BadInput("is by another hand than its provenance says.", where=_where(told))


def _of_indicator(told: Obj, part: object) -> None:
    where = _where(told)
    if not isinstance(part, IndicatorTold):
        raise BadInput("is an indicator without a source span.", where=where)
    if "valid_until" not in told:
        raise BadInput("is an indicator without an end.", where=where)
    if told.get("pattern_type") != "stix":
        raise BadInput("is a pattern in another language than that of STIX.", where=where)
    checked_pattern(told["pattern"])


def _of_marking(told: Obj, taking: Taking) -> None:
    where = told["id"]
    tlp = _TLP_OF.get(told["id"])
    if tlp is not None:
        if told != checked_object(tlp_object(tlp)):
            raise BadInput(f"is not {tlp.value} as it was published.", where=where)
        return
    if told.get("object_marking_refs") or EXTENSION not in told["extensions"]:
        raise BadInput("is neither TLP 2.0 nor a marking of ours.", where=where)
    marking = marking_of(told, taking.me)
    if taking.now_us is not None and taking.now_us >= marking.until_us:
        raise BadInput("is a marking that has expired.", where=where)


def _of_word(told: Obj, part: object) -> None:
    """A word that everybody knows is the word as it is known, or by a hand of its own."""
    kind, where = told["type"], told["id"]
    if kind == "identity":
        if told.get("identity_class") not in ("organization", "system"):
            raise BadInput("is an identity that could be a person's.", where=where)
        if told["id"] not in (PROJECT, identity_id(told["name"])):
            raise BadInput("is an identity whose id is not that of its name.", where=where)
        known = [definition()[0], identity(told["name"], told.get("roles", ()))]
    elif kind == "extension-definition":
        known = definition()
    elif kind == "course-of-action":
        if not isinstance(part, ResponseTold):
            raise BadInput("is a course of action that is not on the list.", where=where)
        known = [course_of_action(part.response)]
    else:
        names = [r.get("external_id") for r in told.get("external_references", ())]
        known = [attack_pattern(BY_ID[name]) for name in names if name in BY_ID]
    if not any(told == checked_object(one) for one in known):
        raise BadInput(f"is no {kind} as it is known here.", where=where)


def _of_maker(told: Obj, taking: Taking) -> None:
    maker = told.get("created_by_ref")
    if told["type"] in WORDS:
        return
    if maker is None:
        raise BadInput("does not say who made it.", where=_where(told))
    if taking.sender and maker != identity_id(taking.sender):
        raise BadInput(
            f"was made by another than {taking.sender}, who sent it.", where=_where(told),
            remedy="What others made is passed on as they sealed it.",
        )  # fmt: skip


def _of_time(told: Obj, taking: Taking) -> None:
    modified = told.get("modified")
    if modified is None or told["type"] in WORDS:
        return
    where, moment = _where(told), moment_of(modified)
    if moment < moment_of(told["created"]):
        raise BadInput("was changed before it was made.", where=where)
    if taking.now_us is not None and moment > taking.now_us + AHEAD_US:
        raise BadInput("is from the future.", where=where)
    known = taking.known.get(told["id"])
    if known is not None and moment < moment_of(known):
        raise BadInput("is an older version than the one that is known.", where=where)


def _one_of_each(found: list[Obj], refused: list[Refused]) -> list[Obj]:
    """The latest version of each; two that differ under one version are both refused."""
    kept: dict[str, Obj] = {}
    torn: set[str] = set()
    for one in found:
        name = one["id"]
        other = kept.get(name)
        if other is None:
            kept[name] = one
        elif other == one:
            continue
        elif one.get("modified") == other.get("modified"):
            torn.add(name)
        elif moment_of(one["modified"]) > moment_of(other["modified"]):
            kept[name] = one
    refused += [Refused(name, "is here twice in one version, and they differ") for name in torn]
    return [one for name, one in kept.items() if name not in torn]


def _marked(
    found: list[Obj], markings: dict[str, Marking], taking: Taking, refused: list[Refused]
) -> list[Obj]:
    """Those whose markings are here, agree, and are by the hand that marked."""
    kept = []
    for one in found:
        why = _marking_wrong(one, markings)
        if why:
            refused.append(Refused(one["id"], why))
        else:
            kept.append(one)
    return kept


def _marking_wrong(one: Obj, markings: Mapping[str, Marking]) -> str:
    refs: Collection[str] = one.get("object_marking_refs", ())
    if one["type"] == "marking-definition" or one["id"] == PROJECT:
        return ""
    if one["type"] == "extension-definition":
        return ""
    if not refs:
        return "has no marking"
    for ref in refs:
        if ref not in _TLP_OF and ref not in markings:
            return "has a marking that is not here"
    ours = [markings[ref] for ref in refs if ref in markings]
    labels = [_TLP_OF[ref] for ref in refs if ref in _TLP_OF]
    if one["type"] in WORDS:
        return "" if labels == [Tlp.CLEAR] and not ours else "is a word that is marked otherwise"
    if len(ours) != 1:
        return "has no marking with an end and a legal basis"
    if labels != [ours[0].tlp]:
        return "has two markings that disagree"
    if one["created_by_ref"] != identity_id(ours[0].owner):
        return "was marked by another than its maker"
    return ""


def _whole(
    found: list[Obj], markings: dict[str, Marking], taking: Taking, refused: list[Refused]
) -> list[Obj]:
    """Those that refer to nothing that is not here or known."""
    here = {one["id"] for one in found} | {*taking.known, *TLP2_IDS.values(), PROJECT, EXTENSION}
    here |= {ref for one in found if (ref := one.get("created_by_ref"))}
    missing = {ref for one in found for ref in refs_of(one)} - here
    torn = torn_from(found, missing)
    refused += [Refused(name, "refers to what is not here") for name in sorted(torn)]
    return [one for one in found if one["id"] not in torn]


def _straight(
    found: list[Obj], markings: dict[str, Marking], taking: Taking, refused: list[Refused]
) -> list[Obj]:
    """Those that do not refer to themselves by way of others."""
    round_ = in_circles(found)
    if not round_:
        return found
    refused += [Refused(name, "refers to itself, directly or by others") for name in sorted(round_)]
    rest = [one for one in found if one["id"] not in round_]
    return _whole(rest, markings, taking, refused)


def _where(value: Mapping[str, Any]) -> str:
    named = value.get("id")
    return named if isinstance(named, str) and 0 < len(named) < 90 and named.isascii() else "?"


def _said(error: BadInput | NotAllowed) -> str:
    return error.what if isinstance(error, BadInput) else str(error)


def _short(refused: list[Refused], most: int) -> list[Refused]:
    if len(refused) <= most:
        return refused
    kinds = Counter(one.why[:60] for one in refused[most:])
    told = "; ".join(f"{n} times: {why}" for why, n in kinds.most_common(3))
    return [
        *refused[:most],
        Refused("the rest", f"{len(refused) - most} more were refused: {told}"),
    ]
