"""The folder of the room: who we are, our keys, our partners, what we told and what we took."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from stillwatch.adapters.chained import Chained
from stillwatch.adapters.settled import put_in_place
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.model.party import Party, party_from
from stillwatch.share.roles import ROLES, checked_roles
from stillwatch.share.sealing import public_key

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
ME, KEY, SECRET, PARTNERS = "me.json", "signing.pem", "pseudonyms.key", "partners.toml"
_SAMPLE: Final = """\
# Partners, edited by hand: a table for each. What is left out has its default.
#
# [[partner]]
# name = "alpha"                     # what markings name
# role = ["model-provider"]          # {roles}
# channel = "partner"                # or "government", or "public"
# jurisdiction = "US"                # ISO 3166-1 alpha-2: where it keeps what it gets
# communities = ["labs"]
# client_of = []
# purposes = ["defence"]             # what it agreed to
# public_key = "alpha.pem"           # file beside this one, as `share begin` printed it
"""


class Home:
    """The folder, read when asked.

    Args:
        folder: of the room.

    Raises:
        OutsideFailed: it is not there, or cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / ME).is_file():
            raise OutsideFailed(
                f"the folder {folder} was not begun.",
                remedy="Make it with `stillwatch share begin NAME`.",
            )
        told = _json(folder / ME)
        self.roles: list[str] = list(told.pop("roles", []))
        self.me: Party = party_from(told)
        self.log = Chained(folder / "disclosures.jsonl")

    @property
    def secret(self) -> bytes:
        """Under which pseudonyms are drawn."""
        return bytes.fromhex(_own(self.folder / SECRET).decode().strip())

    @property
    def key(self) -> Ed25519PrivateKey:
        """With which we seal."""
        key = load_pem_private_key(_own(self.folder / KEY), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise BadInput("is no key of Ed25519.", where=str(self.folder / KEY))
        return key

    def partners(self) -> dict[str, Party]:
        """The partners, by name.

        Raises:
            BadInput: the file is none, or a partner is there twice.
        """
        return {party.name: party for party, _ in self._partners()}

    def roles_of_partners(self) -> dict[str, list[str]]:
        """What each partner is."""
        return {party.name: roles for party, roles in self._partners()}

    def partner(self, name: str) -> Party:
        """One partner.

        Raises:
            BadInput: there is none of that name.
        """
        found = self.partners()
        if name not in found:
            raise BadInput(
                f"there is no partner {name[:63]!r}.", where=str(self.folder / PARTNERS),
                remedy=f"Known: {', '.join(sorted(found)) or 'none'}.",
            )  # fmt: skip
        return found[name]

    def keys(self) -> dict[str, str]:
        """Public keys by name, our own too."""
        return {name: p.public_key for name, p in self.partners().items()} | {
            self.me.name: self.me.public_key
        }

    @contextmanager
    def held(self) -> Iterator[None]:
        """Alone with the folder: what others begin meanwhile waits."""
        number = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield
        finally:
            os.close(number)

    def put(self, name: str, value: Mapping[str, Any] | bytes) -> Path:
        """Put a file in the folder, whole or not at all.

        Raises:
            OutsideFailed: the disk refuses.
        """
        path = self.folder / name
        data = value if isinstance(value, bytes) else orjson.dumps(
            value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        )  # fmt: skip
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            put_in_place(path, data, path.with_name(f".{path.name}.{secrets.token_hex(4)}"))
        except OSError as error:
            raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
        return path

    def _partners(self) -> list[tuple[Party, list[str]]]:
        path = self.folder / PARTNERS
        told = read_toml(path)
        if extra := sorted(set(told) - {"partner"}):
            raise BadInput(f"has the unknown key {extra[0]!r}.", where=str(path))
        found: list[tuple[Party, list[str]]] = []
        for one in told.get("partner", []):
            table = dict(one)
            roles = checked_roles(table.pop("role", []), where=str(path))
            if pem := table.get("public_key"):
                table["public_key"] = self._pem(str(pem))
            party = party_from(table)
            if not NAME.fullmatch(party.name) or party.name == self.me.name:
                raise BadInput(f"{party.name[:63]!r} is no name of a partner.", where=str(path))
            if any(party.name == other.name for other, _ in found):
                raise BadInput(f"{party.name} is there twice.", where=str(path))
            found.append((party, roles))
        return found

    def _pem(self, told: str) -> str:
        text = told if "BEGIN" in told else _text(self.folder / Path(told).name)
        public_key(text)
        return text


def begin(folder: Path, name: str, *, jurisdiction: str, roles: list[str]) -> Home:
    """Make the folder: keys, our own name, an empty list of partners.

    Raises:
        BadInput: it is there already, or the name is none.
        OutsideFailed: the disk refuses.
    """
    if not NAME.fullmatch(name):
        raise BadInput("a name is 1 to 63 of A-Z a-z 0-9 . _ -", where=name[:63])
    if not re.fullmatch(r"[A-Z]{2}", jurisdiction):
        raise BadInput("a jurisdiction is two capitals, as ISO 3166-1.", where=jurisdiction[:10])
    if (folder / ME).exists():
        raise BadInput("the folder was begun already.", where=str(folder))
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    me = Party(name=name, jurisdiction=jurisdiction, public_key=pem)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        put_in_place(folder / KEY, private)
        put_in_place(folder / SECRET, secrets.token_hex(32).encode())
        put_in_place(folder / PARTNERS, _SAMPLE.format(roles=", ".join(ROLES)).encode())
        told = {**me.to_json(), "roles": checked_roles(roles, where="--role")}
        put_in_place(folder / ME, orjson.dumps(told, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise OutsideFailed(f"{folder} cannot be made: {error.strerror}.") from None
    return Home(folder)


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is no TOML.
    """
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"is no TOML: {error}.", where=str(path)) from None


def moment_in(value: object, where: str) -> int:
    """Microseconds of a day or a time of a TOML file; a time needs its zone.

    Raises:
        BadInput: it is none.
    """
    if isinstance(value, datetime) and value.tzinfo is not None:
        return round(value.timestamp() * 1e6)
    if isinstance(value, date) and not isinstance(value, datetime):
        return round(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1e6)
    raise BadInput("is no day and no time with a zone.", where=where,
                   remedy="Write 2027-01-31 or 2027-01-31T00:00:00Z.")  # fmt: skip


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadInput("is no UTF-8.", where=str(path)) from None


def _own(path: Path) -> bytes:
    """A file that its owner alone may read."""
    try:
        if path.stat().st_mode & 0o077:
            raise BadInput("others may read it.", where=str(path), remedy="chmod 600 it.")
        return path.read_bytes()
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        told = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BadInput(f"cannot be read: {error}.", where=str(path)) from None
    if not isinstance(told, dict):
        raise BadInput("is no table.", where=str(path))
    return told
