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
from stillwatch.share.extension import EXTENSION, PROJECT, part_of
from stillwatch.share.ids import identity_id
from stillwatch.share.kinds import TLP_OF, TYPES, WORDS, check_kind
from stillwatch.share.markings import TLP2_EXTENSION, TLP2_IDS, marking_of
from stillwatch.share.objects import Obj
from stillwatch.share.parsing import Limits, Refused, objects_in
from stillwatch.share.references import in_circles, refs_of, torn_from
from stillwatch.share.scanning import scanned
from stillwatch.share.times import moment_of
from stillwatch.share.wire import Notice

#: how far ahead of ours a sender's clock may be.
AHEAD_US: Final = 3_600_000_000


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
    check_kind(told, part, me=taking.me, now_us=taking.now_us)
    _of_maker(told, taking)
    _of_time(told, taking)
    return told


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
        if ref not in TLP_OF and ref not in markings:
            return "has a marking that is not here"
    ours = [markings[ref] for ref in refs if ref in markings]
    labels = [TLP_OF[ref] for ref in refs if ref in TLP_OF]
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
    plain = isinstance(named, str) and named.isascii() and named.isprintable()
    return str(named) if plain and 0 < len(str(named)) < 90 else "?"


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
