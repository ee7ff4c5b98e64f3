"""Strictest: the marking of what is derived from several marked things.

Whoever may see the result may see every one of its sources. Where the sources agree on nobody, the
result is for nobody: TLP:RED with no name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.model.marking import LegalBasis, Marking, Tlp
from stillwatch.share.releasing import WIDTHS
from stillwatch.share.statutes import AND


def strictest(markings: Sequence[Marking]) -> Marking:
    """The marking of what is derived from things with these markings.

    Raises:
        BadInput: there is none.
        NotAllowed: they have no purpose in common: nothing may be derived.
    """
    if not markings:
        raise BadInput("nothing is derived from nothing.", remedy="Name the sources.")
    return reduce(_both, markings)


def _both(one: Marking, other: Marking) -> Marking:
    if one == other:
        return one
    purposes = one.purposes & other.purposes
    if not purposes:
        raise NotAllowed(
            "the sources have no purpose in common, so that nothing may be derived from them",
            by_rule="strictest marking",
        )
    tlp = max(one.tlp, other.tlp, key=WIDTHS.index)
    if Tlp.AMBER in (one.tlp, other.tlp) and tlp is Tlp.AMBER and not _same_circle(one, other):
        # Clients of the members of one are not clients of the members of the other.
        tlp = Tlp.AMBER_STRICT
    partners, named_nobody = _narrowed(_partners(one), _partners(other))
    both_named = one.partners & other.partners
    if tlp in (Tlp.CLEAR, Tlp.GREEN):
        partners = both_named
    communities, met_nobody = _narrowed(_communities(one), _communities(other))
    jurisdictions, nowhere = _places(one, other)
    if named_nobody or met_nobody or nowhere:
        tlp, partners = Tlp.RED, frozenset()
    return Marking(
        tlp=tlp,
        owner=one.owner if one.owner == other.owner else f"{one.owner}+{other.owner}",
        until_us=min(one.until_us, other.until_us),
        basis=_basis(one.basis, other.basis),
        purposes=purposes,
        partners=partners,
        communities=communities,
        jurisdictions=jurisdictions,
        # A government is addressed by name in every one of the sources.
        government=one.government
        and other.government
        and bool(partners)
        and partners <= both_named,
    )


def _same_circle(one: Marking, other: Marking) -> bool:
    return (one.tlp, one.partners, one.communities, one.owner) == (
        other.tlp, other.partners, other.communities, other.owner,
    )  # fmt: skip


def _partners(one: Marking) -> frozenset[str] | None:
    """Who alone may see it by name; ``None`` where names do not matter to its label."""
    if one.tlp in (Tlp.CLEAR, Tlp.GREEN):
        return None
    return one.partners if one.partners or not one.communities else None


def _communities(one: Marking) -> frozenset[str] | None:
    """Of which communities one must be; ``None`` where that does not matter."""
    if one.tlp is Tlp.CLEAR:
        return None
    if one.tlp is Tlp.GREEN:
        return one.communities
    return one.communities or None


def _narrowed(
    one: frozenset[str] | None, other: frozenset[str] | None
) -> tuple[frozenset[str], bool]:
    """What both allow, and whether that is nobody."""
    if one is None or other is None:
        either = one if other is None else other
        return (either or frozenset()), either is not None and not either
    return one & other, not one & other


def _places(one: Marking, other: Marking) -> tuple[frozenset[str], bool]:
    """Where it may go, and whether that is nowhere."""
    everywhere = [m.tlp is Tlp.CLEAR and not m.jurisdictions for m in (one, other)]
    if all(everywhere):
        return frozenset(), False
    if any(everywhere):
        narrow = other if everywhere[0] else one
        return narrow.jurisdictions, False
    if one.owner == other.owner and not one.jurisdictions and not other.jurisdictions:
        return frozenset(), False
    both = one.jurisdictions & other.jurisdictions
    return both, not both


def _basis(one: LegalBasis, other: LegalBasis) -> LegalBasis:
    """A basis that holds only while both do."""
    if one == other:
        return one
    names = one.name if one.name == other.name else f"{one.name}{AND}{other.name}"
    return LegalBasis(
        name=names,
        kind=one.kind if one.kind == other.kind else "review",
        from_us=max(one.from_us, other.from_us),
        until_us=min(one.until_us, other.until_us),
    )
