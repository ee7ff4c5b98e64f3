"""The ways of running a search: in one process, by a cluster, and as a watcher."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.detect.freezing import told
from stillwatch.adapters.labelled import read_columns, read_json
from stillwatch.lab import Score, score

PROGRAM = (sys.executable, "-m", "stillwatch.cli.main")
#: machines of the cluster and the processors that each offers.
MACHINES = (2, 1)
WAYS = ("embedded", "ray", "watch")
#: what only a watcher says, and what only ``detect`` says, of a result.
_OF_ONE_WAY = ("watch", "reading")
_OF_THE_WATCHER = ("named_now", "opened_at")


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: its report, seconds by the wall and of processors, and MiB at the most.

    ``cpu_s`` and ``peak_mib`` are of the process that was asked and of its own; of a
    cluster they leave out the machines.
    """

    report: dict[str, Any]
    wall_s: float
    cpu_s: float
    peak_mib: float


def run(words: list[Any], out: Path, env: Mapping[str, str]) -> tuple[float, float, float]:
    """Run the program; gives seconds by the wall, of processors, and MiB.

    Raises:
        SystemExit: it could not look.
    """
    begun = time.perf_counter()
    with out.open("wb") as sink:
        started = subprocess.Popen([*PROGRAM, *map(str, words)], stdout=sink, env=dict(env))
        _, status, used = os.wait4(started.pid, 0)
    wall_s = time.perf_counter() - begun
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode not in (0, 1):
        raise SystemExit(f"stillwatch {words[0]} ended with {started.returncode}")
    return wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def environment(place: Path) -> dict[str, str]:
    """Nothing of the user's own, and one key for all ways, so that sketches can be equal."""
    key = place / "key"
    if not key.exists():
        key.write_text("5" * 64, encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STILLWATCH_")}
    kept["PYTHONPATH"] = ":".join(path for path in sys.path if path)
    return kept | {"XDG_STATE_HOME": str(place), "STILLWATCH_DETECT__KEY_FILE": str(key)}


def beside(folder: Path) -> list[Any]:
    """Options for the tables beside the traffic, where there are any."""
    words: list[Any] = []
    for name, option in (("accounts.parquet", "--accounts"), ("releases.json", "--releases")):
        if (folder / name).exists():
            words += [option, folder / name]
    return words


def embedded(folder: Path, place: Path) -> Ran:
    """``stillwatch detect``."""
    words = ["detect", folder / "exchanges.parquet", "--json", "--quiet", *beside(folder)]
    took = run(words, place / "embedded.json", environment(place))
    return Ran(json.loads((place / "embedded.json").read_bytes()), *took)


def on_a_cluster(folder: Path, place: Path) -> Ran | str:
    """``stillwatch detect --engine ray://...`` on a cluster of machines made for it."""
    if not find_spec("ray"):
        return "Ray is not installed here: see make test-ray"
    if os.geteuid():
        return "networks for its machines can be laid by root alone"
    from tests.cluster.machines import Machines

    n, n_cpus = MACHINES
    with Machines(Path(f"/tmp/sw-{os.getpid()}"), n, n_cpus=n_cpus) as machines:
        words = ["detect", folder / "exchanges.parquet", "--json", "--quiet", *beside(folder)]
        words += ["--engine", f"ray://{machines.address}"]
        env = machines.environment | environment(place)
        env |= {k: v for k, v in machines.environment.items() if k.startswith("RAY_")}
        took = run(words, place / "ray.json", env)
    return Ran(json.loads((place / "ray.json").read_bytes()), *took)


def watched(folder: Path, place: Path) -> Ran:
    """``stillwatch watch`` of the same file, to the end of the traffic."""
    with tempfile.TemporaryDirectory(dir=place) as state:
        words = ["watch", folder / "exchanges.parquet", "--state", f"{state}/state", "--once"]
        words += ["--listen", "", "--quiet", *beside(folder)]
        took = run(words, place / "watch.txt", environment(place))
        report = json.loads(Path(state, "state", "campaigns.json").read_bytes())
    return Ran(report, *took)


BY_NAME: dict[str, Callable[[Path, Path], Ran | str]] = {
    "embedded": embedded, "ray": on_a_cluster, "watch": watched,
}  # fmt: skip


def plain(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report without what only one of the ways says.

    Of templates a watcher that keeps no text has an empty list, and ``detect`` has no list.
    """
    out = {k: v for k, v in report.items() if k not in _OF_ONE_WAY}
    out["campaigns"] = []
    for one in report["campaigns"]:
        kept = {k: v for k, v in one.items() if k not in _OF_THE_WATCHER}
        pictures = {k: v for k, v in one["pictures"].items() if k != "templates" or v}
        kept |= {"id": one.get("named_now", one["id"]), "pictures": pictures}
        out["campaigns"].append(kept)
    return out


def label_of(folder: Path) -> str:
    """What a labelled folder is called: made worlds hold their recipe."""
    if not (folder / "recipe.json").exists():
        return "development set"
    return f"simulated, seed {read_json(folder / 'recipe.json')['recipe']['seed']}"


def compared(folder: Path, ways: Sequence[str], place: Path) -> tuple[list[dict[str, Any]], str]:
    """Run each way on a labelled folder: a row a way and one a campaign of it, and a sentence.

    Args:
        folder: the labelled folder.
        ways: names of :data:`WAYS`; the first is what the others are compared with.
        place: a folder for what is written meanwhile.
    """
    label = label_of(folder)
    truth = read_columns(folder / "truth.parquet", None)
    sent = read_columns(folder / "exchanges.parquet", ("account", "sent_at"))
    rows: list[dict[str, Any]] = []
    first: dict[str, Any] | None = None
    found: dict[str, dict[str, Any]] = {}
    equal: list[str] = []
    for way in ways:
        told(f"{label}: {way}")
        ran = BY_NAME[way](folder, place)
        if isinstance(ran, str):
            rows.append({"set": label, "kind": "way", "way": way, "looked": f"no: {ran}"})
            continue
        report = plain(ran.report)
        scored = score(report, truth, sent)
        if first is None:
            first, found = report, by_campaign(report, scored)
        rows += [way_row(label, way, ran, report, scored, first)]
        rows += campaign_rows(label, way, by_campaign(report, scored), scored, found)
        equal += [way] * (report == first)
    looked = [row["way"] for row in rows if row["kind"] == "way" and row["looked"] == "yes"]
    differ = [way for way in looked if way not in equal]
    one = next(row for row in rows if row["kind"] == "way" and row["looked"] == "yes")
    return rows, (
        f"{label}: {one['n_found']} of {one['n_campaigns']} campaigns found by {looked[0]}; the "
        f"reports of {', '.join(looked)} are "
        + (f"DIFFERENT ({', '.join(differ)})." if differ else "equal, to the last field.")
    )


def way_row(
    label: str, way: str, ran: Ran, report: dict[str, Any], scored: Score, first: dict[str, Any]
) -> dict[str, Any]:
    """One way on one set."""
    leaks = [c.leak for c in scored.campaigns if c.leak is not None]
    return {
        "set": label,
        "kind": "way",
        "way": way,
        "looked": "yes",
        "n_exchanges": report["n_exchanges"],
        "n_campaigns": len(scored.campaigns),
        "n_found": sum(c.found for c in scored.campaigns),
        "recall_median": statistics.median(c.recall for c in scored.campaigns),
        "precision": scored.precision,
        "leak_median": statistics.median(leaks),
        "leak_worst": max(leaks),
        "n_accused": scored.accused.n_accused,
        "upper_95": scored.accused.upper_95,
        "n_false_campaigns": scored.n_false_campaigns,
        "same_report": report == first,
        "wall_s": ran.wall_s,
        "cpu_s": ran.cpu_s,
        "peak_mib": ran.peak_mib,
    }


def by_campaign(report: dict[str, Any], scored: Score) -> dict[str, dict[str, Any]]:
    """What a report says of each true campaign, where it says anything."""
    by_id = {one["id"]: one for one in report["campaigns"]}
    return {one.campaign: by_id[one.report] for one in scored.campaigns if one.report in by_id}


def campaign_rows(
    label: str,
    way: str,
    here: dict[str, dict[str, Any]],
    scored: Score,
    first: dict[str, dict[str, Any]],
) -> list[dict[str, Any]]:
    """One row a campaign of one way, and whether the report of it is what the first way said."""
    rows = []
    for one in scored.campaigns:
        mine, theirs = here.get(one.campaign, {}), first.get(one.campaign, {})
        rows.append(
            {
                "set": label,
                "kind": "campaign",
                "way": way,
                "name": one.campaign,
                "n_accounts": one.n_accounts,
                "found": one.found,
                "recall": one.recall,
                "precision": one.precision,
                "leak": one.leak,
                "detected_at": mine.get("detected_at"),
                # the id of a report is a digest of its members
                "same_members": mine.get("id") == theirs.get("id"),
                "same_detected_at": mine.get("detected_at") == theirs.get("detected_at"),
                "same_report": mine == theirs,
            }
        )
    return rows
