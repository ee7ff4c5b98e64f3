"""What it costs to refuse a hostile bundle, and whether the good part is kept.

PYTHONPATH=. python benchmarks/share/hostile/run.py [--full]
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import orjson  # noqa: E402

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.share.made import NOW_US, bundle  # noqa: E402
from stillwatch.adapters.share.taking import bytes_of  # noqa: E402
from stillwatch.model.errors import StillwatchError  # noqa: E402
from stillwatch.share.parsing import Limits  # noqa: E402
from stillwatch.share.reading import Taking, read_bundle  # noqa: E402

Case = tuple[str, Callable[[], bytes], bool]


def spliced(inside: bytes) -> Callable[[], bytes]:
    """A good bundle with something at the end of its list."""

    def made() -> bytes:
        parts = [orjson.dumps(one) for one in bundle()["objects"]]
        return b'{"type":"bundle","objects":[' + b",".join([*parts, inside]) + b"]}"

    return made


def many(n: int, change: Callable[[dict[str, Any], int, int], None]) -> Callable[[], bytes]:
    """A good bundle with many copies of a note, each changed."""

    def made() -> bytes:
        held = bundle()["objects"]
        note = next(one for one in held if one["type"] == "note")
        for at in range(n):
            one = json.loads(json.dumps(note))
            change(one, at, n)
            held.append(one)
        return orjson.dumps({"type": "bundle", "objects": held})

    return made


def _id(at: int) -> str:
    return f"note--{at:08x}-1111-4111-8111-111111111111"


def chained(one: dict[str, Any], at: int, n: int) -> None:
    """A note on the next one; the last on the first."""
    one["id"], one["object_refs"] = _id(at), [_id((at + 1) % n)]


def dangling(one: dict[str, Any], at: int, n: int) -> None:
    """A note on the next one; what the last is on is not there."""
    one["id"], one["object_refs"] = _id(at), [_id(at + 1)]


def twins(one: dict[str, Any], at: int, n: int) -> None:
    """One id, many contents."""
    one["content"] = f"One provider saw this; {at}."


def cases(n: int) -> list[Case]:
    """Name, bytes, and whether all of the good bundle must be kept."""
    return [
        ("good bundle, 1 campaign", lambda: orjson.dumps(bundle()), True),
        ("one string of 10 MB", spliced(b'{"a":"' + b"x" * 10_000_000 + b'"}'), True),
        ("one key of 10 MB", spliced(b'{"' + b"x" * 10_000_000 + b'":1}'), True),
        ("a list of 10 million numbers", spliced(b'{"a":[' + b"1," * 9_999_999 + b"1]}"), True),
        ("5 million brackets in an object", spliced(b'{"a":' + b"[" * 5_000_000), False),
        ("30 million brackets", lambda: b"[" * 30_000_000, False),
        ("not a number", spliced(b'{"a":NaN}'), True),
        ("bytes that are no UTF-8", spliced(b'{"a":"\xff\xfe"}'), True),
        ("a number of a million digits", spliced(b'{"a":' + b"9" * 1_000_000 + b"}"), True),
        ("a million empty objects", spliced(b"{}," * 1_000_000 + b"{}"), True),
        (f"{n:,} notes in a circle", many(n, chained), True),
        (f"{n:,} notes, the last on nothing", many(n, dangling), True),
        (f"{n:,} under one id", many(n, twins), False),
    ]


def status(name: str) -> int:
    """A figure of this process, KiB: what it has now, or had at most since it was reset."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def measured(name: str, data: bytes, sender: Any) -> None:
    """Read in a process of its own, so that the peak is its alone."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = status("VmRSS")
    begun = time.process_time()
    taken, refused = read_bundle(data, Taking(sender="omega", me="alpha", now_us=NOW_US))
    spent = time.process_time() - begun
    peak = status("VmHWM")
    begun = time.process_time()
    try:
        json.loads(data)
        peer = "parsed"
    except (ValueError, RecursionError) as error:
        peer = type(error).__name__
    peer_s = time.process_time() - begun
    sender.send({
        "case": name, "mb": len(data) / 1e6, "cpu_s": spent, "peak_mib": (peak - before) / 1024,
        "json_cpu_s": peer_s, "json_says": peer, "taken": len(taken), "refused": len(refused),
        "first_reason": refused[0].why[:80] if refused else "",
        "ids": [one["id"] for one in taken],
    })  # fmt: skip


def bomb(n_mib: int) -> dict[str, Any]:
    """A file that unpacks to far more than is read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bomb.gz"
        path.write_bytes(gzip.compress(bytes(n_mib << 20), 9))
        begun = time.process_time()
        try:
            bytes_of(path, Limits())
            why = ""
        except StillwatchError as error:
            why = str(error).rpartition(": ")[2]
        return {
            "case": f"gzip of {n_mib} MiB of nothing", "mb": path.stat().st_size / 1e6,
            "cpu_s": time.process_time() - begun, "refused": 1 if why else 0,
            "first_reason": why[:80], "kept_good": "",
        }  # fmt: skip


def main() -> None:
    """Read each, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; ten times the objects")
    asked = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    good = {one["id"] for one in bundle()["objects"]}
    rows = []
    for name, make, whole in cases(5_000 if asked.full else 500):
        data = make()
        here, there = spawn.Pipe(duplex=False)
        process = spawn.Process(target=measured, args=(name, data, there))
        process.start()
        row = here.recv()
        process.join()
        kept = set(row.pop("ids"))
        row["kept_good"] = len(kept & good) / len(good)
        assert kept <= good or not whole, name
        assert not whole or kept == good, (name, len(kept))
        rows.append(row)
        told(f"{name}: {row['cpu_s']:.2f} s of processor")
    rows.append(bomb(256))
    print(table(rows))
    freeze(HERE, rows, full=asked.full, facts={"limits": str(Limits())},
           headlines=headlines(rows))  # fmt: skip


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    worst = max(rows, key=lambda r: r["cpu_s"])
    most = max(rows, key=lambda r: r.get("peak_mib", 0))
    return [
        f"The worst of {len(rows)} takes {worst['cpu_s']:.1f} s of processor ({worst['case']}), "
        f"the largest {most['peak_mib']:.0f} MiB above what the program needs ({most['case']}).",
        f"The good objects are all kept in {sum(r.get('kept_good') == 1 for r in rows)} of "
        f"{len(rows)} cases.",
    ]


if __name__ == "__main__":
    main()
