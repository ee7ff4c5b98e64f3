"""What sealing a million exhibits and checking a bundle of ten thousand costs.

PYTHONPATH=. python benchmarks/attribute/custody/run.py [--full] [--pymerkle-python PYTHON]
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.custody.beginning import begin_log  # noqa: E402
from stillwatch.adapters.custody.bundling import bundle_of, write_bundle  # noqa: E402
from stillwatch.adapters.custody.detectors import redactor  # noqa: E402
from stillwatch.adapters.custody.escrow import Escrow  # noqa: E402
from stillwatch.adapters.custody.exhibits import Exhibit  # noqa: E402
from stillwatch.adapters.custody.log import CustodyLog  # noqa: E402
from stillwatch.adapters.custody.sealing import seal  # noqa: E402
from stillwatch.attribute.custody.recomputing import TERMS  # noqa: E402
from stillwatch.attribute.custody.verifying import Believed, verify  # noqa: E402

SEED = 1
CASE, ORIGIN = "campaign:1a2b3c4d5e6f", "example.org/custody"
_WORDS = (
    "explain the proof of the theorem step by step with python code and a table of values for "
    "each case please write down your reasoning before the answer and check every line twice"
).split()
Made = Callable[[int], Iterator[Exhibit]]


def now_us() -> int:
    """The clock."""
    return time.time_ns() // 1_000


def prompts(n: int) -> Iterator[Exhibit]:
    """Prompts of some 200 bytes in JSON; one in twenty holds a mail address or a key."""
    rng = np.random.default_rng(SEED)
    for start in range(0, n, 10_000):
        chosen = rng.integers(0, len(_WORDS), (min(10_000, n - start), 30))
        for i, row in enumerate(chosen, start):
            text = " ".join(_WORDS[j] for j in row)
            if i % 40 == 0:
                text += f" and mail it to user{i}@example.com"
            if i % 40 == 20:
                text += f" with ghp_{hashlib.sha256(b'%d' % i).hexdigest()[:36]}"
            content = orjson.dumps({"role": "user", "content": text})
            yield Exhibit(f"prompts.jsonl#{i + 1}", "application/json", content)


def features(n: int) -> Iterator[Exhibit]:
    """Numbers of a signal, as a search writes them: no prose, some 300 bytes."""
    rng = np.random.default_rng(SEED)
    for i in range(n):
        body = {"of": i, "values": rng.random(12).round(6).tolist(), "formula": "shared_trait"}
        yield Exhibit(f"features.jsonl#{i + 1}", f"{TERMS}; part", orjson.dumps(body))


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What work gave, processor seconds and seconds on the clock."""
    cpu, wall = time.process_time(), time.monotonic()
    given = work()
    return given, time.process_time() - cpu, time.monotonic() - wall


def sealing(name: str, made: Made, n: int, *, escrowed: bool, python: str) -> list[dict[str, Any]]:
    """Seal, and do the least that anybody could with the same bytes."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        place = Path(folder) / "log"
        begin_log(place, ORIGIN, Ed25519PrivateKey.generate(), now_us)
        holders = [X25519PrivateKey.generate().public_key() for _ in range(2)]
        with CustodyLog(place, now_us) as log:
            escrow = Escrow(ORIGIN, holders) if escrowed else None
            run, cpu_s, wall_s = timed(lambda: seal(log, CASE, made(n), redactor(), escrow))
            peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            lines = log.path.read_bytes().split(b"\n")[:-1]
    told(f"sealed {n:,} {name}: {cpu_s:.1f} s of processor, {wall_s:.1f} s on the clock")
    rows = [_row("seal", name, n, cpu_s, wall_s, n_redacted=run.n_redacted)]
    # Later runs stand on what this process held before.
    rows[0]["peak_mib"] = peak_mib if escrowed else None
    contents = [one.content for one in made(n)]
    _, least_s, wall_s = timed(lambda: _least(contents, lines))
    rows.append(_row("limit: SHA-256 and Ed25519", name, n, least_s, wall_s))
    _, peer_s, wall_s = timed(lambda: _sqlite(contents))
    rows.append(_row("peer: sqlite3 insert", name, n, peer_s, wall_s))
    if python:
        begun = time.monotonic()
        done = subprocess.run(
            [python, str(HERE / "pymerkle_worker.py")], input=b"\n".join(lines) + b"\n",
            capture_output=True, check=True,
        )  # fmt: skip
        wall_s = time.monotonic() - begun
        rows.append(_row("peer: pymerkle 7 append", name, n, float(done.stdout.split()[0]), wall_s))
    for row in rows:
        row["times_limit"] = row["cpu_s"] / least_s
    return rows


def checking(n: int) -> list[dict[str, Any]]:
    """Write a bundle and check it, beside the hashes and signatures that it holds."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        place, out = Path(folder) / "log", Path(folder) / "case.tar"
        begin_log(place, ORIGIN, Ed25519PrivateKey.generate(), now_us)
        with CustodyLog(place, now_us) as log:
            seal(log, CASE, prompts(n), redactor(), None)
            bundle, cpu_s, wall_s = timed(lambda: bundle_of(log, CASE))
            n_bytes, more_s, more_wall_s = timed(lambda: write_bundle(log, bundle, out))
            rows = [_row("bundle", "prompts", n, cpu_s + more_s, wall_s + more_wall_s)]
            key = log.reign().keys[0]
        data = out.read_bytes()
    report, cpu_s, wall_s = timed(lambda: verify(data, Believed(key=key)))
    if not report.holds:
        raise SystemExit(f"the bundle does not hold: {report.problems[:3]}")
    told(f"checked {n:,}: {cpu_s:.2f} s of processor, {n_bytes:,} bytes")
    _, least_s, least_wall_s = timed(
        lambda: [hashlib.sha256(data)] + [entry.holds(key) for entry in bundle.entries]
    )
    rows.append(_row("verify", "prompts", n, cpu_s, wall_s))
    rows.append(_row("limit: SHA-256 and Ed25519", "bundle", n, least_s, least_wall_s))
    for row in rows[1:]:
        row["times_limit"] = row["cpu_s"] / least_s
    return rows


