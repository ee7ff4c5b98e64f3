"""How many customers are screened in a second against a hundred thousand entries.

PYTHONPATH=. python benchmarks/screen/throughput/run.py [--customers N] [--full]
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.screen.throughput.counting import counted  # noqa: E402
from benchmarks.screen.throughput.world import customers, entries, vocabulary  # noqa: E402
from stillwatch.adapters.screen.again import lists_of  # noqa: E402
from stillwatch.adapters.screen.gathering import Gathered  # noqa: E402
from stillwatch.adapters.screen.running import Job, run  # noqa: E402
from stillwatch.adapters.screen.shipped import load_regimes, load_scorer  # noqa: E402
from stillwatch.screen.answering import RestsOn  # noqa: E402

SEED, N_PEER, N_RUNS = 1, 60, 3
COLUMNS = ("customer", "name", "kind", "registration")


def cpu_s() -> float:
    """Processor time of this process and of those that it has ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def peak_mib() -> float:
    """Most memory that this process held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def screened(job: Job, path: Path, state: Path, processes: int) -> dict[str, Any]:
    """One run over a file."""
    begun, wall = cpu_s(), time.monotonic()
    folder, done = run(job, path, state, processes=processes)
    with folder:
        found = counted(folder.rows())
    spent = cpu_s() - begun
    return {
        "kind": "run", "name": f"{processes} process(es)", "n_customers": done.n_rows,
        "names_a_cpu_s": done.n_rows / spent, "wall_s": time.monotonic() - wall,
        "hours_of_cpu_for_1M": 1e6 / (done.n_rows / spent) / 3600, **found,
    }  # fmt: skip


def middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The run of the median rate, with the slowest and the fastest."""
    ordered = sorted(runs, key=lambda one: float(one["names_a_cpu_s"]))
    rates = [one["names_a_cpu_s"] for one in ordered]
    return {**ordered[len(runs) // 2], "n_runs": len(runs), "slowest": rates[0],
            "fastest": rates[-1]}  # fmt: skip


def main() -> None:
    """Build, screen, compare, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=0)
    parser.add_argument("--customers", type=int, default=0)
    parser.add_argument("--full", action="store_true", help="publish; 100,000 entries")
    asked = parser.parse_args()
    n_entries = asked.entries or (100_000 if asked.full else 5_000)
    n_customers = asked.customers or (100_000 if asked.full else 4_000)
    rng = random.Random(SEED)
    words = vocabulary(rng, 40_000)
    listings = entries(n_entries, words, rng)
    told(f"filing {sum(len(one.names) for one in listings):,} names")
    begun = time.process_time()
    lists = lists_of(listings)
    filing_s = time.process_time() - begun
    regimes = load_regimes(None)
    rests_on = RestsOn(
        snapshots={"made": f"snapshot:{SEED}"}, regimes=regimes.digest,
        scorer=load_scorer().digest, as_known_on=regimes.as_known_on,
    )  # fmt: skip
    job = Job(Gathered(lists, rests_on, ()), regimes, regimes.as_known_on, {})
    rows: list[dict[str, Any]] = [
        {"kind": "filing", "name": "index made", "n_entries": n_entries,
         "n_names": len(lists.names), "cpu_s": filing_s}
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "customers.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(customers(n_customers, listings, words, rng))
        for processes, n_runs in ((1, N_RUNS), (2, 1)):
            runs = []
            for number in range(n_runs):
                told(f"{processes} process(es), run {number + 1} of {n_runs}")
                state = Path(place) / f"state{processes}-{number}"
                runs.append(screened(job, path, state, processes))
            rows.append(middle(runs))
    rows.append(peer(lists.names, [one["name"] for one in customers(N_PEER, listings, words, rng)]))
    rows[-1]["peer_times_ours"] = rows[1]["names_a_cpu_s"] / rows[-1]["names_a_cpu_s"]
    rows[0]["peak_mib"] = peak_mib()
    print(table(rows))
    facts = {"seed": SEED, "entries": n_entries, "customers": n_customers}
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


def peer(names: list[Any], asked: list[str]) -> dict[str, Any]:
    """Every name compared with every listed one, by rapidfuzz alone, without explanation."""
    listed = [name for name, _ in names]
    begun = time.process_time()
    for name in asked:
        process.extract(name, listed, scorer=fuzz.token_sort_ratio, limit=8, score_cutoff=70)
    spent = time.process_time() - begun
    return {
        "kind": "peer", "name": "rapidfuzz over all names", "n_customers": len(asked),
        "names_a_cpu_s": len(asked) / spent,
    }  # fmt: skip


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    filing, one, two, other = rows
    return [
        f"{one['names_a_cpu_s']:.0f} customers a second of one processor against "
        f"{filing['n_entries']:,} entries with {filing['n_names']:,} names (median of "
        f"{one['n_runs']} runs, {one['slowest']:.0f} to {one['fastest']:.0f}); "
        f"{two['names_a_cpu_s']:.0f} with two processes.",
        f"A million customers take {one['hours_of_cpu_for_1M']:.2f} hours of processor "
        "(extrapolated).",
        f"Of {one['n_planted']:,} customers spelt like an entry {one['found_share']:.1%} are told, "
        f"and of {one['n_with_number']:,} that also have its number "
        f"{one['corroborated_share']:.1%} are corroborated.",
        f"rapidfuzz over all names does {other['names_a_cpu_s']:.0f} a second.",
    ]


if __name__ == "__main__":
    main()
