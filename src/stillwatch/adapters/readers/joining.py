"""Bring the two halves of an exchange together in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from stillwatch.adapters.readers.envelope import merged
from stillwatch.adapters.readers.interface import JOIN, Half, Row


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row was read.

    Args:
        file: path of the file.
        line: line or row in it, from 1.
        data: the bytes of the line, while they are at hand.
        digest: digest of the line, once its bytes have been let go.
    """

    file: str
    line: int
    data: bytes = b""
    digest: str = ""


@dataclass(slots=True)
class _Held:
    row: Row
    place: Place
    parts: set[str]
    n_bytes: int
    name: str


#: a row, where it was read, and the id it gets if it has none.
_Ready = tuple[Row, Place, str]


def _named(row: Row, name: str) -> Row:
    return row if row.get("exchange_id") else {**row, "exchange_id": name}


class Joining:
    """Holds halves until the other half comes, the room is needed or the logs end.

    Args:
        max_rows: halves held at most.
        max_bytes: bytes of log text that they may stand for at most.

    Attributes:
        n_joined: pairs brought together.
        n_evicted: halves let go because the room was needed.
        n_ambiguous: rows whose key named two exchanges, which were not joined.
    """

    def __init__(self, max_rows: int, max_bytes: int) -> None:
        """Hold nothing yet."""
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._spoiled: set[str] = set()
        self._n_bytes = 0
        self.n_joined = 0
        self.n_evicted = 0
        self.n_ambiguous = 0

    def add(self, row: Row, half: Half, place: Place, n_bytes: int) -> Iterator[tuple[Row, Place]]:
        """Take a half in; yields the rows that are ready to go on."""
        row.pop(JOIN, None)
        for ready, where, name in self._add(row, half, place, n_bytes):
            yield _named(ready, name), where

    def _add(self, row: Row, half: Half, place: Place, n_bytes: int) -> Iterator[_Ready]:
        if half.key in self._spoiled:
            self.n_ambiguous += 1
            yield row, place, half.name
            return
        held = self._held.get(half.key)
        if held is None:
            self._held[half.key] = _Held(row, place, {half.part}, n_bytes, half.name)
            self._n_bytes += n_bytes
        elif half.part in held.parts and half.only_one:
            self._spoiled.add(half.key)
            self.n_ambiguous += 2
            yield self._take(half.key)
            yield row, place, half.name
        else:
            # a request and a span know best when the exchange began
            is_start = half.part in ("request", "span")
            held.row = merged(row, held.row) if is_start else merged(held.row, row)
            if half.part not in held.parts:
                held.parts.add(half.part)
                self.n_joined += 1
            if half.only_one:
                yield self._take(half.key)
        yield from self._make_room()

    def drain(self) -> Iterator[tuple[Row, Place]]:
        """Everything that is still held, oldest first."""
        while self._held:
            row, place, name = self._take(next(iter(self._held)))
            yield _named(row, name), place

    def _make_room(self) -> Iterator[_Ready]:
        while self._held and (len(self._held) > self._max_rows or self._n_bytes > self._max_bytes):
            self.n_evicted += 1
            yield self._take(next(iter(self._held)))

    def _take(self, key: str) -> _Ready:
        held = self._held.pop(key)
        self._n_bytes -= held.n_bytes
        return held.row, held.place, held.name
