"""A shelf on disk: made rows wait in one file a slice of time until they are written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from stillwatch.lab.ragged import Ragged
from stillwatch.lab.rows import ExchangeRows
from stillwatch.model.errors import OutsideFailed

_RAGGED = ("prompt", "replayed", "response")


class Spill:
    """Keeps rows in a folder, which the caller removes when all is written.

    Args:
        folder: an empty folder on a disk with about 250 bytes of room an exchange.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is kept."""
        self._folder = folder

    def put(self, slice_: int, rows: ExchangeRows) -> None:
        """Add rows to a slice.

        Raises:
            OutsideFailed: the disk refused.
        """
        try:
            with self._path(slice_).open("ab") as sink:
                for array in _arrays(rows):
                    np.lib.format.write_array(sink, array, allow_pickle=False)
        except OSError as error:
            raise OutsideFailed(f"could not write: {error}", remedy="Free space?") from error

    def get(self, slice_: int) -> Sequence[ExchangeRows]:
        """All rows of a slice in the order in which they came."""
        path = self._path(slice_)
        if not path.exists():
            return []
        with path.open("rb") as source:
            end = path.stat().st_size
            return list(_parts(source, end))

    def _path(self, slice_: int) -> Path:
        return self._folder / f"{slice_}.rows"


def _arrays(rows: ExchangeRows) -> Iterator[np.ndarray[Any, Any]]:
    for field in fields(rows):
        value = getattr(rows, field.name)
        yield from (value.ids, value.lengths) if isinstance(value, Ragged) else (value,)


def _parts(source: BinaryIO, end: int) -> Iterator[ExchangeRows]:
    while source.tell() < end:
        held: dict[str, Any] = {}
        for field in fields(ExchangeRows):
            held[field.name] = _array(source)
            if field.name in _RAGGED:
                held[field.name] = Ragged(held[field.name], _array(source))
        yield ExchangeRows(**held)


def _array(source: BinaryIO) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = np.lib.format.read_array(source, allow_pickle=False)
    return found
