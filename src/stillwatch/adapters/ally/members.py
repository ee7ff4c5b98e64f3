"""The file that says who this node is, who the other members are, and on which terms."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import UTC, date, datetime
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from stillwatch.adapters.signing import SigningKey, load_key, public_of
from stillwatch.ally.access import Tier
from stillwatch.ally.packs import Pack, pack_from
from stillwatch.ally.quorum import Terms
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.model.marking import Channel, LegalBasis, Marking, Purpose, Tlp
from stillwatch.model.party import Party
from stillwatch.playbooks.allied import Place

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Day = date | datetime
T = TypeVar("T", bound=BaseModel)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Basis(_Table):
    """A legal basis with its days."""

    name: str
    kind: str
    since: Day = Field(validation_alias=AliasChoices("from", "since"))
    until: Day

    def made(self) -> LegalBasis:
        """As the rules read it."""
        return LegalBasis(
            name=self.name, kind=self.kind, from_us=_us(self.since), until_us=_us(self.until)
        )


class TierTable(_Table):
    """An access tier."""

    name: Name
    gives: frozenset[str]
    communities: frozenset[str] = frozenset()
    jurisdictions: frozenset[Code] = frozenset()
    partners: frozenset[Name] = frozenset()
    purposes: frozenset[Purpose] = frozenset({Purpose.DEFENCE})
    basis: Basis


class Member(_Table):
    """A node."""

    name: Name
    jurisdiction: Code
    public_key: str = ""
    url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    authority: Path | None = None
    communities: frozenset[str] = frozenset()
    client_of: frozenset[str] = frozenset()
    purposes: frozenset[Purpose] = frozenset({Purpose.DEFENCE})
    channel: Channel = Channel.PARTNER
    safeguards: frozenset[Code] = frozenset()

    def place(self) -> Place:
        """As releases see it."""
        party = Party(
            name=self.name, channel=self.channel, jurisdiction=self.jurisdiction,
            communities=self.communities, client_of=self.client_of, purposes=self.purposes,
            public_key=self.public_key,
        )  # fmt: skip
        return Place(party=party, safeguards=self.safeguards)


class Members(_Table):
    """The whole file."""

    me: Member
    key: Path
    folder: Path
    purpose: Purpose = Purpose.DEFENCE
    needed: int = Field(default=0, ge=0)
    n_lying: int = Field(default=1, ge=0)
    others: tuple[Member, ...] = Field(default=(), alias="member")
    tiers: tuple[TierTable, ...] = Field(default=(), alias="tier")

    @cached_property
    def places(self) -> dict[str, Place]:
        """Every node, this one too, by name."""
        return {one.name: one.place() for one in (self.me, *self.others)}

    @property
    def terms(self) -> Terms:
        """Of a quorum."""
        return Terms(needed=self.needed, n_lying=self.n_lying)

    def other(self, name: str) -> Member:
        """Another member.

        Raises:
            BadInput: nobody of that name is one.
        """
        for one in self.others:
            if one.name == name:
                return one
        raise BadInput(f"{name[:64]!r} is no member.")

    def signing_key(self) -> SigningKey:
        """Our key."""
        return load_key(self.key, self.me.name)

    def public_key(self, name: str) -> str:
        """The pinned key of a node.

        Raises:
            BadInput: nobody of that name is a member.
        """
        return self.signing_key().public_pem if name == self.me.name else (
            self.other(name).public_key
        )  # fmt: skip

    def access_tiers(self) -> list[Tier]:
        """Access tiers, as the rules read them."""
        return [
            Tier(
                name=one.name, gives=one.gives, communities=one.communities,
                jurisdictions=one.jurisdictions, partners=one.partners, purposes=one.purposes,
                basis=one.basis.made(),
            )
            for one in self.tiers
        ]  # fmt: skip

    @cached_property
    def fingerprint(self) -> str:
        """Changes when members or what they may have change; others then look again."""
        told = [one.model_dump_json() for one in (self.me, *self.others)]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _label(told: object) -> object:
    """A label with or without its ``TLP:``."""
    return f"TLP:{told.upper().removeprefix('TLP:')}" if isinstance(told, str) else told


class MarkingTable(_Table):
    """A marking, as a person writes it; the file of ``stillwatch share`` reads the same."""

    tlp: Annotated[Tlp, BeforeValidator(_label)]
    until: Day
    purposes: frozenset[Purpose] = frozenset({Purpose.DEFENCE})
    partners: frozenset[Name] = frozenset()
    communities: frozenset[str] = frozenset()
    jurisdictions: frozenset[Code] = frozenset()
    government: bool = False
    personal: bool = True
    basis: Basis


def load_members(path: Path) -> Members:
    """Read the file; paths in it count from its folder.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no TOML, or a key is unknown or missing, or two nodes have one name.
    """
    told = _toml(path)
    base = path.resolve().parent
    members = _valid(Members, told, path)
    names = [one.name for one in (members.me, *members.others)]
    if len(set(names)) < len(names):
        raise BadInput("two nodes have one name.", where=str(path))
    for one in members.others:
        public_of(one.public_key, one.name)
    members.access_tiers()
    others = tuple(
        one.model_copy(update={"authority": base / one.authority}) if one.authority else one
        for one in members.others
    )
    return members.model_copy(
        update={"key": base / members.key, "folder": base / members.folder, "others": others}
    )


def load_marking(path: Path, owner: str) -> tuple[Marking, bool]:
    """A marking, and whether what it marks holds data about persons.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: it is no marking.
    """
    told = _valid(MarkingTable, _toml(path), path)
    made = Marking(
        tlp=told.tlp, owner=owner, until_us=_us(told.until), basis=told.basis.made(),
        purposes=told.purposes, partners=told.partners, communities=told.communities,
        jurisdictions=told.jurisdictions, government=told.government,
    )  # fmt: skip
    return made, told.personal


def load_packs(folder: Path | None = None) -> dict[str, Pack]:
    """Rule packs by jurisdiction: those that are shipped, or those of a folder.

    Raises:
        OutsideFailed: a file cannot be read.
        BadInput: one is no pack, or two are of one jurisdiction.
    """
    found: dict[str, Pack] = {}
    shipped = resources.files("stillwatch.ally") / "rules"
    places = sorted(folder.glob("*.toml")) if folder else sorted(
        (one for one in shipped.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name
    )  # fmt: skip
    for place in places:
        try:
            told = tomllib.loads(place.read_text(encoding="utf-8"))
        except OSError as error:
            raise OutsideFailed(f"{place} cannot be read: {error.strerror}.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"is no TOML: {error}", where=place.name) from None
        pack = pack_from(told)
        if pack.jurisdiction in found:
            raise BadInput("two packs are of one jurisdiction.", where=place.name)
        found[pack.jurisdiction] = pack
    if not found:
        raise BadInput("holds no rule pack.", where=str(folder))
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is no TOML: {error}", where=str(path)) from None


def _valid(model: type[T], told: dict[str, Any], path: Path) -> T:
    try:
        return model.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{first['msg']}.", where=f"{path}, {place}") from None


def _us(day: Day) -> int:
    moment = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1e6)
