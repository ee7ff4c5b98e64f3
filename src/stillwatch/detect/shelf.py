"""Shelf: where arrays wait that are too many to hold; who calls says what it is made of.

The search puts arrays on a shelf while it reads and takes them back part by part. In
memory that is :class:`Memory`; on a disk it is a file that an adapter keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Shelf(Protocol):
    """Named rows of arrays, each array a part; what was put is not changed any more."""

    def put(self, name: str, values: Array) -> None:
        """Add a part, one-dimensional, of any integer or float type."""

    def n_parts(self, name: str) -> int:
        """How many parts a name has, 0 if it was never used."""

    def n_values(self, name: str, nth: int) -> int:
        """How many values a part has."""

    def part(self, name: str, nth: int, start: int = 0, stop: int | None = None) -> Array:
        """Values ``start`` to ``stop`` of a part, read-only."""


@dataclass(slots=True)
class Memory:
    """A shelf in memory."""

    _parts: dict[str, list[Array]] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Names that have a part."""
        return list(self._parts)

    def put(self, name: str, values: Array) -> None:
        """Add a part."""
        self._parts.setdefault(name, []).append(values)

    def n_parts(self, name: str) -> int:
        """How many parts a name has."""
        return len(self._parts.get(name, ()))

    def n_values(self, name: str, nth: int) -> int:
        """How many values a part has."""
        return self._parts[name][nth].size

    def part(self, name: str, nth: int, start: int = 0, stop: int | None = None) -> Array:
        """Values ``start`` to ``stop`` of a part."""
        return self._parts[name][nth][start:stop]


def whole(shelf: Shelf, name: str) -> Array:
    """All parts of a name, one after another."""
    return np.concatenate([shelf.part(name, nth) for nth in range(shelf.n_parts(name))])


def narrowed(values: Array) -> Array:
    """The same integers in the fewest bytes that hold them all; floats as they are.

    >>> narrowed(np.array([3, -1, 200])).dtype.name, narrowed(np.array([0, 255])).dtype.name
    ('int16', 'uint8')
    """
    if values.dtype.kind not in "iu" or values.size == 0:
        return values
    low, high = int(values.min()), int(values.max())
    kind = np.result_type(np.min_scalar_type(low), np.min_scalar_type(high))
    if low < 0 and kind.kind == "u":
        kind = np.promote_types(kind, np.int8)
    return values.astype(kind) if kind.itemsize < values.dtype.itemsize else values
