"""Assumptions: what an estimate rests on besides what was counted, each with range and origin.

Nobody's belief enters silently. A value is *measured* (by this project, on made worlds),
*published* (by the source that is named), *assumed* (by us, or by the user's own file) or a
*guess* (of experts); guesses are shown apart and never enter an interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from math import isfinite
from typing import Any, Final

from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity

LONGEST_TEXT: Final = 600
LARGEST: Final = 1e30


class Origin(StrEnum):
    """Where a value comes from."""

    MEASURED = "measured"
    PUBLISHED = "published"
    ASSUMED = "assumed"
    GUESS = "guess"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One value with its range.

    Args:
        key: short name.
        best: what is reckoned with.
        low, high: the range that every interval takes in.
        unit: as in :class:`~stillwatch.model.quantity.Quantity`; a ``share`` lies in 0 to 1.
        says: what it is, in a sentence.
        origin: where it comes from.
        source: who says so.

    Raises:
        BadInput: a number is negative, not finite, too large or on the wrong side.
    """

    key: str
    best: float
    low: float
    high: float
    unit: str
    says: str
    origin: Origin
    source: str

    def __post_init__(self) -> None:
        """Refuse a range that is none."""
        numbers = (self.low, self.best, self.high)
        if any(isinstance(x, bool) or not isinstance(x, int | float) for x in numbers) or not all(
            isfinite(x) and 0 <= x <= LARGEST for x in numbers
        ):
            raise BadInput("a value is negative, no number or too large.", where=self.key,
                           remedy="best, low and high are finite, 0 or more.")  # fmt: skip
        if not self.low <= self.best <= self.high:
            raise BadInput(f"{self.best:g} is outside {self.low:g} to {self.high:g}.",
                           where=self.key)  # fmt: skip
        if self.unit == "share" and self.high > 1:
            raise BadInput(f"a share of {self.high:g} is more than all.", where=self.key)
        if not (self.says and self.source) or max(map(len, (self.says, self.source))) > (
            LONGEST_TEXT
        ):
            raise BadInput(
                f"needs `says` and `source` of at most {LONGEST_TEXT} characters.", where=self.key
            )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "origin": self.origin.value}

    @property
    def quantity(self) -> Quantity:
        """The range as a quantity."""
        return Quantity(best=self.best, low=self.low, high=self.high, unit=self.unit)


class Assumptions:
    """All of them, by key.

    Args:
        listed: each key once.

    Raises:
        BadInput: a key stands twice.
    """

    def __init__(self, listed: Iterable[Assumption]) -> None:
        self._of: dict[str, Assumption] = {}
        for one in listed:
            if one.key in self._of:
                raise BadInput("stands twice.", where=one.key)
            self._of[one.key] = one

    def __getitem__(self, key: str) -> Assumption:
        """One of them."""
        return self._of[key]

    def __iter__(self) -> Iterator[Assumption]:
        """All, in the order of the list."""
        return iter(self._of.values())

    def __contains__(self, key: str) -> bool:
        """Whether there is one of that name."""
        return key in self._of

    def at(self, key: str, value: float) -> Assumptions:
        """The same with the best value of one moved, for a sensitivity."""
        moved = replace(
            self._of[key],
            best=value,
            low=min(value, self._of[key].low),
            high=max(value, self._of[key].high),
        )
        return Assumptions([moved if one.key == key else one for one in self])

    def with_own(self, own: Mapping[str, Any], *, where: str) -> Assumptions:
        """The same with a user's own values in place of ours.

        Args:
            own: per key a mapping with ``best``, ``low``, ``high`` and ``source``, or one number
                for a value that is known.
            where: name of the file, for errors.

        Raises:
            BadInput: a key is unknown, or a range is none.
        """
        out = dict(self._of)
        for key, told in own.items():
            if key not in out:
                near = get_close_matches(key, out, n=1)
                raise BadInput(
                    f"the assumption {key[:60]!r} is unknown.", where=where,
                    remedy=f"Did you mean {near[0]}?" if near else f"Known: {', '.join(out)}.",
                )  # fmt: skip
            out[key] = _own(out[key], told, where)
        return Assumptions(out.values())


def _own(old: Assumption, told: Any, where: str) -> Assumption:
    if isinstance(told, int | float) and not isinstance(told, bool):
        told = {"best": told, "low": told, "high": told}
    if not isinstance(told, Mapping):
        raise BadInput(f"{old.key} is neither a number nor a table.", where=where)
    unknown = set(told) - {"best", "low", "high", "says", "source"}
    if unknown:
        raise BadInput(f"{old.key}: {min(unknown)[:60]!r} is unknown.", where=where,
                       remedy="A value has best, low, high, says and source.")  # fmt: skip
    lacking = {"best", "low", "high"} - set(told)
    if lacking:
        raise BadInput(f"{old.key} lacks {', '.join(sorted(lacking))}.", where=where)
    source = f"the user's file {where}"[:LONGEST_TEXT]
    texts = {"says": told.get("says", old.says), "source": told.get("source", source)}
    if not all(isinstance(text, str) for text in texts.values()):
        raise BadInput(f"{old.key}: says and source are text.", where=where)
    origin = Origin.GUESS if old.origin is Origin.GUESS else Origin.ASSUMED
    try:
        return Assumption(key=old.key, unit=old.unit, origin=origin, best=told["best"],
                          low=told["low"], high=told["high"], **texts)  # fmt: skip
    except BadInput as error:
        raise BadInput(error.what, where=f"{where}: {old.key}", remedy=error.remedy) from error


def assumptions_from(told: Mapping[str, Any]) -> Assumptions:
    """The assumptions that a parsed TOML file of ours holds.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind.
    """
    try:
        return Assumptions(
            Assumption(**{**one, "origin": Origin(one["origin"])}) for one in told["assumption"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no list of assumptions: {error}.", where="assumptions") from error
