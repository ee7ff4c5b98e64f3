"""Bundle: what stands in the one file that a sceptic is handed, and how it is put there.

``bundle.json``   what the file holds, with a digest of each part, signed by the key in force
``head.note``     the head of the log that the bundle rests on, with cosignatures
``entries.jsonl`` the entries of the case, in order
``proofs.jsonl``  for each entry the proof that it stands in that list (RFC 9162)
``heads.jsonl``   earlier heads, each with the proof that it began that list, and time stamps
``openings.jsonl``  for each exhibit its name, kind and salt
``exhibits/N``    the content of the exhibit that entry N seals

Every part is a pure function of the log and the vault: the same state gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.attribute.custody.container import packed, unpacked
from stillwatch.attribute.custody.entries import Entry, entry_from
from stillwatch.attribute.custody.notes import Note, PublicKey, note_from
from stillwatch.attribute.custody.spelling import (
    b64,
    count_of,
    read_spelled,
    spelled,
    text_of,
    unb64,
)
from stillwatch.model.errors import BadInput

SCHEMA: Final = "stillwatch.bundle/1"
MANIFEST: Final = "bundle.json"
HEAD: Final = "head.note"
ENTRIES: Final = "entries.jsonl"
PROOFS: Final = "proofs.jsonl"
HEADS: Final = "heads.jsonl"
OPENINGS: Final = "openings.jsonl"
_PARTS: Final = (MANIFEST, HEAD, ENTRIES, PROOFS, HEADS, OPENINGS)
_FOLDER: Final = "exhibits/"
_SIGNED: Final = b"stillwatch.bundle manifest\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens the commitment of an exhibit.

    Args:
        n: number of the exhibit's entry.
        name: what it is called.
        media_type: what kind of bytes it is.
        salt: 32 bytes.
        content: the bytes, personal data and secrets taken out.
    """

    n: int
    name: str
    media_type: str
    salt: bytes
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A head that the log had before.

    Args:
        note: the checkpoint, with cosignatures.
        proof: that it began the list of the bundle's head.
        stamps: RFC 3161 responses over the text of its note, DER.
    """

    note: Note
    proof: tuple[bytes, ...]
    stamps: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle holds.

    Args:
        origin: name of the log.
        case: ref of the case.
        head: the checkpoint that it rests on.
        entries: of the case, ascending; the last is the inventory.
        proofs: an inclusion proof for each, in the same order.
        heads: that the log had before, ascending, and the one that it rests on.
        openings: of the exhibits whose content is here, ascending.
    """

    origin: str
    case: str
    head: Note
    entries: tuple[Entry, ...]
    proofs: tuple[tuple[bytes, ...], ...]
    heads: tuple[Earlier, ...]
    openings: tuple[Opening, ...]

    def parts(self) -> dict[str, bytes]:
        """The files but the manifest, in order."""
        proofs = (
            {"n": entry.n, "path": [b64(step) for step in path]}
            for entry, path in zip(self.entries, self.proofs, strict=True)
        )
        heads = (
            {
                "note": head.note.to_bytes().decode(),
                "path": [b64(step) for step in head.proof],
                "stamps": [b64(stamp) for stamp in head.stamps],
            }
            for head in self.heads
        )
        openings = (
            {"media_type": one.media_type, "n": one.n, "name": one.name, "salt": b64(one.salt)}
            for one in self.openings
        )
        return {
            HEAD: self.head.to_bytes(),
            ENTRIES: b"".join(entry.line + b"\n" for entry in self.entries),
            PROOFS: _lines(proofs),
            HEADS: _lines(heads),
            OPENINGS: _lines(openings),
            **{f"{_FOLDER}{one.n}": one.content for one in self.openings},
        }

    def written(self, key: Ed25519PrivateKey) -> Iterable[bytes]:
        """The one file, in pieces.

        Args:
            key: the key in force at its head.
        """
        parts = self.parts()
        digests = {name: sha256(content).hexdigest() for name, content in parts.items()}
        content = spelled(
            {"case": self.case, "files": digests, "origin": self.origin, "schema": SCHEMA}
        )
        signature = b64(key.sign(_SIGNED + content))
        manifest = b'{"bundle":' + content + b',"sig":"' + signature.encode() + b'"}\n'
        return packed({MANIFEST: manifest, **parts})


@dataclass(frozen=True, slots=True)
class Manifest:
    """The signed list of what a bundle holds."""

    origin: str
    case: str
    files: Mapping[str, str]
    signature: bytes
    content: bytes = field(repr=False)

    def holds(self, key: PublicKey) -> bool:
        """Whether a key signed it."""
        return key.signed(self.signature, _SIGNED + self.content)


