"""Write the error rates that case reports ship, from the frozen tables of the search.

Run ``python tools/build_error_rates.py`` to write, with ``--check`` to compare only: exit code 1
and a line on stderr where the file is not what the tables say.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

from scipy.stats import beta

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "benchmarks"
DATA = ROOT / "src" / "stillwatch" / "adapters" / "cases" / "data" / "error_rates.json"
CAVEAT = (
    "Counted on made worlds by the authors of the search; campaigns and innocent kinds of these"
    " shapes were looked at while it was tuned. A provider's own traffic is the test."
)
Row = dict[str, str]


def rows_of(name: str) -> tuple[list[Row], dict[str, Any]]:
    """A frozen table, and how it was made."""
    with (TABLES / name / "frozen.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return rows, json.loads((TABLES / name / "frozen.json").read_text(encoding="utf-8"))


def interval(hits: int, n: int) -> str:
    """The 95% interval of a share, Clopper and Pearson's."""
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    return f"{low:.3f} to {high:.3f}"


def rate(measure: str, value: str, interval: str, on: str, table: str, made: Any) -> dict[str, str]:
    """One row of the report."""
    return {
        "measure": measure,
        "value": value,
        "interval": interval,
        "on": on,
        "table": f"benchmarks/{table}",
        "made_on": str(made["made_on"]),
        "code": str(made["code"]),
    }


def wanted() -> dict[str, Any]:
    """What the file should hold."""
    out = []
    rows, made = rows_of("detect/campaigns")
    for row in rows:
        label = row["set"].strip('"')
        if row["kind"] == "set":
            size = f"{label}: {int(row['n_exchanges']):,} exchanges"
            found = f"{row['n_found']} of {row['n_campaigns']}"
            among = interval(int(row["n_found"]), int(row["n_campaigns"]))
            out.append(rate("campaigns found", found, among, size, "detect/campaigns", made))
            false = f"{row['n_false_campaigns']} of {row['n_reported']}"
            among = interval(int(row["n_false_campaigns"]), int(row["n_reported"]))
            out.append(
                rate(
                    "false campaigns among those reported",
                    false,
                    among,
                    size,
                    "detect/campaigns",
                    made,
                )
            )
        if row["kind"] == "innocent" and row["name"] == "all benign":
            upper = f"0 to {float(row['upper_95']):.5f}"
            seen = f"{row['n_accused']} of {int(row['n_accounts']):,}"
            out.append(
                rate(
                    "innocent accounts in any report", seen, upper, label, "detect/campaigns", made
                )
            )
    rows, made = rows_of("detect/null")
    for row in rows:
        if row["seed"] == "all":
            among = f"{float(row['realised_low_95']):.3f} to {float(row['realised_high_95']):.3f}"
            on = f"{row['n_worlds']} worlds without a campaign, claimed rate {row['fdr']}"
            out.append(
                rate(
                    "worlds with a false campaign",
                    row["n_false_campaigns"],
                    among,
                    on,
                    "detect/null",
                    made,
                )
            )
    rows, made = rows_of("attribute/hypotheses")
    for row in rows:
        n = int(float(row["n_groups"])) if row["n_groups"] else 0
        on = "worlds that the likelihoods were not counted on"
        among = f"{float(row['low_95'] or 0):.3f} to {float(row['high_95'] or 0):.3f}"
        if row["kind"] == "innocent":
            out.append(
                rate(
                    "innocent groups for which a harvest ranks first",
                    f"{row['n_charged']} of {n:,}",
                    among,
                    on,
                    "attribute/hypotheses",
                    made,
                )
            )
        if row["kind"] == "reported campaign":
            out.append(
                rate(
                    f"reported campaigns, {row['name']}: the true account ranks first",
                    f"{float(row['right']):.0%} of {n}",
                    among,
                    on,
                    "attribute/hypotheses",
                    made,
                )
            )
    return {"schema": "stillwatch.error-rates/1", "caveat": CAVEAT, "rows": out}


def main() -> int:
    """Write or check; return the exit code."""
    text = json.dumps(wanted(), indent=1, ensure_ascii=False) + "\n"
    if "--check" in sys.argv[1:]:
        stale = not DATA.is_file() or DATA.read_text(encoding="utf-8") != text
        if stale:
            print(f"{DATA.name} is stale: run `python tools/build_error_rates.py`", file=sys.stderr)
        return int(stale)
    DATA.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
