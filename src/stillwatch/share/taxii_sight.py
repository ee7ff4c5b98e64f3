"""Sight: who may see an object of a collection.

Two rules stand one behind the other. A grant says how far down the Traffic Light Protocol a client
may see in a collection; a predicate says what it may see as the party that it is. Either may
withhold. What is withheld is not there: in pages, manifests, versions and counts alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from stillwatch.model.marking import Channel, Tlp
from stillwatch.model.party import Party

Defined = Callable[[str], Mapping[str, Any] | None]
"""The marking-definition of an id, where it is held and says one thing."""

ORDER: Final = (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED)
"""From the widest to the narrowest."""
TLP_IDS: Final[Mapping[str, Tlp]] = {
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": Tlp.CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": Tlp.GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": Tlp.AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": Tlp.AMBER_STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": Tlp.RED,
    # The four of TLP 1.0, which older tools still send; its amber named the organisation alone.
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER_STRICT,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
}
"""Fixed ids of the marking definitions of TLP 2.0 and 1.0 (OASIS STIX 2.1, section 7.2.1.4)."""


class Sight(Protocol):
    """Who may see what; somebody else's rules take the place of ours here."""

    def may_see(self, party: Party, thing: Mapping[str, Any], defined: Defined) -> bool:
        """Whether a party may see an object.

        Args:
            party: who asks.
            thing: of the object its ``type``, ``object_marking_refs``, ``granular_markings``
                (their refs) and ``created_by_ref``; the answer may depend on nothing else of it.
            defined: gives the marking definitions that the same collection holds.
        """
        ...


@dataclass(frozen=True, slots=True)
class ByMarking:
    """The predicate that holds where nobody sets another.

    The public sees what is marked TLP:CLEAR and nothing else, authorities likewise: whatever else
    goes to them goes by a channel of its own. Clients of a partner do not see TLP:AMBER+STRICT.
    A marking that we cannot read withholds.
    """

    def may_see(self, party: Party, thing: Mapping[str, Any], defined: Defined) -> bool:
        """Whether a party may see an object."""
        level = level_of(thing, defined)
        if level is None:
            return False
        if party.channel is not Channel.PARTNER:
            return level is Tlp.CLEAR
        return not (level is Tlp.AMBER_STRICT and bool(party.client_of))


def seen_by(party: Party, up_to: Tlp, sight: Sight) -> Callable[[Mapping[str, Any], Defined], bool]:
    """Both rules, as one question about an object.

    Args:
        party: who asks.
        up_to: the narrowest label that its grant lets it see.
        sight: what else is asked.
    """

    def sees(thing: Mapping[str, Any], defined: Defined) -> bool:
        level = level_of(thing, defined)
        within = level is not None and reaches(level, up_to)
        return within and sight.may_see(party, thing, defined)

    return sees


def refs_of(thing: Mapping[str, Any]) -> set[str]:
    """Ids of the markings on an object that have to be looked up."""
    refs = {*thing.get("object_marking_refs", ())}
    refs |= {one["marking_ref"] for one in thing.get("granular_markings", ())}
    return refs - TLP_IDS.keys()


def level_of(thing: Mapping[str, Any], defined: Defined, unmarked: Tlp = Tlp.AMBER) -> Tlp | None:
    """The narrowest label on an object; ``None`` where a marking cannot be read.

    Args:
        thing: object, or the parts of it that decide.
        defined: where marking definitions are looked up.
        unmarked: what an object counts as that bears no label.
    """
    refs = [*thing.get("object_marking_refs", ())]
    refs += [one["marking_ref"] for one in thing.get("granular_markings", ())]
    found: list[Tlp] = []
    for ref in refs:
        label: Tlp | bool | None = TLP_IDS.get(ref) or _defined_label(defined(ref))
        if label is None:
            return None
        if isinstance(label, Tlp):
            found.append(label)
    return max(found, key=ORDER.index) if found else unmarked


def reaches(level: Tlp, up_to: Tlp) -> bool:
    """Whether who may see up to one label may see another.

    >>> reaches(Tlp.GREEN, Tlp.AMBER), reaches(Tlp.RED, Tlp.AMBER)
    (True, False)
    """
    return ORDER.index(level) <= ORDER.index(up_to)


def _defined_label(definition: Mapping[str, Any] | None) -> Tlp | bool | None:
    """What a definition says: a label, ``True`` where it limits nobody, ``None`` where unclear.

    Of several labels the narrowest counts, and a statement beside a label lifts nothing.
    """
    if definition is None:
        return None
    extensions = definition.get("extensions")
    told = [definition.get("definition"), definition]
    parts = list(extensions.values()) if isinstance(extensions, Mapping) else []
    told += parts
    # A bulletin's own marking stands under its name inside the extension.
    told += [part.get("marking") for part in parts if isinstance(part, Mapping)]
    found: list[Tlp] = []
    for one in told:
        for field in ("tlp", "tlp_2_0"):
            if not isinstance(one, Mapping) or one.get(field) is None:
                continue
            label = _label(one[field])
            if label is None:
                return None
            found.append(label)
    if found:
        return max(found, key=ORDER.index)
    return True if definition.get("definition_type") == "statement" else None


def _label(text: Any) -> Tlp | None:
    if not isinstance(text, str):
        return None
    name = text.upper().removeprefix("TLP:")
    try:
        return Tlp(f"TLP:{'CLEAR' if name == 'WHITE' else name}")
    except ValueError:
        return None
