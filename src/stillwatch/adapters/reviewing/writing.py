"""Writing: a report's files into one folder, whole or not at all, by one process at a time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.results import write_whole
from stillwatch.adapters.reviewing.names import DIGESTS, OURS, PARTS, REPORT
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed
from stillwatch.vet.review.bar import NAMES

#: files that a report leaves, and halves of them that a kill left; nothing else is taken away.
_OURS: Final = re.compile(
    rf"(\.?({'|'.join(map(re.escape, sorted(OURS)))})"
    rf"|{PARTS}/\.?({'|'.join(map(re.escape, NAMES))})(-\d+)?\.json)(\.[a-z0-9_]{{8}})?"
)


def write_report(
    contents: Mapping[str, bytes], document: Mapping[str, Any], folder: Path
) -> list[Path]:
    """Write a report; digests of all its files come last.

    Where that file is absent or does not agree, the others are not of one report. What an earlier
    report of the same tool left there goes.

    Args:
        contents: bytes by file name.
        document: the report.
        folder: where to; made where it is not there, and readable by its owner alone.

    Raises:
        NotAllowed: the folder holds the report of another tool, or of the other mode.
        BadInput: it holds files that are of no report.
        OutsideFailed: it cannot be written to, or another process writes to it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(name.startswith(f"{PARTS}/") for name in contents):
            (folder / PARTS).mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutsideFailed(f"{folder} cannot be made: {error.strerror}.") from None
    with _held(folder):
        _check_folder(folder, document)
        _clear(folder)
        for name, content in contents.items():
            write_whole(folder / name, content)
        lines = "".join(f"{hashlib.sha256(contents[n]).hexdigest()}  {n}\n" for n in contents)
        write_whole(folder / DIGESTS, lines.encode())
    return [*(folder / name for name in contents), folder / DIGESTS]


def held(folder: Path) -> list[str]:
    """Names of all files in a folder of a report, below ``parts`` too, sorted."""
    parts = folder / PARTS
    # a link to a folder is no folder of ours: what it leads to is somebody else's
    opened = parts.is_dir() and not parts.is_symlink()
    found = [one.name for one in folder.iterdir() if one.name != PARTS or not opened]
    if opened:
        found += [f"{PARTS}/{one.name}" for one in parts.iterdir()]
    return sorted(found)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the folder itself: no file is left behind."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise OutsideFailed(
            f"{folder}: another process writes a report into it.", remedy="Wait, or name another."
        ) from None
    finally:
        os.close(number)


def _check_folder(folder: Path, document: Mapping[str, Any]) -> None:
    there = held(folder)
    strange = [name for name in there if not _OURS.fullmatch(name)]
    if strange:
        raise BadInput(
            f"holds {strange[0]!r}, which is of no report.", where=str(folder),
            remedy="Name a folder of its own with --out.",
        )  # fmt: skip
    try:
        told = orjson.loads((folder / REPORT).read_bytes())
        tool, mode = str(told["tool"]["name"]), str(told["mode"])
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return
    if (tool, mode) != (document["tool"]["name"], document["mode"]):
        raise NotAllowed(
            f"{folder} holds the {mode} report of {tool}; name another folder with --out",
            by_rule="a report is not overwritten by another one's",
        )


def _clear(folder: Path) -> None:
    """Take away an earlier report, its digests first; halves that a kill left go with it."""
    (folder / DIGESTS).unlink(missing_ok=True)
    for name in held(folder):
        (folder / name).unlink(missing_ok=True)
