"""Listing: an entry on a list, whatever list it is on and however that spells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput


class Kind(StrEnum):
    """What sort of thing a name is the name of."""

    PERSON = "person"
    ORGANISATION = "organisation"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A number that an authority gave.

    Args:
        kind: ``registration``, ``tax``, ``lei``, ``passport``, ``imo`` or the list's word.
        value: as the list has it.
        country: ISO 3166-1 alpha-2 code or the list's word; empty where it says none.
    """

    kind: str
    value: str
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One entry of one list.

    Args:
        id: the list's own number or, where it has none, a digest of the entry.
        list_name: short name of the list, as in ``regimes.toml``: ``ofac-sdn``.
        kind: what it is.
        names: strong names, the main one first; at least one.
        weak_names: names that the list itself calls weak or low quality.
        identifiers: numbers that authorities gave.
        addresses: one text each.
        countries: as the list has them; nationality, registration or flag.
        dates: of birth or incorporation, ISO 8601, cut where the list knows no more.
        owners: names of those who own or control it, where the list says so.
        programmes: under which programmes it is listed.
        listed_on: ISO date, or empty.
        until: ISO date on which the entry ends, or empty.
        source: where it is published.
        remarks: what else the list says, as it is.
    """

    id: str
    list_name: str
    kind: Kind
    names: tuple[str, ...]
    weak_names: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    listed_on: str = ""
    until: str = ""
    source: str = ""
    remarks: str = ""
    digest: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Refuse an entry without a name; make its digest."""
        if not self.names or not self.names[0].strip():
            raise BadInput("an entry has no name.", where=f"{self.list_name} {self.id}")
        object.__setattr__(self, "digest", digest_of("listing", self.to_json()))

    @property
    def ref(self) -> str:
        """List and number, unique over all lists."""
        return f"{self.list_name}:{self.id}"

    def stands_on(self, day: str) -> bool:
        """Whether the entry is on its list on an ISO day, by its own dates.

        A list that was read later than that day may have lost entries since: take the snapshot of
        the day for the truth.
        """
        return not ((self.listed_on and day < self.listed_on) or (self.until and day >= self.until))

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is empty is left out."""
        told: dict[str, Any] = {
            "id": self.id,
            "list_name": self.list_name,
            "kind": self.kind.value,
            "names": list(self.names),
            "identifiers": [
                {"kind": one.kind, "value": one.value, "country": one.country}
                for one in self.identifiers
            ],
        }
        for name in ("weak_names", "addresses", "countries", "dates", "owners", "programmes"):
            told[name] = list(getattr(self, name))
        for name in ("listed_on", "until", "source", "remarks"):
            told[name] = getattr(self, name)
        return {key: value for key, value in told.items() if value}


def listing_from(value: Mapping[str, Any]) -> Listing:
    """The entry that :meth:`Listing.to_json` told.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind.
    """
    try:
        told = dict(value)
        told["kind"] = Kind(told["kind"])
        told["identifiers"] = tuple(Identifier(**one) for one in told.get("identifiers", ()))
        for name in (
            "names", "weak_names", "addresses", "countries", "dates", "owners", "programmes",
        ):  # fmt: skip
            told[name] = tuple(str(one) for one in told.get(name, ()))
        return Listing(**told)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no listing: {error}.", where=str(value.get("id", "?"))) from error
