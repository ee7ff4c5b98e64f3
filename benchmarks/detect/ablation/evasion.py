"""The price of evasion: what an operator gives up for each step away from being seen.

A harvest is counted in the operator's own exchanges, customers' requests left out.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

#: own exchanges that an operator wants in a month; a published order of magnitude.
WANTED = 150_000
MONTH_DAYS = 30.0
KNOBS = ("mixing", "rate", "size", "paraphrase", "jitter", "sticky", "infra")


def accounts_needed(rate: float, mixing: float) -> float:
    """Accounts for :data:`WANTED` own exchanges a month, none of them lost.

    >>> round(accounts_needed(20.0, 0.5))
    500
    """
    return WANTED / (rate * (1.0 - mixing) * MONTH_DAYS)


def own_kept(row: Mapping[str, str]) -> float:
    """Own exchanges that get out before the campaign is reported."""
    return float(row["n_leaked"]) * (1.0 - float(row["mixing"]))


def evasion_rows(grid: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """A row for each value of each knob of the grid.

    ``accounts_needed`` is what the same harvest takes in accounts if nobody looks;
    ``times_accounts`` compares it with the middle of the grid; ``own_kept_per_account`` is
    what an account is good for before it is seen.
    """
    points = [r for r in grid if r["turned"] != "innocent"]
    middle = [r for r in points if r["turned"] == "middle"]
    if not middle:
        return []
    base = accounts_needed(float(middle[0]["rate"]), float(middle[0]["mixing"]))
    rows = []
    for knob in KNOBS:
        mine = [r for r in points if r["turned"] in (knob, "middle")]
        for value in sorted({float(r[knob]) for r in mine}):
            some = [r for r in mine if float(r[knob]) == value]
            rows.append(_row(knob, f"{value:g}", some, base))
    for mixing in ("0.5", "0.9"):
        some = [r for r in points if r["turned"] == f"corner {mixing}"]
        if some:
            label = f"mixing {mixing}, paraphrase 1, random timing"
            rows.append(_row("corner", label, some, base))
    return rows


def _row(knob: str, value: str, some: list[Mapping[str, str]], base: float) -> dict[str, Any]:
    needed = accounts_needed(float(some[0]["rate"]), float(some[0]["mixing"]))
    sizes = [float(r["size"]) for r in some]
    kept = [own_kept(r) for r in some]
    return {
        "knob": knob,
        "value": value,
        "n": len(some),
        "found": sum(int(r["found"]) for r in some),
        "leak_median": statistics.median(float(r["leak"]) for r in some),
        "own_share": 1.0 - float(some[0]["mixing"]),
        "accounts_needed": round(needed),
        "times_accounts": needed / base,
        "own_kept_median": statistics.median(kept),
        "own_kept_per_account": statistics.median(k / n for k, n in zip(kept, sizes, strict=True)),
    }
