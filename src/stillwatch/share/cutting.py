"""Cutting: what of a bundle a recipient may have, so that nothing leaks by reference.

An object goes where its marking lets it. What mentions something that is withheld is withheld too:
a relationship, a sighting, a note, a report. Words (techniques, courses of action, names) go along
only where something that is released refers to them: a list of techniques would tell what a
withheld campaign did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.model.errors import NotAllowed
from stillwatch.model.marking import Marking, Purpose
from stillwatch.model.party import Party
from stillwatch.share.bulletins import bundled
from stillwatch.share.extension import EXTENSION, PROJECT
from stillwatch.share.markings import TLP2_IDS
from stillwatch.share.objects import Obj
from stillwatch.share.references import refs_of, strings_of, torn_from
from stillwatch.share.releasing import may_release

_ID: Final = re.compile(r"[a-z][a-z0-9-]*--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Cut:
    """What may go, and what may not.

    Args:
        objects: those that may go, in their order.
        withheld: ids of the others, each with the reasons.
    """

    objects: tuple[Obj, ...]
    withheld: Mapping[str, tuple[str, ...]]

    @property
    def says_something(self) -> bool:
        """Whether anything but words is left."""
        return any(not is_word(one) for one in self.objects)


def is_word(one: Mapping[str, Any]) -> bool:
    """Whether an object is a word or a marking, which says nothing by itself."""
    return one["type"] in (
        "identity", "attack-pattern", "course-of-action", "marking-definition",
        "extension-definition",
    )  # fmt: skip


def cut(
    objects: Iterable[Mapping[str, Any]],
    markings: Mapping[str, Marking],
    recipient: Party,
    now_us: int,
    purpose: Purpose = Purpose.DEFENCE,
    *,
    by: str = "",
    home: str = "",
    known: Sequence[Party] = (),
) -> Cut:
    """What of some objects a recipient may have.

    Args:
        objects: of one or several bundles.
        markings: the markings with all that their owner knows, by id of the marking definition;
            what is marked with another one, or with none, is withheld.
        recipient: who would have it.
        now_us: the moment.
        purpose: for what.
        by: who would release it, where that is not the owner.
        home: the owner's own jurisdiction.
        known: partners that are known.
    """
    held = [dict(one) for one in objects]
    withheld: dict[str, tuple[str, ...]] = {}
    kept: list[Obj] = []
    for one in held:
        if is_word(one):
            continue
        ours = [markings[ref] for ref in one.get("object_marking_refs", ()) if ref in markings]
        refs = set(one.get("object_marking_refs", ())) - set(TLP2_IDS.values()) - set(markings)
        why: list[str] = ["it has no marking that is known here"] if refs or not ours else []
        for marking in ours:
            answer = may_release(marking, recipient, now_us, purpose, by=by, home=home, known=known)
            why += answer.why
        if why:
            withheld[one["id"]] = tuple(dict.fromkeys(why))
        else:
            kept.append(one)
    for name in torn_from(kept, list(withheld), _mentioned):
        withheld[name] = ("it mentions what is withheld",)
    kept = [one for one in kept if one["id"] not in withheld]
    words = _needed(kept, held)
    for one in held:
        if is_word(one) and one["id"] not in words:
            withheld[one["id"]] = ("nothing that is released refers to it",)
    released = words | {one["id"] for one in kept}
    return Cut(tuple(one for one in held if one["id"] in released), withheld)


def released_bundle(
    bundle: Mapping[str, Any],
    markings: Mapping[str, Marking],
    recipient: Party,
    now_us: int,
    purpose: Purpose = Purpose.DEFENCE,
    *,
    by: str = "",
    home: str = "",
    known: Sequence[Party] = (),
) -> Obj:
    """The bundle that a recipient may have.

    Raises:
        NotAllowed: nothing of it may go; with every reason.
    """
    found = cut(
        bundle["objects"], markings, recipient, now_us, purpose, by=by, home=home, known=known
    )
    if not found.says_something:
        reasons = dict.fromkeys(
            why
            for name, told in found.withheld.items()
            for why in told
            if not name.startswith(("attack-pattern", "identity", "marking", "extension", "course"))
        )
        raise NotAllowed(
            f"nothing of it may go to {recipient.name}: {'; '.join(reasons) or 'it says nothing'}",
            by_rule="release",
        )
    return bundled(found.objects)


def _mentioned(one: Mapping[str, Any]) -> set[str]:
    """Every id that stands anywhere in an object, in whatever property, but its own."""
    found = {name for text in strings_of(one) if "--" in text for name in _ID.findall(text)}
    return (found | set(refs_of(one))) - {one["id"]}


def _needed(kept: Sequence[Obj], held: Sequence[Obj]) -> set[str]:
    """Words that what is kept refers to, and what those refer to."""
    by_id = {one["id"]: one for one in held if is_word(one)}
    found: set[str] = set()
    todo = list(kept)
    while todo:
        one = todo.pop()
        refs = set(refs_of(one))
        if EXTENSION in one.get("extensions", {}):
            refs |= {EXTENSION, PROJECT}
        for ref in refs - found:
            if ref in by_id:
                found.add(ref)
                todo.append(by_id[ref])
    return found
