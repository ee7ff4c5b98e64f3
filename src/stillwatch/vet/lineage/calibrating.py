"""Calibrating: are wrong keys found no more often than they should be, and what do controls show?

An exact test finds a wrong key at p <= 0.01 about once in a hundred; so its confidence limit can
never lie below 0.01 itself. The bar is therefore a tolerance: the upper limit must not exceed
five times the level, and the lower limit must not exceed the level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from stillwatch.vet.lineage.reading import Reading
from stillwatch.vet.lineage.statistics import BY_NAME, Terms

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How often one statistic found what was not there.

    Args:
        statistic: which.
        model: whose answers were tried.
        n: wrong keys.
        n_found: of these with p at most the level.
        low, high: one-sided limits of their share.
        level: the p-value.
        quantiles: p-values at the deciles, for the picture.
        fault: why no verdict can rest on it; empty where it holds.
    """

    statistic: str
    model: str
    n: int
    n_found: int
    low: float
    high: float
    level: float
    quantiles: tuple[float, ...]
    fault: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {**told, "quantiles": list(self.quantiles)}


def calibrated(statistic: str, model: str, p_values: F64, terms: Terms) -> Calibration:
    """Hold p-values under wrong keys against what they should be.

    Args:
        statistic: name in the list.
        model: whose answers.
        p_values: ``(n,)``.
        terms: the bar.
    """
    n, found = p_values.size, int((p_values <= terms.wrong_level).sum())
    tail = 1 - terms.limit
    high = 1.0 if found == n else float(beta.ppf(1 - tail, found + 1, n - found))
    # Stricter below: a report has a dozen of these, and an exact test must not fail one by chance.
    low = 0.0 if found == 0 else float(beta.ppf(tail / 50, found, n - found + 1))
    fault = ""
    if n < terms.n_wrong:
        fault = f"{n} wrong keys were tried, {terms.n_wrong} are the least"
    elif high > terms.wrong_most:
        fault = (
            f"wrong keys reach p {terms.wrong_level:g} in up to {high:.1%} of cases, "
            f"{terms.wrong_most:.0%} is the most"
        )
    elif low > terms.wrong_level:
        fault = f"wrong keys reach p {terms.wrong_level:g} in more than {low:.1%} of cases"
    deciles = np.quantile(p_values, np.linspace(0, 1, 11)) if n else np.zeros(0)
    return Calibration(
        statistic=statistic, model=model, n=n, n_found=found, low=low, high=high,
        level=terms.wrong_level, quantiles=tuple(float(one) for one in deciles), fault=fault,
    )  # fmt: skip


def calibrations(readings: Mapping[str, Sequence[Reading]], terms: Terms) -> list[Calibration]:
    """One for each statistic with a key and each model.

    Args:
        readings: by model, suspect and controls.
        terms: the bar.
    """
    out = []
    for model, many in readings.items():
        for name in dict.fromkeys(one.statistic for one in many):
            if not BY_NAME[name].keyed:
                continue
            wrong = np.concatenate([one.wrong for one in many if one.statistic == name])
            out.append(calibrated(name, model, wrong, terms))
    return out


def faults(found: Sequence[Calibration]) -> list[str]:
    """Why no verdict can be given, a sentence each."""
    return [
        f"{BY_NAME[one.statistic].title} on {one.model}: {one.fault}" for one in found if one.fault
    ]
