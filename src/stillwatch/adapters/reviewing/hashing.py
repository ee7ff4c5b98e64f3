"""Hashing: every plain file below a folder, read once; nothing is opened that is none."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.review.inventory import HashedFile, Inventory

#: more entries than any model has.
MOST_ENTRIES: Final = 100_000
_CHUNK: Final = 1 << 20
_MOST_CONFIG: Final = 1 << 20
_KINDS: Final = (
    (stat.S_ISLNK, "a symbolic link, not followed"),
    (stat.S_ISFIFO, "a pipe, not opened"),
    (stat.S_ISSOCK, "a socket, not opened"),
    (stat.S_ISBLK, "a device, not opened"),
    (stat.S_ISCHR, "a device, not opened"),
)


def inventory_of(folder: Path, say: Callable[[int], None] = lambda _: None) -> Inventory:
    """The files below a folder, or a single file.

    Args:
        folder: of the tool's files; a link to it is followed, links in it are not.
        say: told how many bytes were read so far, now and then.

    Raises:
        OutsideFailed: the folder cannot be read, or a file changed while it was read.
        BadInput: there is nothing there, or far too much.
    """
    if not folder.exists():
        raise BadInput("there are no such files.", where=str(folder))
    root = folder.resolve()
    n_read = 0
    files: list[HashedFile] = []
    not_read: list[tuple[str, str]] = []
    config: dict[str, str] = {}
    for name, path in _below(root):
        shown = name.decode("utf-8", "backslashreplace")
        why = _why_not(path)
        if why:
            not_read.append((shown, why))
            continue
        try:
            n_bytes, digest = _digest(path)
        except PermissionError:
            not_read.append((shown, "it may not be read"))
            continue
        except OSError as error:
            raise OutsideFailed(f"{shown} cannot be read: {error.strerror}.") from None
        files.append(HashedFile(shown, n_bytes, digest))
        n_read += n_bytes
        say(n_read)
        if shown == "config.json" and n_bytes <= _MOST_CONFIG:
            config = _config(path)
    files.sort(key=lambda one: one.path)
    return Inventory(files=tuple(files), not_read=tuple(sorted(not_read)), config=config)


def file_digest(path: Path) -> str:
    """Hexadecimal SHA-256 of a file.

    Raises:
        OutsideFailed: it cannot be read, or changed meanwhile.
    """
    try:
        return _digest(os.fsencode(path))[1]
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None


def names_of(folder: Path) -> list[str]:
    """Names of all files, as an inventory spells them; none of a single file."""
    root = folder.resolve()
    return [name.decode("utf-8", "backslashreplace") for name, _ in _below(root)] \
        if root.is_dir() else []  # fmt: skip


def _below(root: Path) -> Iterator[tuple[bytes, bytes]]:
    """Name below the root and whole path of every entry that is no folder, as bytes."""
    whole = os.fsencode(root)
    if not root.is_dir():
        yield os.path.basename(whole), whole
        return
    n = 0
    stack = [whole]
    while stack:
        here = stack.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda one: one.name)
        except OSError as error:
            place = os.fsdecode(here)
            raise OutsideFailed(f"{place} cannot be read: {error.strerror}.") from None
        for entry in entries:
            n += 1
            if n > MOST_ENTRIES:
                raise BadInput(f"holds more than {MOST_ENTRIES:,} entries.", where=str(root))
            if entry.is_dir(follow_symlinks=False):
                stack.append(entry.path)
            else:
                yield os.path.relpath(entry.path, whole), entry.path


def _why_not(path: bytes) -> str:
    mode = os.lstat(path).st_mode
    return next((why for is_one, why in _KINDS if is_one(mode)), "")


def _digest(path: bytes) -> tuple[int, str]:
    # Not blocking, and not following: what lay there a moment ago may be a pipe by now.
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(number, "rb", buffering=0) as source:
        before = os.fstat(number)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(0, "it is no plain file any more")
        whole, n = hashlib.sha256(), 0
        while chunk := source.read(_CHUNK):
            whole.update(chunk)
            n += len(chunk)
        after = os.fstat(number)
    if n != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
        raise OSError(0, "it changed while it was read")
    return n, whole.hexdigest()


def _config(path: bytes) -> dict[str, str]:
    """What a model's own configuration says of its architecture, as it says it."""
    try:
        with open(path, "rb") as source:
            told = orjson.loads(source.read(_MOST_CONFIG))
    except (OSError, orjson.JSONDecodeError):
        return {}
    if not isinstance(told, dict):
        return {}
    found = {}
    kind, names = told.get("model_type"), told.get("architectures")
    if isinstance(kind, str):
        found["model_type"] = kind[:200]
    if isinstance(names, list) and names and isinstance(names[0], str):
        found["architectures"] = names[0][:200]
    return found
