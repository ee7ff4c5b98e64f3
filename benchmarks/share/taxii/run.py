"""What an object costs on its way in and out of a TAXII server, ours and two others.

PYTHONPATH=. python benchmarks/share/taxii/run.py [--full] [--peers DIR] [--postgres URL]
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sqlite3
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import orjson

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.share.taxii.servers import Running, ours, peer  # noqa: E402
from stillwatch.model.errors import OutsideFailed  # noqa: E402
from stillwatch.share.taxii_splitting import envelopes  # noqa: E402

SEED = 1
PAGE, ENVELOPE = 1_000, 500
N_CLIENTS, N_EACH, N_EACH_PEER, CLIENT_PAGE = 50, 10, 1, 100
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"


def objects(n: int, seed: int = SEED) -> Iterator[bytes]:
    """Indicators of some 850 bytes."""
    rng = random.Random(seed)

    def name(kind: str) -> str:
        return f"{kind}--{uuid.UUID(int=rng.getrandbits(128), version=4)}"

    maker = name("identity")
    text = "Accounts of one pool came from here within an hour, in turns, with one template. "
    for number in range(n):
        yield orjson.dumps({
            "type": "indicator", "spec_version": "2.1", "id": name("indicator"),
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "created_by_ref": maker, "name": f"Shared address of pool {number}",
            "description": text * 3, "indicator_types": ["malicious-activity"],
            "pattern": f"[ipv4-addr:value = '198.51.{number // 250 % 250}.{number % 250}']",
            "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z", "confidence": 80,
            "object_marking_refs": [AMBER],
        })  # fmt: skip


def push(server: Running, n: int) -> dict[str, Any]:
    """Send objects, one envelope after another; every one is acknowledged."""
    with_ = server.connected()
    parts = list(envelopes(objects(n), 5_000_000, ENVELOPE))
    begun, cpu = time.perf_counter(), server.cpu_s()
    for part in parts:
        answer = with_.post("objects/", part)
        if answer.status != 202 or answer.told.get("failure_count"):
            raise OutsideFailed(f"{server.name} did not take an envelope: {answer.status}.")
    wall, cpu = time.perf_counter() - begun, server.cpu_s() - cpu
    return {"in_objects_s": n / wall, "in_cpu_us": 1e6 * cpu / n}


def through(server: Running, n: int) -> dict[str, Any]:
    """Page through everything once; every object comes, and none twice."""
    with_ = server.connected()
    fields, seen, n_bytes = {"limit": str(PAGE)}, set(), 0
    begun, cpu = time.perf_counter(), server.cpu_s()
    while True:
        answer = with_.get("objects/", fields)
        if answer.status != 200:
            raise OutsideFailed(f"{server.name} did not give a page: {answer.status}.")
        found = answer.told.get("objects", [])
        seen.update(one["id"] for one in found)
        n_bytes += int(answer.headers.get("content-length", 0))
        if not answer.told.get("more"):
            break
        fields["next"] = answer.told["next"]
    wall, cpu = time.perf_counter() - begun, server.cpu_s() - cpu
    return {
        "n_paged": len(seen), "out_objects_s": len(seen) / wall,
        "out_cpu_us": 1e6 * cpu / max(len(seen), 1), "complete": len(seen) == n,
    }  # fmt: skip


def crowd(server: Running, n_each: int) -> dict[str, Any]:
    """Fifty clients at once, each some pages of a hundred."""
    waits: list[float] = []
    failed = 0
    lock = threading.Lock()

    def one(_: int) -> None:
        nonlocal failed
        with_ = server.connected()
        for _ in range(n_each):
            begun = time.perf_counter()
            try:
                good = with_.get("objects/", {"limit": str(CLIENT_PAGE)}).status == 200
            except OutsideFailed:
                good = False
            with lock:
                waits.append(time.perf_counter() - begun)
                failed += not good

    begun, cpu = time.perf_counter(), server.cpu_s()
    with ThreadPoolExecutor(N_CLIENTS) as pool:
        list(pool.map(one, range(N_CLIENTS)))
    wall, cpu = time.perf_counter() - begun, server.cpu_s() - cpu
    return {
        "crowd_requests_s": len(waits) / wall, "crowd_cpu_ms": 1e3 * cpu / len(waits),
        "crowd_p50_ms": 1e3 * float(np.median(waits)),
        "crowd_p99_ms": 1e3 * float(np.percentile(waits, 99)), "crowd_failed": failed,
    }  # fmt: skip


def reaches(server: Running, n: int) -> dict[str, Any]:
    """From a push to the moment when a client that asks each second has the object."""
    waits = []
    sends, polls = server.connected(), server.connected()
    after = ""
    while True:
        fields = {"limit": str(PAGE), **({"added_after": after} if after else {})}
        answer = polls.get("objects/", fields)
        after = answer.headers.get("x-taxii-date-added-last", after)
        if not answer.told.get("more"):
            break
    for number in range(n):
        (body,) = objects(1, seed=1_000 + number)
        begun = time.perf_counter()
        sends.post("objects/", b'{"objects":[' + body + b"]}")
        # A client that asks each second begins anywhere within it.
        time.sleep(number / n)
        while not polls.get("objects/", {"added_after": after}).told.get("objects"):
            time.sleep(1)
        waits.append(time.perf_counter() - begun)
        answer = polls.get("objects/", {"added_after": after})
        after = answer.headers["x-taxii-date-added-last"]
    return {"reach_s_median": float(np.median(waits)), "reach_s_worst": max(waits)}


def limit(n: int) -> dict[str, Any]:
    """What nobody can do without: bodies on a disk, read in order and joined."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "db")
        db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, body BLOB)")
        db.executemany("INSERT INTO t (body) VALUES (?)", [(one,) for one in objects(n)])
        db.commit()
        begun, cpu = time.perf_counter(), time.process_time()
        for start in range(0, n, PAGE):
            rows = db.execute(
                "SELECT body FROM t WHERE n > ? ORDER BY n LIMIT ?", (start, PAGE)
            ).fetchall()
            b"".join(row[0] for row in rows)
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        db.close()
    return {"server": "limit: read and join", "n": n, "out_objects_s": n / wall,
            "out_cpu_us": 1e6 * cpu / n}  # fmt: skip


