"""Does a watcher keep up with a stream, and what does that take of two cores?

PYTHONPATH=. python benchmarks/watch/sustained/run.py [--full] [--rate 5000] [--minutes 1]
    [--world DIR] [--every 60s] [--keep DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = next(place for place in HERE.parents if (place / "pyproject.toml").is_file())
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, read_csv, table, told  # noqa: E402
from benchmarks.watch.streaming import (  # noqa: E402
    PROGRAM,
    SENDER,
    Watched,
    metrics,
    quantile,
    redis_in,
    sending,
    value,
    wait_for_page,
)

PORT = 19464
SAMPLE_S = 10.0
#: made when no world is given: small, so that anybody can see it run.
SMALL = ["--accounts", "4000", "--fixture", "C04,C08", "--campaign-accounts", "C04=60,C08=40"]
SMALL += ["--days", "3", "--mean-exchanges", "12", "--seed", "1"]
#: entries that Redis keeps, about: a minute and more, so that nothing unread is dropped.
KEPT = 600_000


def sample(begun_s: float, watcher: Watched, redis: Watched) -> dict[str, Any]:
    """One row of the table over time."""
    page, child = metrics(PORT), watcher.child()
    return {
        "kind": "time",
        "load": os.getloadavg()[0],
        "wall_s": time.time() - begun_s,
        "n_taken": value(page, "exchanges_total"),
        "backlog": value(page, "source_backlog"),
        "to_state_p50_s": quantile(page, "arrival_to_state_seconds", 0.5) if page else None,
        "to_state_p99_s": quantile(page, "arrival_to_state_seconds", 0.99) if page else None,
        "intake_cpu_s": watcher.cpu_s(),
        "intake_mib": watcher.rss_mib(),
        "looking_cpu_s": child.cpu_s() if child else 0.0,
        "looking_mib": child.rss_mib() if child else 0.0,
        "redis_cpu_s": redis.cpu_s(),
        "n_looks": value(page, "look_seconds_count"),
        "look_mean_s": value(page, "look_seconds_sum")
        / max(1.0, value(page, "look_seconds_count")),
        "campaigns": value(page, "campaigns"),
        "accounts": value(page, "accounts"),
    }


def opened_after_s(state: Path, log: Path) -> list[float]:
    """For each campaign, seconds from the exchange that completed its evidence to its opening."""
    sent = [(float(r["wall_s"]), int(r["sent_us"])) for r in read_csv(log)]
    out = []
    path = state / "campaigns.json"
    for one in json.loads(path.read_bytes())["campaigns"] if path.exists() else ():
        evidence_us = datetime.fromisoformat(one["detected_at"]).timestamp() * 1e6
        opened_s = datetime.fromisoformat(one["opened_at"]).timestamp()
        came_s = next((wall for wall, sent_us in sent if sent_us >= evidence_us), None)
        if came_s is not None:
            out.append(opened_s - came_s)
    return out


def bare_reader(path: str, n: int) -> float:
    """Microseconds of processor an exchange to read the stream, parse it and acknowledge."""
    code = """
import sys, time, orjson, redis
client = redis.Redis(unix_socket_path=sys.argv[1])
client.xgroup_create("exchanges", "bare", id="0")
begun, n = time.process_time(), 0
while n < int(sys.argv[2]):
    found = client.xreadgroup("bare", "one", {"exchanges": ">"}, count=1000)
    if not found: break
    entries = [e for _, es in found for e in es] if isinstance(found, list) else [
        e for ls in found.values() for l in ls for e in (l if isinstance(l, list) else [l])]
    for _, fields in entries: orjson.loads(fields[b"json"])
    client.xack("exchanges", "bare", *[number for number, _ in entries])
    n += len(entries)
