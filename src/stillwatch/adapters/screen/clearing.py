"""Clearances on disk: one line each, added and never changed, on the disk when a word is given."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.screen.clearances import Clearance, clearance_from

NAME = "clearances.jsonl"


def add(folder: Path, clearance: Clearance) -> None:
    """Put a clearance in.

    Raises:
        OutsideFailed: it cannot be written.
    """
    path = folder / NAME
    data = orjson.dumps(clearance.to_json(), option=orjson.OPT_APPEND_NEWLINE)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                # A writer that was killed left half a line: end it, so that this one is whole.
                data = b"\n" + data
            if os.write(file, data) != len(data):
                raise OutsideFailed(f"{path} was written in part: the disk is full.")
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None


def read(folder: Path) -> list[Clearance]:
    """Every clearance, in the order in which they were given; none where there is no file.

    Raises:
        BadInput: a line was changed.
        OutsideFailed: it cannot be read.
    """
    path = folder / NAME
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            # Half a line was never confirmed to anybody.
            continue
        if not isinstance(told, dict):
            raise BadInput("is no clearance.", where=where)
        found.append(clearance_from(told))
    return found
