"""What becomes of a watcher through which weeks of traffic flow?

PYTHONPATH=. python benchmarks/watch/soak/run.py [--full] [--minutes M] [--every 60s]
    [--keep DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = next(place for place in HERE.parents if (place / "pyproject.toml").is_file())
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import redis  # noqa: E402

from benchmarks.detect.freezing import freeze, read_csv, table, told, write_csv  # noqa: E402
from benchmarks.watch.soak.becoming import (  # noqa: E402
    campaign_rows,
    counted,
    events_of,
    is_consistent,
)
from benchmarks.watch.soak.telling import headlines, level_rows, looks_taken, total_row  # noqa: E402
from benchmarks.watch.soak.worlds import FULL, SMALL, STEADY, Plan, made  # noqa: E402
from benchmarks.watch.streaming import (  # noqa: E402
    PROGRAM,
    Watched,
    free_port,
    metrics,
    redis_in,
    sending,
    value,
    wait_for_page,
)

PORT = free_port()
DAY_US = 86_400e6
MIB = 2**20
#: at these shares of the time the watcher is killed; the second half is left alone.
KILLED_AT = (0.15, 0.28, 0.41)


@dataclass(slots=True)
class Soaked:
    """The state, the watcher of the moment, and what earlier ones took."""

    place: Path
    words: list[str]
    process: subprocess.Popen[bytes]
    cpu_s: dict[int, tuple[str, float]]

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.place / "state"

    def start(self) -> float:
        """Start a watcher; gives the seconds until it serves."""
        begun = time.monotonic()
        said = (self.place / "said").open("ab")
        self.process = subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=said)
        wait_for_page(PORT, self.process)
        return time.monotonic() - begun

    def took(self, which: str) -> float:
        """Seconds of processor of all that took, or looked, so far."""
        return sum(cpu_s for kind, cpu_s in self.cpu_s.values() if kind == which)


def on_disk(folder: Path) -> dict[str, float]:
    """Bytes and files of a state folder as they stand on the disk."""
    sizes: dict[Path, int] = {}
    for path in folder.rglob("*"):
        try:
            sizes[path] = path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    log = sum(n for path, n in sizes.items() if path.parent.name == "log")
    events = sum(n for path, n in sizes.items() if path.name.startswith("campaigns.jsonl"))
    return {
        "log_mib": log / MIB,
        "events_mib": events / MIB,
        "state_mib": sum(sizes.values()) / MIB,
        "disk_files": len(sizes),
    }


def sample(
    soaked: Soaked, server: Watched, client: Any, sent: Path, first_us: int
) -> dict[str, Any]:
    """One row of the table over time."""
    page, taking = metrics(PORT), Watched(soaked.process.pid)
    looking = taking.child()
    for kind, one in (("intake", taking), ("looking", looking)):
        if one is not None:
            soaked.cpu_s[one.number] = (kind, one.cpu_s())
    _, n_sent, sent_us = (sent.read_text(encoding="utf-8").splitlines() or ["0,0,0"])[-1].split(",")
    group = next(iter(client.xinfo_groups("exchanges")), {})
    n_looks = value(page, "look_seconds_count")
    return {
        "kind": "time",
        "load": os.getloadavg()[0],
        "day": (int(sent_us) - first_us) / DAY_US if n_sent.isdecimal() else 0.0,
        "n_sent": int(n_sent) if n_sent.isdecimal() else 0,
        "intake_mib": taking.rss_mib(),
        "intake_open": taking.n_open(),
        "intake_threads": taking.n_threads(),
        "intake_cpu_s": soaked.took("intake"),
        "looking_mib": looking.rss_mib() if looking else None,
        "looking_peak_mib": looking.peak_mib() if looking else None,
        "looking_open": looking.n_open() if looking else None,
        "looking_cpu_s": soaked.took("looking"),
        **on_disk(soaked.state),
        "redis_mib": client.info("memory")["used_memory"] / MIB,
        "redis_cpu_s": server.cpu_s(),
        "entries": client.xlen("exchanges"),
        "pending": group.get("pending"),
        "lag": group.get("lag"),
        "n_looks": n_looks,
        "look_mean_s": value(page, "look_seconds_sum") / max(1.0, n_looks),
        "log_exchanges": value(page, "log_exchanges"),
        "campaigns": value(page, "campaigns"),
        "accounts": value(page, "accounts"),
    }  # fmt: skip


def killed(soaked: Soaked, client: Any, day: float) -> dict[str, Any]:
    """Kill the watcher as it stands, start another, and see what comes back."""
    before = on_disk(soaked.state)
    group = next(iter(client.xinfo_groups("exchanges")), {})
    soaked.process.kill()
    soaked.process.wait()
    n_events = len(events_of(soaked.state))
    serving_s = soaked.start()
    begun = time.monotonic()
    while _oldest(client) <= _number(group["last-delivered-id"]) and time.monotonic() < begun + 60:
        time.sleep(0.05)
    caught_up_s = time.monotonic() - begun
    page = metrics(PORT)
    return {
        "kind": "kill",
        "day": day,
        "pending": group.get("pending"),
        "serving_after_s": serving_s,
        "caught_up_after_s": serving_s + caught_up_s,
        "log_mib": before["log_mib"],
        "log_exchanges": value(page, "log_exchanges"),
        "campaigns": value(page, "campaigns"),
        "n_events": n_events,
    }


def _number(entry: bytes) -> tuple[int, int]:
    """An id of a stream, so that ids can be compared."""
    milliseconds, _, nth = entry.partition(b"-")
    return int(milliseconds), int(nth or 0)


def _oldest(client: Any) -> tuple[float, int]:
    """The oldest entry that was handed out and not acknowledged; none is in the far future."""
    entry = client.xpending("exchanges", "stillwatch")["min"]
    return _number(entry) if entry else (float("inf"), 0)


def soak(asked: argparse.Namespace, plan: Plan, place: Path) -> tuple[list[dict[str, Any]], Soaked]:
    """Send everything in the time that was asked for, and sample meanwhile."""
    commands, sent, seconds = place / "commands", place / "sent.csv", asked.minutes * 60
    about = json.loads(commands.with_suffix(".json").read_bytes())
    span_s = (about["last_us"] - about["first_us"]) / 1e6
    rows: list[dict[str, Any]] = []
    with redis_in(place) as (server, path):
        words = [*PROGRAM, "watch", f"unix://{path}", "--state", str(place / "state")]
        words += ["--listen", f"127.0.0.1:{PORT}", "--every", asked.every, "--quiet"]
        words += ["--accounts", str(place / "accounts.parquet"), *plan.words]
        words += ["--releases", str(place / "releases.json")]
        client = redis.Redis(unix_socket_path=str(path))
        soaked = Soaked(place, words, subprocess.Popen(["true"]), {})
        sender: subprocess.Popen[str] | None = None
        try:
            soaked.start()
            told(f"{span_s / 86_400:.0f} days in {asked.minutes:g} minutes")
            sender = sending(commands, path, f"{span_s / seconds}x", seconds + 60, sent)
            begun, kills = time.time(), [share * seconds for share in KILLED_AT[: plan.n_kills]]
            while sender.poll() is None:
                time.sleep(asked.sample_s)
                if not sent.exists():
                    continue
                wall_s = time.time() - begun
                rows.append(
                    {**sample(soaked, server, client, sent, about["first_us"]), "wall_s": wall_s}
                )
                if kills and wall_s >= kills[0]:
                    kills.pop(0)
                    rows.append({**killed(soaked, client, rows[-1]["day"]), "wall_s": wall_s})
                    told(f"killed: {rows[-1]}")
            settle(client)
            rows.append(sample(soaked, server, client, sent, about["first_us"]))
            rows[-1]["wall_s"] = time.time() - begun
            soaked.process.terminate()
            if soaked.process.wait(120):
                raise SystemExit(f"the watcher ended with {soaked.process.returncode}")
        finally:
            for one in (soaked.process, sender):
                if one is not None and one.poll() is None:
                    one.kill()
                    one.wait()
    return rows, soaked


def settle(client: Any, wait_s: float = 60.0) -> None:
    """Wait until everything in the stream was taken."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        group = next(iter(client.xinfo_groups("exchanges")), {})
        if not group.get("lag") and not group.get("pending"):
            return
        time.sleep(0.1)