def measured(server: Running, n: int, n_reach: int, n_each: int = N_EACH) -> dict[str, Any]:
    """One row."""
    row: dict[str, Any] = {"server": server.name, "n": n}
    for what in (
        lambda: push(server, n),
        lambda: through(server, n),
        lambda: crowd(server, n_each),
    ):
        try:
            row |= what()
        except OutsideFailed as error:
            row["could_not"] = str(error)[:80]
    if n_reach:
        row |= reaches(server, n_reach)
    told(f"{server.name}, {n} objects")
    return row


def main() -> None:
    """Start each server, measure it, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 100,000 objects")
    parser.add_argument("--peers", type=Path, help="folder of the peers' environments")
    parser.add_argument("--postgres", default="", help="postgresql:// of an empty database")
    asked = parser.parse_args()
    n, n_peer, n_reach = (100_000, 300, 8) if asked.full else (2_000, 200, 3)
    rows = [limit(n)]
    stack = contextlib.ExitStack()
    with stack, tempfile.TemporaryDirectory(prefix="taxii-") as name:
        folder = Path(name)
        with ours(folder / "one") as server:
            rows.append(measured(server, n, n_reach))
        with ours(folder / "two", workers=2) as server:
            rows.append(measured(server, n, 0))
        if asked.postgres:
            with ours(folder / "postgres", asked.postgres) as server:
                rows.append(measured(server, n, 0))
        for one in ("medallion", "opentaxii") if asked.peers else ():
            with peer(one, asked.peers, folder / one) as server:
                rows.append(measured(server, n_peer, 0, N_EACH_PEER))
    whole = rows[1]
    for row in rows[2:]:
        for way in ("in_cpu_us", "out_cpu_us", "crowd_cpu_ms"):
            if row["n"] == n_peer and way in row and whole[way]:
                row[f"{way.split('_')[0]}_times_ours"] = row[way] / whole[way]
    print(table(rows))
    facts = {
        "seed": SEED, "objects": n, "objects_of_peers": n_peer, "page": PAGE,
        "envelope": ENVELOPE, "clients": N_CLIENTS, "client_pages": N_EACH,
        "client_pages_of_peers": N_EACH_PEER,
        "client_page": CLIENT_PAGE, "object_bytes": len(next(objects(1))),
        "peers": "medallion 3.0.0 (memory), OpenTAXII 0.9.3 (SQLite), both on werkzeug",
    }  # fmt: skip
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows, n_peer))


def headlines(rows: list[dict[str, Any]], n_peer: int) -> list[str]:
    """The numbers that matter, in sentences."""
    whole = rows[1]
    said = [
        f"{whole['n_paged']:,} of {whole['n']:,} objects are paged through at "
        f"{whole['out_objects_s']:,.0f} a second, {whole['out_cpu_us']:.0f} us of the server's "
        f"processor each; reading and joining their bytes alone takes {rows[0]['out_cpu_us']:.1f}.",
        f"They came in at {whole['in_objects_s']:,.0f} a second, each acknowledged once it was on "
        f"the disk ({whole['in_cpu_us']:.0f} us).",
        f"{N_CLIENTS} clients at once: {whole['crowd_requests_s']:,.0f} pages of {CLIENT_PAGE} a "
        f"second, {whole['crowd_p50_ms']:.0f} ms in the median, {whole['crowd_p99_ms']:.0f} ms for "
        f"the slowest hundredth, {whole['crowd_failed']} failed.",
        f"A client that asks each second has an object {whole['reach_s_median']:.1f} s after the "
        f"push began (median; worst {whole['reach_s_worst']:.1f} s).",
    ]
    for row in rows:
        if "out_times_ours" in row and row["server"] in ("medallion", "opentaxii"):
            paged = f"{row.get('n_paged', 0):,} of {row['n']:,} paged"
            said.append(
                f"{row['server']} takes {row.get('in_times_ours', float('nan')):.1f} times the "
                f"processor on the way in and {row['out_times_ours']:.0f} times on the way out "
                f"({n_peer:,} objects, {paged})."
            )
    return said


if __name__ == "__main__":
    main()
