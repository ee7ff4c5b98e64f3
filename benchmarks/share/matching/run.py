"""What a private match costs, what one pool looks like, and how soon plain hashes fall.

PYTHONPATH=. python benchmarks/share/matching/run.py [--full]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.share.matching.guessing import guessed  # noqa: E402
from benchmarks.share.matching.pools import KINDS, N_DECOYS, looked, world  # noqa: E402
from stillwatch.adapters.signing import new_key  # noqa: E402
from stillwatch.stats.intervals import clopper_pearson  # noqa: E402

PROGRAM = [sys.executable, "-m", "stillwatch.cli.main", "share", "match"]
PYTHON = os.environ.get("STILLWATCH_MATCH__PYTHON", str(ROOT / ".venv-match/bin/python"))
ENV = os.environ | {"STILLWATCH_MATCH__PYTHON": PYTHON}
UNTIL_US, SEED = 4_000_000_000_000_000, 5


def a_multiplication_us() -> float:
    """Processor time of one multiplication on P-256 in OpenSSL; the protocol is made of them."""
    ours = ec.generate_private_key(ec.SECP256R1())
    theirs = ec.generate_private_key(ec.SECP256R1()).public_key()
    begun = time.process_time()
    for _ in range(2_000):
        ours.exchange(ec.ECDH(), theirs)
    return (time.process_time() - begun) / 2_000 * 1e6


def laid(folder: Path, n_ours: int, n_theirs: int, port: int, modes: str) -> None:
    """Files of two providers who have half of the smaller set in common."""
    keys = {n: new_key(folder / f"{n}.pem", n).public_pem for n in ("alpha", "beta")}
    mail = "user{}@mail.example\n".format
    (folder / "held.txt").write_text("".join(map(mail, range(n_theirs))), "utf-8")
    mine = range(n_theirs - n_ours // 2, n_theirs - n_ours // 2 + n_ours)
    (folder / "mine.txt").write_text("".join(map(mail, mine)), "utf-8")
    (folder / "alpha.toml").write_text(
        'name = "alpha"\nkey = "alpha.pem"\nfolder = "a"\n'
        '[[set]]\nkind = "email"\nfile = "held.txt"\n'
        f'[[partner]]\nname = "beta"\npublic_key = """{keys["beta"]}"""\n'
        f'[partner.may]\nkinds = ["email"]\nmodes = ["{modes}"]\nuntil_us = {UNTIL_US}\n',
        "utf-8",
    )
    (folder / "beta.toml").write_text(
        'name = "beta"\nkey = "beta.pem"\nfolder = "b"\n'
        f'[[partner]]\nname = "alpha"\npublic_key = """{keys["alpha"]}"""\n'
        f'url = "http://127.0.0.1:{port}"\n',
        "utf-8",
    )


def tree_cpu_s(pid: int) -> float:
    """Processor time of a process and its children, alive ones too."""
    total, ticks = 0.0, os.sysconf("SC_CLK_TCK")
    for one in [pid, *_children(pid)]:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
        total += sum(map(int, fields[11:13])) / ticks
    return total


def tree_mib(pid: int) -> float:
    """Most memory that a process and its children held, summed."""
    total = 0
    for one in [pid, *_children(pid)]:
        lines = Path(f"/proc/{one}/status").read_text().splitlines()
        total += next((int(x.split()[1]) for x in lines if x.startswith("VmHWM")), 0)
    return total / 1024


def _children(pid: int) -> list[int]:
    return [int(x) for p in Path(f"/proc/{pid}/task").glob("*/children")
            for x in p.read_text().split()]  # fmt: skip


def matched(n_ours: int, n_theirs: int, mode: str, a_mult_us: float) -> dict[str, Any]:
    """One match between two real processes, the set made from nothing."""
    with tempfile.TemporaryDirectory() as name, socket.socket() as free:
        folder = Path(name)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        laid(folder, n_ours, n_theirs, port, mode)
        begun = time.monotonic()
        words = [*PROGRAM, "serve", "--terms", str(folder / "alpha.toml")]
        server = subprocess.Popen([*words, "--listen", f"127.0.0.1:{port}"], env=ENV)
        try:
            while not _ready(port):
                assert server.poll() is None
                time.sleep(1.0 if n_theirs > 50_000 else 0.2)
            ready_s, ready_cpu_s = time.monotonic() - begun, tree_cpu_s(server.pid)
            told(f"{n_theirs:,} ready after {ready_s:.0f} s")
            before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            words = [*PROGRAM, "ask", "alpha", "email", str(folder / "mine.txt"), "--json"]
            words += ["--terms", str(folder / "beta.toml")]
            words += ["--which"] if mode == "items" else []
            done = subprocess.run(words, env=ENV, check=True, capture_output=True)
            ask_s, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
            answer_cpu_s = tree_cpu_s(server.pid) - ready_cpu_s
            server_mib = tree_mib(server.pid)
        finally:
            server.terminate()
            server.wait()
        n_shared = json.loads(done.stdout)["n_shared"]
        assert n_shared == n_ours // 2, n_shared
        ask_cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        cpu_s = ready_cpu_s + ask_cpu_s + answer_cpu_s
        limit_s = (n_theirs + 3 * n_ours) * a_mult_us / 1e6
        return {
            "kind": "match", "name": mode, "n_ours": n_ours, "n_theirs": n_theirs,
            "n_shared": n_shared, "ready_cpu_s": ready_cpu_s, "ask_cpu_s": ask_cpu_s,
            "answer_cpu_s": answer_cpu_s, "cpu_s": cpu_s, "ready_wall_s": ready_s,
            "ask_wall_s": ask_s, "wall_s": ready_s + ask_s, "limit_cpu_s": limit_s,
            "times_the_limit": cpu_s / limit_s, "server_mib": server_mib,
        }  # fmt: skip


def _ready(port: int) -> bool:
    try:
        return bool(httpx.get(f"http://127.0.0.1:{port}/match/v1/state").json()["ready"])
    except httpx.HTTPError:
        return False


def plainly(n_ours: int, n_theirs: int) -> dict[str, Any]:
    """The peer that many use: salted SHA-256 on both sides, compared; quick, and broken below."""
    begun = time.process_time()
    theirs = {hashlib.sha256(b"salt%d" % n).digest() for n in range(n_theirs)}
    n = sum(hashlib.sha256(b"salt%d" % n).digest() in theirs for n in range(0, 2 * n_ours, 2))
    return {
        "kind": "match", "name": "salted hashes (not private)", "n_ours": n_ours,
        "n_theirs": n_theirs, "n_shared": n, "cpu_s": time.process_time() - begun,
    }  # fmt: skip


def pooled(n_worlds: int, n_accounts: int) -> list[dict[str, Any]]:
    """How often clusters are called one pool, by what they are."""
    found: dict[tuple[str, float, str], list[dict[str, Any]]] = {}
    for seed in range(n_worlds):
        with tempfile.TemporaryDirectory() as name:
            folder = world(Path(name) / "w", SEED + seed, n_accounts, (0.0, 0.35, 0.6)[seed % 3])
            for kind in KINDS:
                for one in looked(folder, kind, seed):
                    found.setdefault((one["pair"], one["share"], kind), []).append(one)
        told(f"world {seed + 1} of {n_worlds}")
    rows = []
    for (name, share, kind), all_ in sorted(found.items()):
        seen = [one for one in all_ if one["looked"]]
        n_hit = sum(one["rank"] <= 0.01 for one in seen)
        low, high = clopper_pearson(n_hit, len(seen))
        rows.append({
            "kind": "pool", "name": name, "accounts_shared": share, "key": kind, "n": len(all_),
            "n_looked": len(seen), "n_called": n_hit,
            "called_share": n_hit / len(seen) if seen else None, "low_95": low, "high_95": high,
            "called_at_5_percent": sum(one["rank"] <= 0.05 for one in seen),
            "shared_median": float(np.median([one["n_shared"] for one in seen])) if seen else None,
            "decoys_mean": float(np.mean([one["decoys_mean"] for one in seen])) if seen else None,
            "tail_below_1e_6": sum(one["tail"] <= 1e-6 for one in seen),
        })  # fmt: skip
    return rows


def main() -> None:
    """Match, tell pools apart, guess, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; a million items, 12 worlds")
    full = parser.parse_args().full
    a_mult_us = a_multiplication_us()
    sizes = [(24_000, 1_000_000)] if full else [(500, 5_000)]
    rows = [
        matched(n, m, mode, a_mult_us)
        for n, m, mode in [(*sizes[0], "items"), (*sizes[0], "size")][: 2 if full else 1]
    ]
    rows.append(plainly(*sizes[0]))
    rows += pooled(12 if full else 1, 6_000 if full else 3_000)
    rows += guessed(2**24 if full else 2**18)
    print(table(rows))
    facts = {
        "a_multiplication_us": round(a_mult_us, 1), "processes": 2, "decoys": N_DECOYS,
        "limit": "multiplications on P-256 in OpenSSL: one an item there, three an item here",
        "infra_sharing": [0.0, 0.35, 0.6],
    }  # fmt: skip
    freeze(HERE, rows, full=full, facts=facts, headlines=headlines(rows))


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    ours = [r for r in rows if r["kind"] == "match" and "wall_s" in r]
    one = ours[0]
    said = [
        f"{one['n_ours']:,} against {one['n_theirs']:,} items: {one['cpu_s']:.0f} CPU seconds in "
        f"all ({one['times_the_limit']:.2f} times the bare multiplications), of them "
        f"{one['ready_cpu_s']:.0f} once to make the set ready; {one['wall_s']:.0f} s by the clock "
        f"on {os.cpu_count()} cores that others used too."
    ]
    pools = [r for r in rows if r["kind"] == "pool" and r["n_looked"]]
    for name in (
        "two campaigns",
        "a campaign, customers",
        "a twin, customers",
        "customers of both",
    ):
        mine = [r for r in pools if r["name"] == name]
        n, n_hit = sum(r["n_looked"] for r in mine), sum(r["n_called"] for r in mine)
        if n:
            low, high = clopper_pearson(n_hit, n)
            said.append(
                f"Clusters that are not one pool ({name}), called one at p <= 0.01: {n_hit} of "
                f"{n} ({low:.1%} to {high:.1%})."
            )
    for share in sorted({r["accounts_shared"] for r in pools if r["name"] == "one pool"}):
        mine = [r for r in pools if r["name"] == "one pool" and r["accounts_shared"] == share]
        told_ = ", ".join(f"{r['key']} {r['called_share']:.0%}" for r in mine)
        said.append(f"One pool with {share:.0%} of its accounts at both: called by {told_}.")
    for r in (r for r in rows if r["kind"] == "guess"):
        said.append(
            f"Salted SHA-256 of {r['name']}: {r['whole_cpu_h']:.1f} CPU hours in plain Python on "
            f"one core; {r['n_broken']} of {r['n_hashes']} broken in the part that was tried."
        )
    return said


if __name__ == "__main__":
    main()
