"""From what the user names (files, folders, globs) to the files to read."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stillwatch.model.errors import BadInput, OutsideFailed

_GLOB_SIGNS = "*?["


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read.

    Args:
        path: where it is.
        n_bytes: its size on disk.
        named: the user named this very file, so that it may not be passed over.
    """

    path: Path
    n_bytes: int
    named: bool


def find_sources(sources: Sequence[str | Path]) -> list[Source]:
    """Every file behind ``sources``, each once, folders in the order of their names.

    Files and folders whose name starts with ``.`` or ``_`` are left out of folders.

    Raises:
        BadInput: nothing is there, a folder is empty or a glob matches nothing.
        OutsideFailed: something is there and may not be read.
    """
    if not sources:
        raise BadInput("no logs were named.", remedy="Name a file, a folder or a glob.")
    found: dict[str, Source] = {}
    for source in sources:
        for one in _expand(Path(source)):
            found.setdefault(os.path.realpath(one.path), one)
    return list(found.values())


def _expand(path: Path) -> list[Source]:
    if "\0" in str(path):
        raise BadInput("this is not a usable path.", where=repr(str(path)[:200]))
    try:
        if path.is_dir():
            return _folder(path)
        if path.exists():
            return [_file(path, named=True)]
    except PermissionError as error:
        raise unreadable(path) from error
    except OSError as error:
        raise BadInput("this is not a usable path.", where=repr(str(path)[:200])) from error
    if any(sign in str(path) for sign in _GLOB_SIGNS):
        return _matches(path)
    raise BadInput("no such file or folder.", where=str(path), remedy="Check the path.")


def _folder(path: Path) -> list[Source]:
    def failed(error: OSError) -> None:
        raise unreadable(Path(error.filename or path)) from error

    found = []
    for folder, below, names in os.walk(path, onerror=failed):
        below[:] = sorted(name for name in below if name[0] not in "._")
        kept = sorted(name for name in names if name[0] not in "._")
        found += [_file(Path(folder, name), named=False) for name in kept]
    if not found:
        raise BadInput(
            "the folder holds no files.",
            where=str(path),
            remedy="Names that start with '.' or '_' are passed over.",
        )
    return found


def _matches(path: Path) -> list[Source]:
    found: list[Source] = []
    for match in sorted(glob.glob(str(path), recursive=True)):
        one = Path(match)
        if one.is_dir():
            if not str(path).endswith("**"):
                found += _folder(one)
        else:
            found.append(_file(one, named=False))
    if not found:
        raise BadInput(
            "the pattern matches no file.",
            where=str(path),
            remedy="Quote the pattern so that the shell leaves it alone, and check the folder.",
        )
    return found


def _file(path: Path, *, named: bool) -> Source:
    try:
        n_bytes = path.stat().st_size
    except OSError as error:
        raise unreadable(path) from error
    if not path.is_file():
        raise BadInput(
            "this is neither a file nor a folder.",
            where=str(path),
            remedy="Logs are read more than once, so write them to a file first.",
        )
    return Source(path, n_bytes, named)


def unreadable(path: Path | str) -> OutsideFailed:
    """The error for a file that is there and cannot be opened."""
    return OutsideFailed(
        f"{path}: the system does not let this be read.",
        remedy="Check its permissions, or that it is not a broken link.",
    )
