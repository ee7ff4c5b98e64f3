"""Inputs: what a formula may be given, and how numbers that came as JSON become that.

Whoever recomputes a weight was handed the numbers by somebody else: they are read as
strictly as any file of a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from stillwatch.model.errors import BadInput

#: numbers of one term: 65,536 members over 240 bins, and some room.
MOST_NUMBERS = 2**24
#: integers beyond this are not exact in every reader of JSON.
MOST_EXACT = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input of a formula.

    Attributes:
        dims: its shape: a name where any length from 1 does, which must be one and the same
            in all inputs of a formula; a number where the length is given. () for a number.
        low, high: least and most that each number may be.
        whole: only whole numbers.
        dtype: of the array that the formula gets.
    """

    dims: tuple[str | int, ...] = ()
    low: float
    high: float
    whole: bool = False
    dtype: type[np.generic] = np.float64

    def read(self, value: object, where: str, sizes: dict[str, int]) -> Any:
        """A number or an array from JSON.

        Args:
            value: a number, or lists of numbers, however deep.
            where: its place, for errors.
            sizes: lengths that are known by name; those met here are added.

        Raises:
            BadInput: it has another shape, is out of range, not finite or too large.
        """
        found = _array(value, where)
        if found.ndim != len(self.dims):
            raise BadInput(
                f"is of {found.ndim} dimensions and should be of {len(self.dims)}.", where=where
            )
        for dim, n in zip(self.dims, found.shape, strict=True):
            wanted = dim if isinstance(dim, int) else sizes.setdefault(dim, n)
            if n != wanted or n == 0:
                raise BadInput(f"holds {n} where {wanted or 'at least 1'} belong.", where=where)
        if not np.isfinite(found).all():
            raise BadInput("holds what is no finite number.", where=where)
        if found.min() < self.low or found.max() > self.high:
            raise BadInput(f"lies outside {self.low:g} to {self.high:g}.", where=where)
        if self.whole and found.dtype.kind == "f" and (found != np.floor(found)).any():
            raise BadInput("holds what is no whole number.", where=where)
        if not self.dims:
            return int(found) if self.whole else float(found)
        return found.astype(self.dtype)

    def spell(self, value: Any) -> Any:
        """What a formula was given, as numbers and lists that JSON can hold."""
        array = np.asarray(value)
        return array.astype(np.int64 if self.whole else np.float64).tolist()


def _array(value: object, where: str) -> np.ndarray[Any, Any]:
    """Lists of numbers as one array, whatever they hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float, list, tuple)):
        raise BadInput("is neither a number nor a list of numbers.", where=where)
    if _count(value, MOST_NUMBERS) > MOST_NUMBERS:
        raise BadInput(f"holds more than {MOST_NUMBERS:,} numbers.", where=where)
    try:
        found = np.asarray(value)
    except (ValueError, OverflowError, TypeError, RecursionError) as error:
        raise BadInput("is no even table of numbers.", where=where) from error
    if found.dtype.kind not in "if":
        raise BadInput("holds what is no number, or one that is too large.", where=where)
    return found


def _count(value: object, most: int) -> int:
    """How many numbers lists hold, not counted beyond ``most``."""
    n, rest = 0, [value]
    while rest and n <= most:
        one = rest.pop()
        if isinstance(one, (list, tuple)):
            inner = [x for x in one if isinstance(x, (list, tuple))]
            n += len(one) - len(inner)
            rest += inner
        else:
            n += 1
    return n


def read_inputs(spec: Mapping[str, Input], given: object, where: str) -> dict[str, Any]:
    """All inputs of a formula from JSON.

    Args:
        spec: what the formula takes, by name.
        given: a JSON object.
        where: its place, for errors.

    Raises:
        BadInput: one is missing, unknown, or not as ``spec`` says.
    """
    if not isinstance(given, Mapping):
        raise BadInput("inputs are no object.", where=where)
    absent, unknown = sorted(set(spec) - set(given)), sorted(map(str, set(given) - set(spec)))
    if absent or unknown:
        what = f"lacks {', '.join(absent)}" if absent else f"has unknown {', '.join(unknown)[:80]}"
        raise BadInput(f"{what}.", where=where)
    sizes: dict[str, int] = {}
    return {name: one.read(given[name], f"{where}.{name}", sizes) for name, one in spec.items()}


def number(low: float, high: float) -> Input:
    """A real number."""
    return Input(low=low, high=high)


def count(high: float = MOST_EXACT) -> Input:
    """A whole number from 0."""
    return Input(low=0, high=high, whole=True)


def share(*dims: str | int) -> Input:
    """Numbers strictly between 0 and 1, or one of them."""
    return Input(dims=dims, low=1e-300, high=1.0 - 2.0**-53)


def counts(*dims: str | int, high: float = MOST_EXACT, dtype: type[np.generic] = np.int64) -> Input:
    """Whole numbers from 0."""
    return Input(dims=dims, low=0, high=high, whole=True, dtype=dtype)