def _least(contents: list[bytes], lines: list[bytes]) -> None:
    """Hash every content and every line once, and sign every line."""
    key = Ed25519PrivateKey.generate()
    for content in contents:
        hashlib.sha256(content).digest()
    for line in lines:
        hashlib.sha256(line).digest()
        key.sign(line[10:-98])


def _sqlite(contents: list[bytes]) -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        db = sqlite3.connect(Path(folder) / "peer.db")
        db.execute("create table kept (n integer primary key, digest blob, content blob)")
        for start in range(0, len(contents), 4_096):
            rows = enumerate(contents[start : start + 4_096], start)
            db.executemany(
                "insert into kept values (?, ?, ?)",
                ((n, hashlib.sha256(c).digest(), c) for n, c in rows),
            )
            db.commit()
        db.close()


def _row(
    what: str, of: str, n: int, cpu_s: float, wall_s: float, *, n_redacted: int | None = None
) -> dict[str, Any]:
    return {
        "what": what, "of": of, "n": n, "cpu_s": cpu_s, "cpu_us_each": 1e6 * cpu_s / n,
        "wall_s": wall_s, "times_limit": None, "n_redacted": n_redacted,
    }  # fmt: skip


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""

    def one(what: str, of: str) -> dict[str, Any]:
        return next(row for row in rows if (row["what"], row["of"]) == (what, of))

    million, check = one("seal", "prompts, in escrow"), one("verify", "prompts")
    numbers = one("seal", "features")
    return [
        f"{million['n']:,} prompts are looked through, sealed and signed in {million['cpu_s']:.0f} "
        f"s of one processor ({million['wall_s']:.0f} s on the clock beside other work): "
        f"{million['times_limit']:.1f} times the hashes and signatures alone.",
        f"Exhibits without prose cost {numbers['cpu_us_each']:.0f} us each, "
        f"{numbers['times_limit']:.1f} times the limit.",
        f"A bundle of {check['n']:,} exhibits is checked in {check['cpu_s']:.1f} s of processor, "
        f"{check['times_limit']:.1f} times its hashes and signatures.",
    ]


def main() -> None:
    """Seal, check, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; a million exhibits")
    parser.add_argument("--pymerkle-python", default="", help="Python of an environment with it")
    asked = parser.parse_args()
    n, n_numbers, n_bundle = (1_000_000, 200_000, 10_000) if asked.full else (4_000, 4_000, 1_000)
    redactor()
    python = asked.pymerkle_python
    rows = sealing("prompts, in escrow", prompts, n, escrowed=True, python=python)
    rows += sealing("features", features, n_numbers, escrowed=False, python=python)
    rows += checking(n_bundle)
    print(table(rows))
    facts = {
        "seed": SEED,
        "bytes_each": int(np.mean([len(one.content) for one in prompts(1_000)])),
    }
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


if __name__ == "__main__":
    main()
