"""Ranges: sets of entries' numbers, written short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stillwatch.model.errors import BadInput


def ranges_of(numbers: Iterable[int]) -> list[list[int]]:
    """Half-open ranges that hold exactly these numbers, ascending and apart.

    >>> ranges_of([5, 1, 2, 3])
    [[1, 4], [5, 6]]
    """
    found: list[list[int]] = []
    for n in sorted(set(numbers)):
        if found and found[-1][1] == n:
            found[-1][1] = n + 1
        else:
            found.append([n, n + 1])
    return found


def numbers_of(told: Any, *, most: int, where: str, room: int | None = None) -> list[int]:
    """The numbers that :func:`ranges_of` told.

    Args:
        told: what was read.
        most: every number must be below it.
        where: for the error.
        room: how many numbers there may be at most; any number of them without it. A few bytes
            can tell of thousands of millions.

    Raises:
        BadInput: it is no list of ascending ranges that stand apart, or of too many numbers.
    """
    if not isinstance(told, list):
        raise BadInput("is no list of ranges.", where=where)
    numbers: list[int] = []
    end = -1
    for one in told:
        pair = isinstance(one, list) and len(one) == 2
        if not pair or any(not isinstance(x, int) or isinstance(x, bool) for x in one):
            raise BadInput("is no list of ranges.", where=where)
        low, high = one
        if not end < low < high <= most:
            raise BadInput(f"the range {low} to {high} is out of place.", where=where)
        if room is not None and high - low > room - len(numbers):
            raise BadInput(f"tells of more than {room} numbers.", where=where)
        numbers.extend(range(low, high))
        end = high
    return numbers
