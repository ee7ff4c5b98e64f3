"""Shells: what customers share that independent companies seldom share. Diligence, never a verdict.

A registered agent has thousands of companies at one address, and an accountant sits on hundreds of
boards: what many share tells nothing. What few share, and more than one thing of it, is worth a
look. A catalogue that sells only what others make is worth one too: so do honest resellers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.model.errors import BadInput

#: traits that are compared, and how many may share one before it tells nothing.
TRAITS: tuple[tuple[str, int], ...] = (
    ("officers", 8),
    ("address", 6),
    ("payment", 5),
    ("domain", 3),
    ("phone", 4),
)
#: makers whose models somebody resells before a catalogue is worth a look.
LEAST_MAKERS = 3
LEAST_TRAITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of a customer as a company.

    Args:
        customer: id.
        listed: it is listed, reached or held under a rule of ownership.
        traits: values by the names of :data:`TRAITS`; digests do as well.
        makes: who makes the models that it sells, itself included where it makes any.
        name: as which it makes models.
    """

    customer: str
    listed: bool
    traits: Mapping[str, frozenset[str]]
    makes: frozenset[str] = frozenset()
    name: str = ""


def profile_from(row: Mapping[str, Any], number: int) -> Profile:
    """A profile of a row with lists of values.

    Raises:
        BadInput: it has no customer, or a trait is no text or list of texts.
    """
    customer = str(row.get("customer") or "")
    if not customer:
        raise BadInput("has no customer.", where=f"row {number}")
    traits = {}
    for name, _ in TRAITS:
        value = row.get(name) or ()
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list | tuple | set):
            raise BadInput(f"{name} is no text or list.", where=f"row {number}")
        traits[name] = frozenset(_plain(str(one)) for one in values if str(one).strip())
    makers = frozenset(_plain(str(one)) for one in row.get("catalogue_makers") or ())
    return Profile(
        customer=customer, listed=bool(row.get("listed")), traits=traits, makes=makers,
        name=_plain(str(row.get("name") or "")),
    )  # fmt: skip


def signals(profiles: Sequence[Profile]) -> list[dict[str, Any]]:
    """Who shares several rare traits with whom, and who sells only what others make.

    Args:
        profiles: all customers that are to be compared.

    Returns:
        one item a customer with something to look into, those beside listed ones first; each with
        ``traits``, ``with`` (customers), ``beside_listed`` and sentences.
    """
    told: list[dict[str, Any]] = []
    pairs = _pairs(profiles)
    listed = {one.customer for one in profiles if one.listed}
    beside: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for (one, other), shared in pairs.items():
        # Beside a listed party one shared trait is enough to look; else it takes several.
        if len(shared) >= LEAST_TRAITS or {one, other} & listed:
            beside[one][other] = shared
            beside[other][one] = shared
    for profile in profiles:
        others = beside.get(profile.customer, {})
        resells = _only_others(profile)
        if not others and not resells:
            continue
        traits = sorted({trait for shared in others.values() for trait in shared})
        near = sorted(set(others) & listed)
        says = []
        if others:
            says.append(f"Shares {', '.join(traits)} with {len(others)} other customer(s).")
        if near:
            says.append(f"{len(near)} of them listed, reached or held.")
        if resells:
            says.append(
                f"Its catalogue has models of {len(profile.makes)} makers and none of its own; "
                "honest resellers do too."
            )
        told.append(
            {
                "customer": profile.customer, "traits": traits, "with": sorted(others),
                "beside_listed": near, "only_others_models": resells, "says": says,
                "layer": "risk_note", "note": "Diligence, not a verdict.",
            }
        )  # fmt: skip
    return sorted(told, key=lambda one: (-len(one["beside_listed"]), one["customer"]))


def _pairs(profiles: Iterable[Profile]) -> dict[tuple[str, str], set[str]]:
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    most = dict(TRAITS)
    for profile in profiles:
        for trait, values in profile.traits.items():
            for value in values:
                holders[trait, value].append(profile.customer)
    pairs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (trait, _), those in holders.items():
        group = sorted(set(those))
        if len(group) <= most[trait]:
            for at, one in enumerate(group):
                for other in group[at + 1 :]:
                    pairs[one, other].add(trait)
    return pairs


def _only_others(profile: Profile) -> bool:
    return len(profile.makes) >= LEAST_MAKERS and profile.name not in profile.makes


def _plain(value: str) -> str:
    return " ".join(value.casefold().split())
