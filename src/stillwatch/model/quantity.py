"""Quantity: a number with its doubt and its unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from stillwatch.model.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A value with the interval that holds it in 95 of 100 cases.

    Args:
        best: the value, finite.
        low: lower end of the interval, at most ``best``.
        high: upper end, at least ``best``.
        unit: ``bit`` is weight of evidence, a log2 likelihood ratio; any other unit says how
            much (``exchange``, ``account``, ``token``, ``usd``, ``flop``, ``month``, ``share``).

    Raises:
        BadInput: an end is not finite or on the wrong side.

    >>> Quantity(best=3.0, low=1.0, high=4.5, unit="bit").to_json()["low"]
    1.0
    """

    best: float
    low: float
    high: float
    unit: str

    def __post_init__(self) -> None:
        """Refuse an interval that does not hold its value."""
        if not all(isfinite(x) for x in (self.best, self.low, self.high)):
            raise BadInput("a quantity must be finite.", where=self.unit)
        if not self.low <= self.best <= self.high:
            raise BadInput(
                f"{self.best} is outside its interval {self.low} to {self.high}.", where=self.unit
            )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"best": self.best, "low": self.low, "high": self.high, "unit": self.unit}


def exactly(value: float, unit: str) -> Quantity:
    """What was counted, not estimated."""
    return Quantity(best=value, low=value, high=value, unit=unit)


def quantity_from(value: Mapping[str, Any]) -> Quantity:
    """The quantity that :meth:`Quantity.to_json` told.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind.
    """
    try:
        best, low, high = (float(value[name]) for name in ("best", "low", "high"))
        return Quantity(best=best, low=low, high=high, unit=str(value["unit"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no quantity: {error}.", where=str(value)) from error
