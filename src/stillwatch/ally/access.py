"""Access tiers for allies: what a partner of which standing is given, until when, and why.

A list one can read. Everybody starts at nothing; a tier is opened by name, community and
jurisdiction together, for a purpose, on a legal basis that has an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import LegalBasis, Purpose
from stillwatch.model.party import Party

#: what a tier can give, from the least to the most.
GIVES = (
    "trend_packs", "quorum_statements", "bulletins", "private_matching", "evidence_in_escrow",
    "new_model_access",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One tier.

    Args:
        name: of it.
        gives: some of :data:`GIVES`.
        communities: one of which a partner must be in; empty for any.
        jurisdictions: one of which it must be in; empty for none at all.
        partners: names that it is limited to; empty for all that the rest lets in.
        purposes: for which.
        basis: on what, with its end.
    """

    name: str
    gives: frozenset[str]
    communities: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    purposes: frozenset[Purpose] = frozenset({Purpose.DEFENCE})
    basis: LegalBasis

    def __post_init__(self) -> None:
        """Refuse what nobody can give."""
        if not self.gives or not self.gives <= set(GIVES):
            raise BadInput(f"a tier gives some of {', '.join(GIVES)}.", where=self.name)


def access(tiers: Sequence[Tier], partner: Party, purpose: Purpose, now_us: int) -> dict[str, str]:
    """What a partner is given now, and by which tier.

    Args:
        tiers: the list.
        partner: who asks.
        purpose: for what.
        now_us: when.

    Returns:
        from each thing of :data:`GIVES` that it is given to the first tier that gives it.
    """
    open_to = [tier for tier in tiers if not closed(tier, partner, purpose, now_us)]
    return {
        thing: tier.name for thing in GIVES for tier in reversed(open_to) if thing in tier.gives
    }


def closed(tier: Tier, partner: Party, purpose: Purpose, now_us: int) -> tuple[str, ...]:
    """Why a tier is closed to a partner; empty where it is open."""
    why = []
    if partner.jurisdiction not in tier.jurisdictions:
        why.append(f"not for {partner.jurisdiction or 'an unknown jurisdiction'}")
    if tier.communities and not tier.communities & partner.communities:
        why.append("not a member of its communities")
    if tier.partners and partner.name not in tier.partners:
        why.append("not among its partners")
    if purpose not in tier.purposes or purpose not in partner.purposes:
        why.append(f"not for {purpose.value}")
    if not tier.basis.holds(now_us):
        why.append(f"its basis {tier.basis.name!r} does not hold today")
    return tuple(why)
