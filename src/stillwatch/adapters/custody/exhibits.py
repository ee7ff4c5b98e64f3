"""Exhibits: the files that are to be sealed, found and read in one order."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stillwatch.adapters.custody.own import own_kind
from stillwatch.attribute.custody.recomputing import TERMS
from stillwatch.model.errors import BadInput, OutsideFailed

#: media types by the end of a name; what is not here is told apart by looking at the bytes.
MEDIA_TYPES: Final = (
    (".terms.json", TERMS),
    (".json", "application/json"),
    (".jsonl", "application/x-ndjson"),
    (".md", "text/markdown"),
    (".html", "text/html"),
    (".csv", "text/csv"),
)
LARGEST: Final = 1 << 28


@dataclass(frozen=True, slots=True)
class Exhibit:
    """Something to seal.

    Args:
        name: path below the folder that was named, with slashes.
        media_type: what kind of bytes it is.
        content: the bytes, as they are.
    """

    name: str
    media_type: str
    content: bytes = field(repr=False)


def found_exhibits(paths: Iterable[Path], *, each_line: bool) -> Iterator[Exhibit]:
    """Read what is to be sealed, folders in the order of names.

    Args:
        paths: files and folders; links inside folders are not followed.
        each_line: every line of a ``.jsonl`` file is an exhibit of its own.

    Raises:
        BadInput: a name is not UTF-8, something is a link or no file, or a file is too large.
        OutsideFailed: a file cannot be read.
    """
    for path in paths:
        for name, file in _files(path):
            kind = next((kind for end, kind in MEDIA_TYPES if name.endswith(end)), "")
            if each_line and name.endswith(".jsonl"):
                yield from _lines(name, file)
            else:
                content = _read(file)
                if kind == "application/json":
                    kind = own_kind(content) or kind
                yield Exhibit(name, kind or _looked_at(content), content)


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    if not path.is_dir():
        yield _said(path.name), path
        return
    for folder, names, files in os.walk(path):
        names.sort()
        for file in sorted(files):
            whole = Path(folder) / file
            if whole.is_symlink():
                raise BadInput(
                    "is a link, which is not followed.",
                    where=_shown(whole),
                    remedy="Put the file itself in its place, or take it out.",
                )
            yield _said(whole.relative_to(path).as_posix()), whole


def _lines(name: str, file: Path) -> Iterator[Exhibit]:
    try:
        with file.open("rb") as source:
            for number, line in enumerate(source, 1):
                if line.strip():
                    yield Exhibit(f"{name}#{number}", "application/json", line.rstrip(b"\r\n"))
    except OSError as error:
        raise OutsideFailed(f"{_shown(file)} cannot be read: {error.strerror}.") from None


def _read(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise BadInput("is no file.", where=_shown(file))
        if file.stat().st_size > LARGEST:
            raise BadInput(f"is larger than {LARGEST} bytes.", where=_shown(file))
        return file.read_bytes()
    except OSError as error:
        raise OutsideFailed(f"{_shown(file)} cannot be read: {error.strerror}.") from None


def _looked_at(content: bytes) -> str:
    try:
        content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain"


def _said(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise BadInput("its name is no UTF-8.", where=repr(name)) from None
    return name


def _shown(path: Path) -> str:
    return str(path).encode(errors="backslashreplace").decode()
