"""What a search costs an exchange, from a million to the published scale and beyond.

PYTHONPATH=. python benchmarks/detect/scale/run.py [--full] [--sizes 1M,4M,16M,50M] [--keep DIR]
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = next(place for place in HERE.parents if (place / "pyproject.toml").is_file())
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, read_numbers, table, told  # noqa: E402
from benchmarks.detect.scale.measuring import STILLWATCH, Took, measured  # noqa: E402
from benchmarks.detect.scale.worlds import SIZES, STRESSES, Made, made, options_of  # noqa: E402
from stillwatch.adapters.labelled import read_columns, read_json  # noqa: E402
from stillwatch.lab import Score, score  # noqa: E402

MICRO = 1e6
#: options of every world.
WORLDS = {name: options_of(n) for name, n in SIZES.items()} | {
    name: options_of(SIZES["1M"], other) for name, other in STRESSES.items()
}
GIB = 2**30


def searched(folder: Path, report: Path, most_bytes: int) -> Took:
    """Run ``stillwatch detect`` on a world, in so much memory; in all there is if 0."""
    words = [STILLWATCH, "detect", folder / "exchanges", "--json", "--quiet"]
    words += ["--accounts", folder / "accounts.parquet", "--releases", folder / "releases.json"]
    return measured(words, report, most_bytes)


def scored(folder: Path, report: Path) -> Score:
    """Score a report against the world's truth."""
    sent = read_columns(folder / "exchanges", ("account", "sent_at"))
    return score(read_json(report), read_columns(folder / "truth.parquet", None), sent)


def limit_s(folder: Path, out: Path) -> float:
    """Seconds of processor to decode the world and hash its prompts."""
    measured([sys.executable, HERE / "limit.py", folder / "exchanges"], out)
    return float(read_json(out)["cpu_s"])


def world_row(world: Made, took: Took, limit: float, found: Score) -> dict[str, Any]:
    """The row of a whole world."""
    leaks = [c.leak for c in found.campaigns if c.leak is not None]
    return {
        "world": world.label,
        "kind": "world",
        "n_exchanges": world.n_exchanges,
        "n_accounts": world.n_accounts,
        "n_campaign_accounts": world.n_campaign_accounts,
        "mean_prompt_chars": world.mean_prompt_chars,
        "gib": world.n_bytes / GIB,
        "make_cpu_s": world.make_cpu_s,
        "make_peak_mib": world.make_peak_mib,
        "cpu_s": took.cpu_s,
        "wall_s": took.wall_s,
        "peak_mib": took.peak_mib,
        "fenced_mib": took.fenced_mib,
        "cpu_us_an_exchange": took.cpu_s * MICRO / world.n_exchanges,
        "limit_cpu_s": limit,
        "times_the_limit": took.cpu_s / limit,
        "n_campaigns": len(found.campaigns),
        "n_found": sum(c.found for c in found.campaigns),
        "recall_median": statistics.median(c.recall for c in found.campaigns),
        "precision": found.precision,
        "leak_median": statistics.median(leaks),
        "n_accused": found.accused.n_accused,
        "upper_95": found.accused.upper_95,
        "n_false_campaigns": found.n_false_campaigns,
    }


def campaign_rows(label: str, found: Score) -> list[dict[str, Any]]:
    """One row a campaign."""
    return [
        {
            "world": label,
            "kind": "campaign",
            "name": c.campaign,
            "n_campaign_accounts": c.n_accounts,
            "found": c.found,
            "recall": c.recall,
            "precision": c.precision,
            "leak": c.leak,
        }
        for c in found.campaigns
    ]


def within(row: dict[str, Any]) -> str:
    """What was enough for it, where there was a fence."""
    mib = row["fenced_mib"]
    return "" if math.isnan(mib) else f" ({mib:.0f} MiB with all pages of files, by the fence)"


def headline(row: dict[str, Any]) -> str:
    """What a world's row says, in a sentence."""
    return (
        f"{row['world']}: {row['n_exchanges']:,} exchanges of {row['n_accounts']:,} accounts, "
        f"{row['mean_prompt_chars']:.0f} characters a prompt: "
        f"{row['cpu_us_an_exchange']:.0f} us of processor an exchange "
        f"({row['cost_ratio']:.2f} of the first world's, {row['times_the_limit']:.1f} times "
        f"decoding and hashing), {row['wall_s']:.0f} s, "
        f"{row['peak_mib']:.0f} MiB{within(row)}; "
        f"{row['n_found']} of {row['n_campaigns']} campaigns found, "
        f"median recall {row['recall_median']:.3f}, {row['n_accused']} innocent accounts accused."
    )


def arguments() -> argparse.Namespace:
    """What was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 1M, 4M and 16M, all stresses")
    parser.add_argument("--sizes", default="", help=f"of {', '.join(SIZES)}")
    parser.add_argument("--stress", action="store_true", help="the worlds that are hard in one way")
    parser.add_argument("--keep", type=Path, help="where worlds stay, and are taken from")
    parser.add_argument("--memory", type=float, default=0.0, help="GB that a search may have, 10^9")
    parser.add_argument("--make-only", action="store_true", help="search nothing")
    parser.add_argument("--onto", action="store_true", help="keep frozen rows of other worlds")
    return parser.parse_args()


def main() -> None:
    """Make the worlds, search them and freeze the table."""
    asked = arguments()
    names = [x for x in (asked.sizes or ("1M,4M,16M" if asked.full else "200k")).split(",") if x]
    if asked.stress or (asked.full and not asked.sizes):
        names += STRESSES
    rows = earlier(names) if asked.onto else []
    with tempfile.TemporaryDirectory() as aside:
        place = asked.keep or Path(aside)
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            folder, world = made(name, WORLDS[name], place)
            told(f"{name}: {world}")
            if asked.make_only:
                continue
            report = Path(aside) / "report.json"
            took = searched(folder, report, round(asked.memory * 1e9))
            limit = limit_s(folder, Path(aside) / "limit.json")
            found = scored(folder, report)
            first = world_row(world, took, limit, found)
            base = rows[0] if rows else first
            first["cost_ratio"] = first["cpu_us_an_exchange"] / base["cpu_us_an_exchange"]
            rows += [first, *campaign_rows(name, found)]
            print(table(rows[-len(found.campaigns) - 1 :]), flush=True)
            # what was measured stands, whatever becomes of a larger world
            frozen(rows, asked)


def earlier(anew: Collection[str]) -> list[dict[str, Any]]:
    """Frozen rows of worlds that are not measured anew, numbers as numbers."""
    kept = [row for row in read_numbers(HERE / "frozen.csv") if row["world"] not in anew]
    return [{name: value for name, value in row.items() if value is not None} for row in kept]


def frozen(rows: list[dict[str, Any]], asked: argparse.Namespace) -> None:
    """Freeze the rows so far."""
    heads = [row for row in rows if row["kind"] == "world"]
    done = [str(row["world"]) for row in heads]
    facts = {
        "worlds": {name: " ".join(f"{k} {v}" for k, v in WORLDS[name].items()) for name in done},
        "memory_gb": asked.memory or "all there is",
    }
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=[headline(row) for row in heads])


if __name__ == "__main__":
    main()
