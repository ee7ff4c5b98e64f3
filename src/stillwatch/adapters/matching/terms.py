"""The file that says who we are, which sets we hold, and which partners may ask what."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stillwatch.adapters.signing import SigningKey, load_key, public_of
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.model.marking import Purpose
from stillwatch.share.matching import DAY_US, Agreement, Mode
from stillwatch.share.matching_names import Kind

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
_MOST_LINES: Final = 20_000_000


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class HeldSet(_Table):
    """A file of ours, one item a line, that may be matched against."""

    name: Name = "all"
    kind: Kind
    file: Path
    purposes: frozenset[Purpose] = frozenset({Purpose.DEFENCE})
    least: int = Field(default=20, ge=10)


class May(_Table):
    """What a partner may ask us."""

    kinds: frozenset[Kind]
    purposes: frozenset[Purpose] = frozenset({Purpose.DEFENCE})
    modes: frozenset[Mode] = frozenset({Mode.SIZE})
    sets: frozenset[Name] = frozenset({"all"})
    items_a_day: int = Field(default=50_000, ge=1)
    sessions_a_day: int = Field(default=8, ge=1)
    least_items: int = Field(default=100, ge=10)
    least_difference: int = Field(default=100, ge=1)
    remembered_days: int = Field(default=7, ge=1, le=366)
    from_us: int = 0
    until_us: int


class Partner(_Table):
    """Another provider."""

    name: Name
    public_key: str
    url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    authority: Path | None = None
    may: May | None = None

    def agreement(self) -> Agreement | None:
        """What it may ask us, as the rules read it."""
        if self.may is None:
            return None
        told = self.may
        return Agreement(
            partner=self.name, kinds=told.kinds, purposes=told.purposes, modes=told.modes,
            items_a_day=told.items_a_day, sessions_a_day=told.sessions_a_day,
            least_items=told.least_items, least_difference=told.least_difference,
            remembered_us=told.remembered_days * DAY_US, from_us=told.from_us,
            until_us=told.until_us,
        )  # fmt: skip


class Terms(_Table):
    """The whole file."""

    name: Name
    key: Path
    folder: Path
    kept_s: float = Field(default=86_400.0, gt=0, le=604_800)
    sets: tuple[HeldSet, ...] = Field(default=(), alias="set")
    partners: tuple[Partner, ...] = Field(default=(), alias="partner")

    def partner(self, name: str) -> Partner:
        """A partner by name.

        Raises:
            BadInput: nobody of that name is listed.
        """
        for one in self.partners:
            if one.name == name:
                return one
        raise BadInput(f"no partner {name[:64]!r} is listed.")

    def signing_key(self) -> SigningKey:
        """Our key."""
        return load_key(self.key, self.name)


def load_terms(path: Path) -> Terms:
    """Read the file; paths in it count from its folder.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no TOML, a key is unknown or missing, or two things have one name.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is no TOML: {error}", where=str(path)) from None
    try:
        terms = Terms.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{first['msg']}.", where=f"{path}, {place}") from None
    base = path.resolve().parent
    for one in terms.partners:
        public_of(one.public_key, one.name)
        one.agreement()
    names = [one.name for one in terms.partners]
    held = [(one.name, one.kind) for one in terms.sets]
    if len(set(names)) < len(names) or len(set(held)) < len(held):
        raise BadInput("two partners, or two sets of one kind, have one name.", where=str(path))
    return terms.model_copy(
        update={
            "key": base / terms.key,
            "folder": base / terms.folder,
            "partners": tuple(
                one.model_copy(update={"authority": base / one.authority}) if one.authority else one
                for one in terms.partners
            ),
            "sets": tuple(one.model_copy(update={"file": base / one.file}) for one in terms.sets),
        }
    )


def read_items(path: Path) -> list[str]:
    """Items of a file, one a line; empty lines and lines that begin with ``#`` are none.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no UTF-8, or too long.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadInput("is no UTF-8.", where=str(path)) from None
    lines = [line for line in re.split(r"\r?\n", text) if line.strip() and line[0] != "#"]
    if len(lines) > _MOST_LINES:
        raise BadInput(f"has more than {_MOST_LINES} lines.", where=str(path))
    return lines