def retell(name: str) -> None:
    """Work the levels out anew from the samples of a run that was kept, and write them back."""
    told_before = json.loads((HERE / f"{name}.json").read_bytes())
    rows: list[dict[str, Any]] = []
    for row in read_csv(HERE / f"{name}.csv"):
        plain = {k: _number_of(v) for k, v in row.items() if v != "" or row["kind"] == "time"}
        rows.append(plain)
    by_kind = {kind: [r for r in rows if r["kind"] == kind] for kind in ("total", "campaign")}
    samples = [row for row in rows if row["kind"] in ("time", "kill")]
    levels, (total,) = list(level_rows(samples)), by_kind["total"]
    total["n_looks"] = looks_taken(samples)
    lines = headlines(total, levels, "DO NOT" not in told_before["headlines"][-1])
    write_csv([total, *levels, *by_kind["campaign"], *samples], HERE / f"{name}.csv")
    text = json.dumps({**told_before, "headlines": lines}, indent=2, ensure_ascii=False) + "\n"
    (HERE / f"{name}.json").write_text(text, encoding="utf-8")
    print(table(levels), *lines, sep="\n")


def _number_of(text: str) -> Any:
    """A cell of a table: a number, nothing, or words."""
    if text == "":
        return None
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() and "." not in text and "e" not in text else value


def main() -> None:
    """Run it and freeze the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 50 minutes")
    parser.add_argument("--steady", action="store_true", help="the same campaigns all the time")
    parser.add_argument("--minutes", type=float, default=None)
    parser.add_argument("--every", default=None, help="time between two looks")
    parser.add_argument("--keep", type=Path, help="where what was made stays")
    parser.add_argument("--retell", action="store_true", help="levels anew, of the frozen samples")
    asked = parser.parse_args()
    if asked.retell:
        retell("steady" if asked.steady else "frozen")
        return
    plan = STEADY if asked.steady else FULL if asked.full else SMALL
    asked.minutes = asked.minutes or plan.minutes
    asked.every = asked.every or plan.every
    asked.sample_s = min(10.0, asked.minutes * 60 / 60)
    with tempfile.TemporaryDirectory(prefix="sw") as aside:
        place = asked.keep or Path(aside)
        place.mkdir(parents=True, exist_ok=True)
        about = made(plan, place)
        rows, soaked = soak(asked, plan, place)
        levels = list(level_rows(rows))
        exact = counted(soaked.state, about)
        campaigns = campaign_rows(place, soaked.state, about["first_us"])
        consistent = is_consistent(soaked.state)
    total = total_row(rows, exact, campaigns, asked)
    print(table([total]), table(levels), table(campaigns), sep="\n\n", flush=True)
    facts = {"every": asked.every, "plan": plan.told}
    said = headlines(total, levels, consistent)
    every, name = [total, *levels, *campaigns, *rows], "steady" if asked.steady else "frozen"
    freeze(HERE, every, full=asked.full, facts=facts, headlines=said, name=name)


if __name__ == "__main__":
    main()
