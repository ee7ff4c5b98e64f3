"""A million customers in one run that is killed in the middle and goes on, by the program itself.

PYTHONPATH=. python benchmarks/screen/throughput/million.py FOLDER [--customers N] [--full]

FOLDER is made; what stands in it of a run that was cut off is gone on from.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.screen.throughput.counting import counted  # noqa: E402
from benchmarks.screen.throughput.world import customers, entries, vocabulary  # noqa: E402
from stillwatch.screen.listing import Kind, Listing  # noqa: E402

SEED, LOOK_EVERY_S, BLOCK = 1, 2.0, 2_000
COLUMNS = ("customer", "name", "kind", "registration")
PROGRAM = (sys.executable, "-m", "stillwatch.cli.main", "screen")
_SOURCES = {"bis-el": "Entity List (EL)", "ofac-sdn": "Specially Designated Nationals (SDN)"}


def write_world(folder: Path, n_entries: int, n_customers: int) -> None:
    """The entries as a US Consolidated Screening List, and the customers."""
    rng = random.Random(SEED)
    words = vocabulary(rng, 40_000)
    listings = entries(n_entries, words, rng)
    rows = [_row(one) for one in listings]
    (folder / "lists.json").write_bytes(orjson.dumps({"total": len(rows), "results": rows}))
    half = folder / ".customers.half"
    with half.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(customers(n_customers, listings, words, rng))
    half.rename(folder / "customers.csv")


def _row(one: Listing) -> dict[str, Any]:
    return {
        "source": _SOURCES[one.list_name], "id": one.id, "entity_number": one.id,
        "type": "Individual" if one.kind is Kind.PERSON else "Entity",
        "name": one.names[0], "alt_names": list(one.names[1:]), "addresses": [],
        "ids": [{"type": it.kind, "number": it.value} for it in one.identifiers],
        "start_date": "2020-01-01", "programs": [],
    }  # fmt: skip


def run(folder: Path, words: list[str], kill_at: int = 0) -> dict[str, Any]:
    """The program in a process of its own; killed when so many blocks stand, if that is named."""
    begun = time.monotonic()
    state = folder / "customers.csv.screening"
    env = os.environ | {"STILLWATCH_SCREEN__FOLDER": str(folder / "lists")}
    with (folder / "said.json").open("wb") as said:
        process = subprocess.Popen([*PROGRAM, *words], cwd=folder, env=env, stdout=said)
    killed = False
    while True:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if kill_at and not killed and len(list(state.glob("*.jsonl.gz"))) >= kill_at:
            process.kill()
            killed = True
        time.sleep(LOOK_EVERY_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "killed": killed, "exit_code": process.returncode, "wall_s": time.monotonic() - begun,
        "cpu_s": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024,
        "n_blocks": len(list(state.glob("*.jsonl.gz"))),
    }  # fmt: skip


def main() -> None:
    """Make, screen, kill, go on, count, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--entries", type=int, default=0)
    parser.add_argument("--customers", type=int, default=0)
    parser.add_argument("--full", action="store_true", help="publish; 100,000 and 1,000,000")
    asked = parser.parse_args()
    n_entries = asked.entries or (100_000 if asked.full else 3_000)
    n_customers = asked.customers or (1_000_000 if asked.full else 8_000)
    asked.folder.mkdir(parents=True, exist_ok=True)
    folder = asked.folder.resolve()
    if not (folder / "customers.csv").exists():
        told(f"making {n_entries:,} entries and {n_customers:,} customers")
        write_world(folder, n_entries, n_customers)
    if not (folder / "lists").exists():
        told("reading the lists")
        run(folder, ["update", "lists.json", "--day", "2026-01-05", "--json"])
    check = ["check", "customers.csv", "--date", "2026-01-06", "--json"]
    done = folder / "parts.json"
    parts: list[dict[str, Any]] = json.loads(done.read_text()) if done.exists() else []
    if not any(part["killed"] for part in parts):
        told("screening, to be killed in the middle")
        parts.append(run(folder, check, n_customers // BLOCK // 2))
        done.write_text(json.dumps(parts))
    told("going on")
    parts.append(run(folder, check))
    done.write_text(json.dumps(parts))
    said = json.loads((folder / "said.json").read_bytes())
    found = counted(orjson.loads(line) for line in (folder / "customers.screened.jsonl").open("rb"))
    cpu_s = sum(part["cpu_s"] for part in parts)
    n_resumed = said["n_of_an_earlier_run"]
    n_counted = said["n_customers"] - n_resumed
    n_counted += min(BLOCK * sum(p["n_blocks"] for p in parts if p["killed"]), n_resumed)
    row = {
        "kind": "one run, killed and gone on with", "n_entries": n_entries,
        "n_customers": said["n_customers"], "n_resumed": n_resumed,
        "n_blocks": parts[-1]["n_blocks"], "n_counted": n_counted, "cpu_s": cpu_s,
        "wall_s": sum(part["wall_s"] for part in parts),
        "peak_mib": max(part["peak_mib"] for part in parts),
        "names_a_cpu_s": n_counted / cpu_s, **found,
    }  # fmt: skip
    print(table([row]))
    freeze(
        HERE, [row], full=asked.full, name="million", headlines=headlines(row),
        facts={"seed": SEED, "entries": n_entries, "customers": n_customers},
    )  # fmt: skip


def headlines(row: dict[str, Any]) -> list[str]:
    """The numbers that matter, in sentences."""
    return [
        f"{row['n_customers']:,} customers against {row['n_entries']:,} entries in one run that "
        f"was killed and went on with {row['n_resumed']:,} done: {row['cpu_s']:,.0f} s of "
        f"processor for the {row['n_counted']:,} whose seconds were counted, all of the program "
        f"with them, {row['names_a_cpu_s']:.0f} a second, {row['peak_mib']:,.0f} MiB.",
    ]


if __name__ == "__main__":
    main()
