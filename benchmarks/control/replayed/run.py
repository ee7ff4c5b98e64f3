"""The shipped policy on history: what campaigns still got, and what it cost the innocent.

PYTHONPATH=. python benchmarks/control/replayed/run.py [--full] [WORLD ...]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.detect.searching import releases_of, searched, traffic_of  # noqa: E402
from stillwatch.adapters.control.backtesting import backtest  # noqa: E402
from stillwatch.adapters.control.history import read_history, read_truth  # noqa: E402
from stillwatch.adapters.control.policies import load_policy  # noqa: E402
from stillwatch.control import Claim, LocalLimits  # noqa: E402
from stillwatch.control.replaying import Delays  # noqa: E402
from stillwatch.lab import Recipe, simulate  # noqa: E402

#: from a new member's first request to its being known: a live search, and the replay's clock.
JOINS = (("1 min", 60_000_000), ("3 h", 3 * 3_600_000_000))
#: requests an hour that the rate limit of the comparison allows.
RATES = (5, 10, 20, 40, 80, 160, 320)
MOST_FRICTION = 0.001


def small_world(folder: Path) -> Path:
    """A world that is made and searched in a minute."""
    recipe = Recipe(
        fixtures=("C05", "C11"), twins=("SWS-7", "SWS-8", "SWS-10"), n_accounts=400, days=5, seed=3
    )
    world = simulate(recipe, np.random.default_rng(3))
    pq.write_table(world.exchanges, folder / "exchanges.parquet")
    pq.write_table(world.accounts, folder / "accounts.parquet")
    pq.write_table(world.truth, folder / "truth.parquet")
    (folder / "releases.json").write_bytes(orjson.dumps(world.releases))
    traffic = traffic_of(world.batches())
    found = searched(traffic, world.accounts, world.truth, releases_of(world))
    (folder / "campaigns.json").write_bytes(orjson.dumps(found.result))
    return folder


def replays(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one world."""
    rows: list[dict[str, Any]] = []
    logs = [folder / "exchanges.parquet"]
    given = {
        "campaigns": folder / "campaigns.json",
        "accounts": folder / "accounts.parquet",
        "releases": folder / "releases.json",
        "truth": folder / "truth.parquet",
    }
    for label, join_us in JOINS:
        begun = time.process_time()
        seen = backtest(load_policy(), logs, delays=Delays(join_us=join_us), **given)
        cpu_us = (time.process_time() - begun) / seen["n_exchanges"] * 1e6
        same = {"world": name, "join": label}
        rows += [{"kind": "campaign", **same, **row} for row in seen["campaigns"]]
        rows += [{"kind": "rung", **same, **row} for row in seen["does"]]
        rows += [{"kind": "twin", **same, **row} for row in seen["twins"]]
        friction = seen["friction"]
        rows.append(
            {"kind": "whole", **same, "n_exchanges": seen["n_exchanges"],
             "n_accounts": seen["n_accounts"], "friction_share": friction["share"],
             "cpu_us_an_exchange": cpu_us}
        )  # fmt: skip
        told(f"{name}, joined after {label}: {cpu_us:.0f} us an exchange")
    return rows + rate_limits(folder, name)


def rate_limits(folder: Path, name: str) -> list[dict[str, Any]]:
    """A limit an account, the same for all: what it takes from either, at several rates."""
    table_of = read_history([folder / "exchanges.parquet"]).table
    truth = read_truth(folder / "truth.parquet")
    accounts, moments = table_of["account"].to_pylist(), table_of["sent_us"].to_pylist()
    guilty = {a for a, (campaign, _) in truth.items() if campaign}
    n_guilty = sum(a in guilty for a in accounts)
    rows = []
    for rate in RATES:
        limits = LocalLimits()
        cost_us = 3_600_000_000 // rate
        cut = [
            a
            for a, moment in zip(accounts, moments, strict=True)
            if not limits.take([Claim(a, cost_us, 3_600_000_000)], moment).allowed
        ]
        n_cut = sum(a in guilty for a in cut)
        rows.append(
            {"kind": "rate limit", "world": name, "requests_an_hour": rate,
             "cut_share": n_cut / n_guilty,
             "friction_share": (len(cut) - n_cut) / (len(accounts) - n_guilty)}
        )  # fmt: skip
    return rows


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    said = []
    for label, _ in JOINS:
        mine = [r for r in rows if r.get("join") == label]
        shares = [r["in_full_share"] for r in mine if r["kind"] == "campaign"]
        known = [s for s in shares if s is not None]
        n_good = sum(share <= 0.02 for share in known)
        whole = [r for r in mine if r["kind"] == "whole"]
        twins = [r for r in mine if r["kind"] == "twin" and r["twin"] != "ordinary"]
        n_hard = sum(r.get(f"does {rung}") or 0 for r in twins for rung in ("refuse", "suspend"))
        hard = [r for r in mine if r["kind"] == "rung" and r["rung"] in ("refuse", "suspend")]
        said.append(
            f"New members known after {label}: {n_good} of {len(shares)} campaigns got at most 2 % "
            f"of what they asked after detection in full, median {statistics.median(known):.2%}, "
            f"worst {max(known):.1%}; innocent accounts refused or suspended "
            f"{sum(r['n_benign_accounts'] for r in hard)}, exchanges of benign twins refused or "
            f"suspended {n_hard}; innocent exchanges touched at all "
            f"{max(r['friction_share'] for r in whole):.3%}."
        )
    named = [
        r["named_in_full_share"]
        for r in rows
        if r["kind"] == "campaign" and r["join"] == JOINS[0][0] and r["named_in_full_share"]
    ]
    said.append(
        f"Of accounts that the search named: median {statistics.median(named or [0.0]):.2%} in "
        "full after detection; the rest are accounts that it did not name."
    )
    limited = [
        r for r in rows if r["kind"] == "rate limit" and r["friction_share"] <= MOST_FRICTION
    ]
    best = max((r["cut_share"] for r in limited), default=0.0)
    said.append(
        f"The best rate limit an account that touches at most {MOST_FRICTION:.1%} of the innocent "
        f"exchanges, chosen with the labels in hand, cuts {best:.1%} of what campaigns ask."
    )
    return said


def main() -> None:
    """Replay every world and freeze the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish")
    parser.add_argument("worlds", nargs="*", type=Path, help="folders, with campaigns.json in each")
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folders = asked.worlds or [small_world(Path(scratch))]
        for number, folder in enumerate(folders, 1):
            rows += replays(folder, f"world {number}")
    shown = [r for r in rows if r["kind"] == "campaign"]
    print(table(shown, ["world", "join", "campaign", "n_after", "in_full_share"]))
    facts = {"worlds": len(folders), "policy": load_policy().digest}
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


if __name__ == "__main__":
    main()
