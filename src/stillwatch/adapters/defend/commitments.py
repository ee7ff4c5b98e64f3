"""The log of commitments: digests of keys, chained, on the disk before the keys are used.

A line holds what was committed to, when, the digest of the line before and its own. Whoever keeps
a copy of the last digest can tell later that nothing was put in, taken out or dated back.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed

START: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One line of the log.

    Args:
        purpose: what for, such as ``mark`` or ``reserve``.
        about: cluster or ring that it concerns.
        digest: what was committed to.
        committed_us: when.
        line: digest of the line, to be kept elsewhere or published.
    """

    purpose: str
    about: str
    digest: str
    committed_us: int
    line: str


class Commitments:
    """A file of chained lines.

    Args:
        path: made with its folder at the first line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, purpose: str, about: str, digest: str, now_us: int) -> Commitment:
        """Commit; on the disk when this returns.

        Raises:
            BadInput: the log was changed, or the clock is before its last line.
            OutsideFailed: it cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise OutsideFailed(f"{self._path} cannot be opened: {error.strerror}.") from None
        with _locked(file):
            before = self.read()
            if before and before[-1].committed_us > now_us:
                raise BadInput("the clock is before the last line.", where=str(self._path))
            told = {
                "n": len(before), "purpose": purpose, "about": about, "digest": digest,
                "committed_us": now_us, "before": before[-1].line if before else START,
            }  # fmt: skip
            line = _digest(told)
            data = orjson.dumps(told | {"line": line}, option=orjson.OPT_APPEND_NEWLINE)
            try:
                if os.write(file, data) != len(data):
                    raise OutsideFailed(f"{self._path} was written in part: the disk is full.")
                os.fsync(file)
            except OSError as error:
                raise OutsideFailed(f"{self._path} cannot be written: {error.strerror}.") from None
        return Commitment(
            purpose=purpose, about=about, digest=digest, committed_us=now_us, line=line
        )

    def read(self) -> list[Commitment]:
        """Every line, the chain checked; nothing where there is no file.

        Raises:
            BadInput: a line was changed, taken out or put in.
            OutsideFailed: the file cannot be read.
        """
        try:
            lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        except OSError as error:
            raise OutsideFailed(f"{self._path} cannot be read: {error.strerror}.") from None
        found: list[Commitment] = []
        before = START
        for number, line in enumerate(lines):
            found.append(_checked(line, number, before, f"{self._path}, line {number + 1}"))
            before = found[-1].line
        return found


def _checked(line: bytes, number: int, before: str, where: str) -> Commitment:
    try:
        told: dict[str, Any] = orjson.loads(line)
        kept = {key: value for key, value in told.items() if key != "line"}
        right = (told["n"], told["before"], told["line"]) == (number, before, _digest(kept))
        one = Commitment(
            purpose=told["purpose"], about=told["about"], digest=told["digest"],
            committed_us=told["committed_us"], line=told["line"],
        )  # fmt: skip
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        what = f"is no commitment: {type(error).__name__}."
        raise BadInput(what, where=where, remedy=_RESTORE) from None
    if not right:
        raise BadInput("the chain is broken here.", where=where, remedy=_RESTORE)
    return one


_RESTORE: Final = "Keep the file as evidence and compare it with a copy whose chain is whole."


def _digest(told: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


@contextmanager
def _locked(file: int) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)
