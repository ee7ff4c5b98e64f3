"""Ten thousand tokens of each attack, ten thousand honest conversations, and what a token costs.

PYTHONPATH=. python benchmarks/defend/bound_reasoning/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.fernet import Fernet, InvalidToken
from scipy.stats import beta

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.control.decide.run import server  # noqa: E402
from benchmarks.defend.bound_reasoning.attacks import (  # noqa: E402
    NOW_US,
    Place,
    attacks,
    honest,
    place_of,
    replays,
    ring_of,
)
from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.control.redis_limits import connect  # noqa: E402
from stillwatch.adapters.defend.redis_replays import RedisReplays  # noqa: E402
from stillwatch.defend import LocalReplays, Ring, context_digest, exchange_row, seal, unseal  # noqa: E402
from stillwatch.defend.outside import INNOCENT  # noqa: E402
from stillwatch.defend.reasoning import TERMS, Opened, Outside  # noqa: E402

SEED = 1
REASONS = frozenset(Outside)


def opened(place: Place, ring: Ring, counts: LocalReplays) -> Opened:
    """The last token of a conversation, presented."""
    token, bound, after = place.presents()
    return unseal(token, bound, after, ring, counts, NOW_US)


def outcome(name: str, kind: str, found: Iterable[Opened]) -> dict[str, Any]:
    """How many of some presentations were accepted, with the 95% limit above, and why not."""
    reasons: Counter[str] = Counter()
    n = n_accepted = n_told = 0
    for one in found:
        n += 1
        n_accepted += one.accepted
        reasons.update(str(reason) for reason in one.outside)
        row = exchange_row(
            [one], exchange_id="x", sent_us=NOW_US, account="a", model="m", conversation="c",
            refused=True,
        )  # fmt: skip
        n_told += row is not None
    return {
        "kind": kind, "name": name, "n": n, "n_accepted": n_accepted,
        "accepted_upper_95": float(beta.ppf(0.95, n_accepted + 1, n - n_accepted))
        if n_accepted < n else 1.0,
        "n_told": n_told, "reasons": " ".join(f"{k}:{v}" for k, v in sorted(reasons.items())),
    }  # fmt: skip


def attacked(ring: Ring, n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Every attack, ``n`` times, each on a conversation of its own."""
    rows, counts = [], LocalReplays()
    for name, attack in attacks(ring, rng).items():
        rows.append(
            outcome(
                name,
                "attack",
                (
                    opened(attack(place_of(rng, ring), place_of(rng, ring), rng), ring, counts)
                    for _ in range(n)
                ),
            )
        )
        told(f"{name}: {rows[-1]['n_accepted']} of {n} accepted")
    beyond = (
        one
        for _ in range(n // TERMS.n_continuations)
        for one in [opened(p, ring, counts) for p in replays(place_of(rng, ring))][
            TERMS.n_continuations :
        ]
    )
    rows.append(outcome("replayed: beyond eight continuations", "attack", beyond))
    return rows


def resumed(ring: Ring, n: int, rng: np.random.Generator) -> dict[str, Any]:
    """Honest conversations: all that they present."""
    counts = LocalReplays()
    rows = (
        opened(place, ring, counts) for _ in range(n) for place in honest(place_of(rng, ring), rng)
    )
    return outcome("honest: retry, slip, later turns, blocks left out", "honest", rows)


def costs(name: str, way: Callable[[int], object], n: int) -> dict[str, Any]:
    """Processor time of single calls."""
    each, waited = np.empty(n), np.empty(n)
    for i in range(n):
        begun, begun_wall = time.thread_time_ns(), time.perf_counter_ns()
        way(i)
        each[i] = time.thread_time_ns() - begun
        waited[i] = time.perf_counter_ns() - begun_wall
    p50, p99, p999 = np.percentile(each, [50, 99, 99.9]) / 1e3
    row = {
        "kind": "cost", "name": name, "n": n, "cpu_us_mean": float(each.mean() / 1e3),
        "cpu_us_p50": float(p50), "cpu_us_p99": float(p99), "cpu_us_p999": float(p999),
        "over_1_ms": int((each > 1e6).sum()), "wall_us_p50": float(np.median(waited) / 1e3),
        "wall_us_p99": float(np.percentile(waited, 99) / 1e3),
    }  # fmt: skip
    told(f"{name}: {row['cpu_us_mean']:.1f} us")
    return row


def priced(ring: Ring, n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Sealing and opening, digests included, beside Fernet, which binds to nothing."""
    places = [place_of(rng, ring).asks("go on") for _ in range(min(n, 2_000))]
    ready = [place.presents() for place in places]
    drawn = [rng.bytes(16) for _ in range(n)]
    text = rng.bytes(2_000).hex()
    counts = LocalReplays()
    boxes = [Fernet(Fernet.generate_key()) for _ in range(2)]
    sealed = [boxes[0].encrypt(text.encode()) for _ in places]

    def request(i: int) -> object:
        return opened(places[i % len(places)], ring, counts)

    def ours(i: int) -> object:
        token, bound, after = ready[i % len(ready)]
        return unseal(token, bound, after, ring, counts, NOW_US)

    def sealing(i: int) -> object:
        return seal(text, ready[i % len(ready)][1], ring, NOW_US, drawn[i])

    def digest(i: int) -> object:
        return context_digest(places[i % len(places)].history)

    with server() as url:
        shared = RedisReplays(connect(url, timeout_s=2.0), n_replicas=1)

        def in_redis(i: int) -> object:
            token, bound, after = ready[i % len(ready)]
            return unseal(token, bound, after, ring, shared, NOW_US)

        redis_rows = [costs("open, digests ready, counts in Redis", in_redis, n)]
    rows = [
        *redis_rows,
        costs("seal", sealing, n),
        costs("open, digests ready", ours, n),
        costs("open, digests included", request, n),
        costs("digest of the context alone", digest, n),
        costs("seal, Fernet", lambda i: boxes[0].encrypt(text.encode()), n),
        costs("open, Fernet", lambda i: boxes[0].decrypt(sealed[i % len(sealed)]), n),
    ]
    at = {row["name"]: row["cpu_us_mean"] for row in rows}
    for mine, theirs in (("seal", "seal, Fernet"), ("open, digests ready", "open, Fernet")):
        row = next(row for row in rows if row["name"] == theirs)
        row["times_ours"] = at[theirs] / at[mine]
    return rows


def fernet_accepts(n: int) -> dict[str, Any]:
    """What a seal without bounds accepts of tokens presented by another account."""
    box, n_accepted = Fernet(Fernet.generate_key()), 0
    for i in range(n):
        token = box.encrypt(b"account-%d: why" % i)
        try:
            n_accepted += bool(box.decrypt(token, ttl=3600))
        except InvalidToken:
            continue
    return {"kind": "peer", "name": "Fernet, presented by another account", "n": n,
            "n_accepted": n_accepted}  # fmt: skip


def main() -> None:
    """Attack, resume, time, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 10,000 of each")
    asked = parser.parse_args()
    n = 10_000 if asked.full else 500
    rng = np.random.default_rng(SEED)
    ring = ring_of(rng)
    rows = attacked(ring, n, rng)
    rows += [resumed(ring, n, rng), fernet_accepts(n), *priced(ring, n, rng)]
    print(table(rows))
    facts = {
        "seed": SEED, "tokens_an_attack": n, "reasoning_bytes": 4_000, "context_bytes": 8_000,
        "told_to_nobody": sorted(str(reason) for reason in INNOCENT),
    }  # fmt: skip
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    of = {kind: [r for r in rows if r["kind"] == kind] for kind in ("attack", "honest", "cost")}
    n, took = sum(r["n"] for r in of["attack"]), sum(r["n_accepted"] for r in of["attack"])
    (kept,) = of["honest"]
    cost = {r["name"]: r for r in of["cost"]}
    whole, seals = cost["open, digests included"], cost["seal"]
    shared = cost["open, digests ready, counts in Redis"]
    return [
        f"Of {n:,} tokens presented outside their bound in {len(of['attack'])} ways, {took} were "
        f"accepted.",
        f"Of {kept['n']:,} honest presentations, {kept['n'] - kept['n_accepted']} were refused.",
        f"Opening a token costs {whole['cpu_us_mean']:.0f} us of processor, digests of 8 kB of "
        f"context included (p99.9 {whole['cpu_us_p999']:.0f} us); sealing "
        f"{seals['cpu_us_mean']:.0f} us (p99.9 {seals['cpu_us_p999']:.0f} us).",
        f"With counts in a Redis on the same machine, opening takes "
        f"{shared['cpu_us_mean']:.0f} us of processor here, and {shared['wall_us_p50']:.0f} us on "
        f"the clock (p99 {shared['wall_us_p99']:.0f} us).",
        f"Fernet, which binds to nothing, takes {cost['seal, Fernet']['times_ours']:.1f} times as "
        f"long to seal and {cost['open, Fernet']['times_ours']:.1f} times as long to open.",
    ]


if __name__ == "__main__":
    main()