def files_of(data: bytes) -> dict[str, bytes]:
    """The files of a bundle, none too many, in the right order.

    Raises:
        BadInput: it is no bundle.
    """
    files = unpacked(data)
    names = list(files)
    if names[: len(_PARTS)] != list(_PARTS):
        raise BadInput(
            f"does not begin with {', '.join(_PARTS)}.",
            where="bundle", remedy="It is no bundle, or a part was taken out or moved.",
        )  # fmt: skip
    for name in names[len(_PARTS) :]:
        if not name.startswith(_FOLDER) or not name[len(_FOLDER) :].isdigit():
            raise BadInput(f"holds {name}, which no bundle holds.", where="bundle")
    return files


def manifest_from(data: bytes) -> Manifest:
    """Read the manifest.

    Raises:
        BadInput: it is none, or is spelled in another way.
    """
    head, between, tail = b'{"bundle":', b',"sig":"', b'"}\n'
    content, gap, rest = data.removeprefix(head).rpartition(between)
    if not data.startswith(head) or not gap or not rest.endswith(tail):
        raise BadInput("is no manifest.", where=MANIFEST)
    told = read_spelled(content, where=MANIFEST)
    files = told.get("files")
    if told.get("schema") != SCHEMA or set(told) != {"case", "files", "origin", "schema"}:
        raise BadInput(f"is not {SCHEMA}.", where=MANIFEST)
    if not isinstance(files, dict) or not all(isinstance(x, str) for x in files.values()):
        raise BadInput("has no list of files.", where=MANIFEST)
    return Manifest(
        origin=text_of(told, "origin", where=MANIFEST),
        case=text_of(told, "case", where=MANIFEST),
        files=files,
        signature=unb64(rest.removesuffix(tail), where=MANIFEST),
        content=content,
    )


def entries_from(data: bytes) -> list[Entry]:
    """Read the entries, in the order in which they stand.

    Raises:
        BadInput: a line is none; ``where`` names it.
    """
    return [entry_from(line, where=f"{ENTRIES}, line {i}") for i, line in _numbered(data, ENTRIES)]


def proofs_from(data: bytes) -> list[tuple[int, tuple[bytes, ...]]]:
    """Read the proofs: number of the entry, and the path.

    Raises:
        BadInput: a line is none; ``where`` names it.
    """
    found = []
    for i, line in _numbered(data, PROOFS):
        where = f"{PROOFS}, line {i}"
        told = read_spelled(line, where=where)
        found.append((count_of(told, "n", where=where), _path(told, {"n", "path"}, where)))
    return found


def heads_from(data: bytes) -> list[Earlier]:
    """Read the earlier heads.

    Raises:
        BadInput: a line is none; ``where`` names it.
    """
    found = []
    for i, line in _numbered(data, HEADS):
        where = f"{HEADS}, line {i}"
        told = read_spelled(line, where=where)
        path = _path(told, {"note", "path", "stamps"}, where)
        note = note_from(text_of(told, "note", where=where).encode(), where=where)
        stamps = _each(told, "stamps", where)
        found.append(Earlier(note=note, proof=path, stamps=stamps))
    return found


def openings_from(data: bytes, files: Mapping[str, bytes]) -> list[Opening]:
    """Read the openings, each with its content.

    Raises:
        BadInput: a line is none, or its content is not there; ``where`` names it.
    """
    found = []
    for i, line in _numbered(data, OPENINGS):
        where = f"{OPENINGS}, line {i}"
        told = read_spelled(line, where=where)
        n = count_of(told, "n", where=where)
        content = files.get(f"{_FOLDER}{n}")
        if content is None or set(told) != {"media_type", "n", "name", "salt"}:
            raise BadInput(f"the content of exhibit {n} is missing.", where=where)
        opening = Opening(
            n=n,
            name=text_of(told, "name", where=where),
            media_type=text_of(told, "media_type", where=where),
            salt=unb64(text_of(told, "salt", where=where), where=where),
            content=content,
        )
        found.append(opening)
    return found


def contents_in(files: Mapping[str, bytes]) -> list[int]:
    """Numbers of the exhibits whose content is in the bundle, in the order in which it stands."""
    return [int(name[len(_FOLDER) :]) for name in files if name.startswith(_FOLDER)]


def _lines(values: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(spelled(value) + b"\n" for value in values)


def _numbered(data: bytes, name: str) -> Iterable[tuple[int, bytes]]:
    if data and not data.endswith(b"\n"):
        raise BadInput("ends in the middle of a line.", where=name)
    return enumerate(data.split(b"\n")[:-1], 1)


def _path(told: dict[str, Any], fields: set[str], where: str) -> tuple[bytes, ...]:
    if set(told) != fields:
        raise BadInput("has other fields.", where=where)
    return _each(told, "path", where)


def _each(told: Mapping[str, Any], name: str, where: str) -> tuple[bytes, ...]:
    values: Sequence[Any] = told.get(name) or ()
    if not isinstance(values, (list, tuple)) or not all(isinstance(x, str) for x in values):
        raise BadInput(f"the field {name!r} is no list of texts.", where=where)
    return tuple(unb64(value, where=where) for value in values)
