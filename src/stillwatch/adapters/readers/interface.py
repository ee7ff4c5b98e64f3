"""What a reader is made of: a row, a format that makes rows, and a line set aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: one exchange, by column name; absent columns are null. ``JOIN`` may stand in it too.
Row = dict[str, Any]

#: one parsed JSON object of a log.
Record = Mapping[str, Any]

#: reserved key of a row whose other half may stand elsewhere; its value is a ``Half``.
JOIN = "_join"


@dataclass(frozen=True, slots=True)
class Half:
    """Names one half of an exchange that is logged in two places.

    Args:
        key: what both halves share (a batch's custom id, a span id).
        part: which half this is (``request``, ``result``, ``span``, ``log``).
        only_one: two rows with the same key and part are two exchanges, so that
            neither can be joined; otherwise they are one and are merged.
        name: the exchange's id where neither half tells one.
    """

    key: str
    part: str
    only_one: bool
    name: str


class NotARecord(ValueError):
    """A parsed record is not what its format promises; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Format:
    """One log format.

    Args:
        name: as the user names it.
        claims: how surely a record is of this format, in [0, 1].
        rows: the exchanges in a record; the second argument names the file. An
            empty answer means that the record holds no exchange. May raise
            ``NotARecord`` and nothing else, whatever the record holds.
    """

    name: str
    claims: Callable[[Record], float]
    rows: Callable[[Record, str], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Reject:
    """A line or row that could not be read.

    Args:
        file: path of the file.
        line: line of a text file or row of a Parquet file, from 1.
        reason: why, in words that never quote the content.
        raw: the first 300 characters with control characters escaped, only where
            the caller asked to keep them; otherwise empty.
        digest: ``sha256:`` and 16 hexadecimal digits of the line; empty for Parquet.
    """

    file: str
    line: int
    reason: str
    raw: str = ""
    digest: str = ""
