"""What a run found of the customers that are spelt like an entry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def counted(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Shares of what was planted and found.

    Args:
        rows: lines of a run over :func:`benchmarks.screen.throughput.world.customers`.
    """
    n = planted = found = numbered = corroborated = false = 0
    for row in rows:
        n += 1
        number, _, ref = row["customer"].partition("=")
        called = {one["listing"]: one["called"] for one in row.get("matches", ())}
        if ref:
            planted += 1
            found += ref in called
            numbered += int(number) % 100 == 0
            corroborated += called.get(ref) == "corroborated"
        else:
            false += row["advice"] != "go_on"
    return {
        "n_planted": planted, "found_share": found / max(1, planted), "n_with_number": numbered,
        "corroborated_share": corroborated / max(1, numbered),
        "others_asked_share": false / max(1, n - planted),
    }  # fmt: skip
