"""Subjects: the files to examine, found without following a link, told by their bytes."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stillwatch.model.errors import BadInput
from stillwatch.vet.files.formats import HEAD_BYTES, TAIL_BYTES, Format, sniff
from stillwatch.vet.files.records import Record

_PIECE: Final = 2**20
_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]+")
#: names under which scanners look into a format; the first is given to what has none of them.
ENDINGS: Final[dict[Format, tuple[str, ...]]] = {
    Format.PICKLE: ("pkl", "pickle", "joblib", "bin", "pt", "pth", "ckpt", "p", "pk", "dill"),
    Format.ZIP: ("zip", "pt", "pth", "bin", "ckpt", "keras", "npz", "nemo", "mar"),
    Format.TAR: ("tar", "nemo", "pt"),
    Format.SEVEN_ZIP: ("7z",),
    Format.GZIP: ("gz", "joblib", "pkl", "tgz"),
    Format.XZ: ("xz", "joblib", "lzma"),
    Format.BZ2: ("bz2", "joblib"),
    Format.ZLIB: ("joblib", "z", "zlib"),
    Format.NPY: ("npy",),
    Format.SAFETENSORS: ("safetensors",),
    Format.GGUF: ("gguf",),
    Format.HDF5: ("h5", "hdf5", "keras"),
    Format.ONNX: ("onnx",),
    Format.PYTHON: ("py",),
    Format.TEMPLATE: ("jinja", "jinja2", "j2"),
    Format.JSON: ("json", "ipynb"),
    Format.TEXT: ("txt", "md", "yaml", "yml", "toml", "cfg", "ini", "pth"),
}


@dataclass(slots=True, kw_only=True)
class Subject(Record):
    """A record, and where its bytes stand.

    Args:
        path: where its bytes stand.
        stamp: what changes when somebody writes to it.
    """

    path: Path
    stamp: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Its own name, without folders and archives."""
        return re.split(r"[/!]", self.shown)[-1]

    def view(self, kind: Format) -> str:
        """A plain name that tells scanners what its bytes are, whatever it is called."""
        stem, _, ending = _PLAIN.sub("_", self.name)[-80:].lstrip(".").rpartition(".")
        known = ENDINGS.get(kind, ())
        if ending.lower() in known and stem:
            return f"{stem}.{ending}"
        return f"{stem or ending or 'file'}.{known[0]}" if known else (stem or "file")


@dataclass(frozen=True, slots=True)
class Unlooked:
    """Something in the folder that is no plain file, and why it was not opened."""

    shown: str
    why: str


def found(place: Path, most_files: int) -> Iterator[Path | Unlooked]:
    """Every plain file at or below a place, sorted; links are not followed.

    Raises:
        BadInput: there is nothing, or more files than allowed.
    """
    try:
        kind = os.lstat(place)
    except OSError as error:
        raise BadInput(f"cannot be opened: {error.strerror}.", where=str(place)) from None
    if stat.S_ISLNK(kind.st_mode):
        raise BadInput(
            "is a link.", where=str(place), remedy="Name what it leads to: links are not followed."
        )
    if not stat.S_ISDIR(kind.st_mode):
        yield (
            place
            if stat.S_ISREG(kind.st_mode)
            else Unlooked(readable(place.name), "is no plain file")
        )
        return
    everything = sorted(_below(place), key=lambda one: os.fsencode(_place(one)))
    for n, one in enumerate(everything):
        if n >= most_files:
            raise BadInput(
                f"holds more than {most_files:,} files.",
                where=str(place), remedy="Name a smaller folder, or set files.most_files.",
            )  # fmt: skip
        yield (
            one
            if isinstance(one, Path)
            else Unlooked(readable(os.path.relpath(one.shown, place)), readable(one.why))
        )


def _place(one: Path | Unlooked) -> str:
    return str(one) if isinstance(one, Path) else one.shown


def _below(folder: Path) -> Iterator[Path | Unlooked]:
    open_ = [folder]
    while open_:
        here = open_.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda one: one.name)
        except OSError as error:
            yield Unlooked(str(here), f"cannot be listed: {error.strerror}")
            continue
        for entry in entries:
            if entry.is_symlink():
                yield Unlooked(entry.path, f"is a link to {os.readlink(entry.path)!r}")
            elif entry.is_dir(follow_symlinks=False):
                open_.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path)
            else:
                yield Unlooked(entry.path, "is no plain file: a pipe, a socket or a device")


def taken(path: Path, *, number: int, shown: str, depth: int = 0, parent: int | None = None
          ) -> Subject | Unlooked:  # fmt: skip
    """Read a file once: its digest, its first and last bytes, and what they make it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return Unlooked(shown, f"cannot be opened: {error.strerror}")
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return Unlooked(shown, "is no plain file")
        try:
            digest = hashlib.sha256()
            head = file.read(HEAD_BYTES)
            digest.update(head)
            while piece := file.read(_PIECE):
                digest.update(piece)
            file.seek(max(0, before.st_size - TAIL_BYTES))
            tail = file.read(TAIL_BYTES)
        except OSError as error:
            return Unlooked(shown, f"cannot be read: {error.strerror}")
    name = re.split(r"[/!]", shown)[-1]
    formats = sniff(head, tail, before.st_size, name, lambda: io.BytesIO(head))
    return Subject(
        number=number, shown=shown, path=path, size=before.st_size, digest=digest.hexdigest(),
        formats=formats, depth=depth, parent=parent, stamp=stamp_of(before),
    )  # fmt: skip


def stamp_of(told: os.stat_result) -> tuple[int, ...]:
    """What changes when somebody writes to a file or puts another in its place."""
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns


def changed(one: Subject) -> bool:
    """Whether a file is not the one any more that was taken."""
    try:
        return stamp_of(os.lstat(one.path)) != one.stamp
    except OSError:
        return True


def readable(name: str) -> str:
    """A name of the file system as text that every encoding takes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