print((time.process_time() - begun) / max(1, n) * 1e6)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, path, str(n)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def run(asked: argparse.Namespace, place: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Start everything, send, and measure."""
    world = asked.world or place / "world"
    if not world.exists():
        told("making a world")
        words = [*PROGRAM, "lab", "simulate", str(world), *SMALL, "--files", "2"]
        subprocess.run(words, check=True, capture_output=True)
    commands = place / "commands"
    if not commands.exists():
        told("rendering it")
        worlds = ",".join(map(str, [world, *([asked.then] if asked.then else [])]))
        made = [sys.executable, SENDER, "render", worlds, commands, str(KEPT)]
        subprocess.run(made, check=True, capture_output=True)
    state, log = place / "state", place / "sent.csv"
    shutil.rmtree(state, ignore_errors=True)
    with redis_in(place) as (redis, path):
        words = [*PROGRAM, "watch", f"unix://{path}?idle_s=600"]
        words += ["--state", str(state), "--listen", f"127.0.0.1:{PORT}", "--every", asked.every]
        words += ["--accounts", str(world / "accounts.parquet"), "--quiet"]
        words += ["--releases", str(world / "releases.json")]
        watcher = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        rows = []
        try:
            wait_for_page(PORT, watcher)
            told("sending")
            sender = sending(commands, path, str(asked.rate), asked.minutes * 60, log)
            begun_s, at = time.time(), (Watched(watcher.pid), redis)
            sender_cpu_s = 0.0
            while sender.poll() is None:
                time.sleep(min(SAMPLE_S, asked.minutes * 6))
                sender_cpu_s = Watched(sender.pid).cpu_s() or sender_cpu_s
                rows.append(sample(begun_s, *at))
            n_sent, sent_s = int(sender.communicate()[0]), asked.minutes * 60
            while (
                value(metrics(PORT), "exchanges_total")
                + value(metrics(PORT), 'set_aside_total{reason="duplicate"}')
                < n_sent
                and time.time() - begun_s < sent_s + 60
            ):
                time.sleep(0.2)
            last = sample(begun_s, *at)
            page = metrics(PORT)
            n_looks = value(page, "look_seconds_count")
            while value(metrics(PORT), "look_seconds_count") < n_looks + 1 and asked.patience:
                time.sleep(1.0)
                asked.patience -= 1
                last["looking_mib"] = max(last["looking_mib"], sample(begun_s, *at)["looking_mib"])
            n_looks = value(metrics(PORT), "look_seconds_count")
        finally:
            watcher.terminate()
            watcher.wait()
            bare_us = bare_reader(str(path), 100_000)
    rows.append(last)
    delays = opened_after_s(state, log)
    total = {
        "kind": "total",
        "load": sum(row["load"] for row in rows) / len(rows),
        "rate": n_sent / sent_s,
        "n_sent": n_sent,
        "n_taken": last["n_taken"],
        "wall_s": sent_s,
        "to_state_p50_s": last["to_state_p50_s"],
        "to_state_p99_s": last["to_state_p99_s"],
        "commit_p99_s": quantile(page, "commit_seconds", 0.99),
        "intake_us_an_exchange": last["intake_cpu_s"] / last["n_taken"] * 1e6,
        "bare_us_an_exchange": bare_us,
        "times_the_bare": last["intake_cpu_s"] / last["n_taken"] * 1e6 / bare_us,
        "intake_mib": max(row["intake_mib"] for row in rows),
        "looking_mib": max(row["looking_mib"] for row in rows),
        "sender_cpu_s": sender_cpu_s,
        "n_looks": n_looks,
        "look_mean_s": last["look_mean_s"],
        "campaigns": len(delays),
        "opened_after_worst_s": max(delays, default=None),
        "accounts": last["accounts"],
        "log_bytes_an_exchange": value(page, "log_bytes") / last["n_taken"],
    }
    return [total, *rows], {"world": world.name, "every": asked.every}


def main() -> None:
    """Run it and freeze the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; ten minutes")
    parser.add_argument("--rate", type=float, default=5000.0)
    parser.add_argument("--minutes", type=float, default=None)
    parser.add_argument("--every", default="60s")
    parser.add_argument("--world", type=Path, help="made by `stillwatch lab simulate --files N`")
    parser.add_argument("--then", type=Path, help="a world that goes on where that one ends")
    parser.add_argument("--keep", type=Path, help="where the rendered world stays")
    parser.add_argument("--patience", type=int, default=60, help="seconds for one more look")
    asked = parser.parse_args()
    asked.minutes = asked.minutes or (10.0 if asked.full else 0.2)
    with tempfile.TemporaryDirectory() as aside:
        place = asked.keep or Path(aside)
        place.mkdir(parents=True, exist_ok=True)
        rows, facts = run(asked, place)
    total = rows[0]
    worst = total["opened_after_worst_s"]
    lines = [
        f"{total['n_sent']:,} exchanges in {total['wall_s']:.0f} s, {total['rate']:,.0f} a second: "
        f"{total['n_taken']:,.0f} taken, from arrival to the disk 99% within "
        f"{total['to_state_p99_s']:.2f} s, half within {total['to_state_p50_s']:.2f} s.",
        f"Taking costs {total['intake_us_an_exchange']:.0f} us of processor an exchange, "
        f"{total['times_the_bare']:.1f} times what redis-py takes to read, parse and acknowledge; "
        f"memory {total['intake_mib']:.0f} MiB for it, {total['looking_mib']:.0f} MiB for looking.",
        f"{total['n_looks']:.0f} looks, {total['look_mean_s']:.0f} s each on average; "
        f"{total['campaigns']} campaigns stand"
        + (f", opened at most {worst:.0f} s after their evidence was there." if worst else "."),
    ]
    print(table([total]), flush=True)
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=lines)


if __name__ == "__main__":
    main()
