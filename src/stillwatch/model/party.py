"""Party: an organisation that we tell things to or hear things from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Channel, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A partner, an authority or the public.

    Args:
        name: short and unique; what markings name.
        channel: how it is reached.
        jurisdiction: ISO 3166-1 alpha-2 code where it keeps what it gets.
        communities: names of communities that it is a member of.
        client_of: names of organisations whose client it is (TLP:AMBER reaches clients).
        purposes: what it has agreed to use things for.
        public_key: PEM of its Ed25519 key; empty where none is known.
    """

    name: str
    channel: Channel = Channel.PARTNER
    jurisdiction: str = ""
    communities: frozenset[str] = frozenset()
    client_of: frozenset[str] = frozenset()
    purposes: frozenset[Purpose] = frozenset({Purpose.DEFENCE})
    public_key: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "channel": self.channel.value,
            "jurisdiction": self.jurisdiction,
            "communities": sorted(self.communities),
            "client_of": sorted(self.client_of),
            "purposes": sorted(self.purposes),
            "public_key": self.public_key,
        }


def party_from(value: Mapping[str, Any]) -> Party:
    """The party that :meth:`Party.to_json` told; fields that are absent have their defaults.

    Raises:
        BadInput: a field is unknown or of the wrong kind, or the name is missing.
    """
    try:
        told = dict(value)
        told["channel"] = Channel(told.get("channel", Channel.PARTNER))
        told["purposes"] = frozenset(Purpose(p) for p in told.get("purposes", ["defence"]))
        for name in ("communities", "client_of"):
            told[name] = frozenset(str(x) for x in told.get(name, ()))
        return Party(**told)
    except (TypeError, ValueError) as error:
        raise BadInput(f"is no party: {error}.", where=str(value.get("name", "?"))) from error
