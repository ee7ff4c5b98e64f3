"""The log of commitments: digests of keys, chained, on the disk before the keys are used.

A line holds what was committed to, when, the digest of the line before and its own. Whoever keeps
a copy of the last digest can tell later that nothing was put in, taken out or dated back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillwatch.adapters.chained import Chained
from stillwatch.model.errors import BadInput


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
        self._lines = Chained(path)

    def add(self, purpose: str, about: str, digest: str, now_us: int) -> Commitment:
        """Commit; on the disk when this returns.

        Raises:
            BadInput: the log was changed, or the clock is before its last line.
            OutsideFailed: it cannot be written.
        """

        def later(known: Sequence[Mapping[str, Any]]) -> None:
            if known and self._told(known[-1]).committed_us > now_us:
                raise BadInput("the clock is before the last line.", where=str(self._path))

        told = {"purpose": purpose, "about": about, "digest": digest, "committed_us": now_us}
        (line,) = self._lines.append([told], later)
        return self._told(line)

    def read(self) -> list[Commitment]:
        """Every line, the chain checked; nothing where there is no file.

        Raises:
            BadInput: a line was changed, taken out or put in.
            OutsideFailed: the file cannot be read.
        """
        return [self._told(line) for line in Chained(self._path).read()]

    def _told(self, line: Mapping[str, Any]) -> Commitment:
        try:
            return Commitment(
                purpose=line["purpose"], about=line["about"], digest=line["digest"],
                committed_us=line["committed_us"], line=line["line"],
            )  # fmt: skip
        except KeyError as error:
            where = f"{self._path}, line {line['nth'] + 1}"
            raise BadInput(f"is no commitment: {error} is missing.", where=where) from None
