"""Asked: somebody who is screened, with what is known beside the name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.screen.listing import Identifier, Kind

#: columns of a customers file; only ``name`` must be there.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("customer", "your own id; the row's number where there is none"),
    ("name", "the name, in whatever script"),
    ("other_names", "further names, separated by `;` or a list"),
    ("kind", "person, organisation, vessel, aircraft or unknown"),
    ("registration", "registration, tax or identity numbers, separated by `;` or a list"),
    ("address", "addresses, separated by `;` or a list"),
    ("born_or_founded", "date of birth or incorporation, ISO 8601"),
    ("country", "countries, separated by `;` or a list"),
    ("owners", "names of owners, separated by `;` or a list"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody who is screened.

    Args:
        customer: the asker's own id.
        names: as they are known; at least one.
        kind: what it is.
        identifiers: numbers that authorities gave.
        addresses: one text each.
        dates: of birth or incorporation, ISO 8601, may be cut.
        countries: names or codes.
        owners: names.
    """

    customer: str
    names: tuple[str, ...]
    kind: Kind = Kind.UNKNOWN
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a question without a name."""
        if not any(name.strip() for name in self.names):
            raise BadInput("has no name.", where=f"customer {self.customer}")

    @property
    def digest(self) -> str:
        """Names all that is known of the customer; made anew each time."""
        return digest_of("asked", self.to_json())

    def to_json(self) -> dict[str, Any]:
        """Plain values, in the columns of a customers file; what is empty is left out."""
        told: dict[str, Any] = {
            "customer": self.customer,
            "name": self.names[0],
            "other_names": list(self.names[1:]),
            "kind": self.kind.value,
            "registration": [one.value for one in self.identifiers],
            "address": list(self.addresses),
            "born_or_founded": list(self.dates),
            "country": list(self.countries),
            "owners": list(self.owners),
        }
        return {key: value for key, value in told.items() if value}


def asked_from(row: Mapping[str, Any], number: int) -> Asked:
    """A row of a customers file.

    Args:
        row: by the names of :data:`COLUMNS`; other columns are not read.
        number: of the row, from 1.

    Raises:
        BadInput: it has no name, or its kind is unknown.
    """
    customer = str(row.get("customer") or number)
    kind = str(row.get("kind") or "unknown").strip().lower()
    if kind not in set(Kind):
        raise BadInput(
            f"the kind {kind!r} is unknown.", where=f"customer {customer}",
            remedy=f"Use {', '.join(Kind)}.",
        )  # fmt: skip
    return Asked(
        customer=customer,
        names=(
            *many(row.get("name"))[:1],
            *many(row.get("name"))[1:],
            *many(row.get("other_names")),
        )
        or ("",),
        kind=Kind(kind),
        identifiers=tuple(Identifier(kind="", value=one) for one in many(row.get("registration"))),
        addresses=many(row.get("address")),
        dates=many(row.get("born_or_founded")),
        countries=many(row.get("country")),
        owners=many(row.get("owners")),
    )


def many(value: Any) -> tuple[str, ...]:
    """One or several values of a cell: a list, or text with ``;`` between."""
    if value is None:
        return ()
    parts = value if isinstance(value, list | tuple) else str(value).split(";")
    return tuple(dict.fromkeys(text for part in parts if (text := str(part).strip())))
