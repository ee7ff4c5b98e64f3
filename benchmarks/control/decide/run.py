"""What a decision costs: fifty rules and three limits, beside a CEL library and a limit library.

PYTHONPATH=. python benchmarks/control/decide/run.py [--full]
"""

from __future__ import annotations

import argparse
import gc
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cel
import limits as limits_library
import numpy as np
import redis

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.control.decide import fifty  # noqa: E402
from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.control.redis_limits import RedisLimits, connect  # noqa: E402
from stillwatch.control import Enforcement, Gate, LocalLimits, policy_from  # noqa: E402
from stillwatch.control.cel import check, compile_all, parse  # noqa: E402
from stillwatch.control.deciding import propose  # noqa: E402
from stillwatch.control.facts import Facts  # noqa: E402
from stillwatch.control.limits import Claim  # noqa: E402
from stillwatch.control.trying import told as as_maps  # noqa: E402

N_ACCOUNTS, SEED = 50_000, 1
Way = Callable[[int], object]


def costs(way: Way, n: int, warm: int) -> dict[str, Any]:
    """Processor time of each call, and of all of them without a clock in between."""
    for place in range(warm):
        way(place)
    gc.collect()
    gc.freeze()
    each = np.empty(n, dtype=np.int64)
    clock = time.thread_time_ns
    for place in range(n):
        begun = clock()
        way(warm + place)
        each[place] = clock() - begun
    begun = clock()
    for place in range(n):
        way(warm + n + place)
    whole_us = (clock() - begun) / 1e3 / n
    p50, p99, p999 = np.percentile(each, [50, 99, 99.9]) / 1e3
    return {
        "n": n, "cpu_us_mean": whole_us, "cpu_us_p50": float(p50), "cpu_us_p99": float(p99),
        "cpu_us_p999": float(p999), "a_core_s": 1e6 / whole_us,
    }  # fmt: skip


def gate_ways(n_all: int, limits: Any) -> dict[str, Way]:
    """The gate: a decision from facts, the facts from a request, and both."""
    book = fifty.book(N_ACCOUNTS)
    gate = Gate(policy_from(fifty.policy()), limits, Enforcement(), live=True)
    gate.enforcement.add(*propose(gate.policy, book.members, gate.enforcement, fifty.NOW_US))
    asked = fifty.calls(n_all, N_ACCOUNTS, SEED)

    def whole(place: int) -> object:
        now_us = fifty.NOW_US + 1000 * place
        return gate.decide(book.facts(asked[place], now_us), now_us)

    ready = [book.facts(call, fifty.NOW_US) for call in asked[: n_all // 4]]

    def decide(place: int) -> object:
        return gate.decide(ready[place % len(ready)], fifty.NOW_US + 1000 * place)

    members = [f for f in ready if f.campaign.found]

    def refuse(place: int) -> object:
        return gate.decide(members[place % len(members)], fifty.NOW_US + 1000 * place)

    return {
        "stillwatch, request to verdict": whole,
        "stillwatch, facts to verdict": decide,
        "stillwatch, facts to a refusal": refuse,
    }


def facts_of(n: int) -> list[Facts]:
    """Facts of requests, as the gate would have them."""
    book = fifty.book(N_ACCOUNTS)
    return [book.facts(call, fifty.NOW_US) for call in fifty.calls(n, N_ACCOUNTS, SEED)]


def rule_ways(ready: list[Facts]) -> dict[str, Way]:
    """The fifty conditions alone: compiled here, and by the library in its ways of use."""
    texts = fifty.conditions()
    ours = compile_all([check(parse(text)) for text in texts])
    programs = [cel.compile(text) for text in texts]
    maps = [as_maps(f, fifty.NOW_US) for f in ready[:2000]]
    contexts = [cel.Context(m) for m in maps]

    def own(place: int) -> object:
        return ours(ready[place % len(ready)], fifty.NOW_US)

    def library_maps(place: int) -> object:
        return [_held(program, maps[place % len(maps)]) for program in programs]

    def library_contexts(place: int) -> object:
        return [_held(program, contexts[place % len(contexts)]) for program in programs]

    for place in range(200):
        mine = ours(ready[place], fifty.NOW_US)
        theirs = [i for i, held in enumerate(library_maps(place)) if held]  # type: ignore[arg-type]
        assert mine == theirs, "the library answers otherwise"
    return {
        "50 conditions, stillwatch": own,
        "50 conditions, common-expression-language, contexts ready": library_contexts,
        "50 conditions, common-expression-language, maps": library_maps,
    }


def _held(program: Any, context: Any) -> bool:
    try:
        return bool(program.execute(context))
    except (KeyError, ValueError, RuntimeError, TypeError):
        return False


def limit_ways() -> dict[str, Way]:
    """Three limits alone: here, in the library, and in a Redis."""
    local = LocalLimits()
    library = limits_library.strategies.SlidingWindowCounterRateLimiter(
        limits_library.storage.MemoryStorage()
    )
    rate = limits_library.parse("6000/minute")

    def ours(place: int) -> object:
        name = place % N_ACCOUNTS
        claims = [Claim(f"{kind}:{name}", 10_000, 60_000_000) for kind in ("a", "k", "t")]
        return local.take(claims, fifty.NOW_US + place)

    def theirs(place: int) -> object:
        name = str(place % N_ACCOUNTS)
        return [library.hit(rate, kind, name) for kind in ("a", "k", "t")]

    return {"3 limits, stillwatch": ours, "3 limits, limits (sliding window)": theirs}


@contextmanager
def server() -> Iterator[str]:
    """A Redis of this run's own."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise SystemExit("redis-server is missing: run tools/need_redis.sh")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        client = redis.Redis.from_url(url)
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.RedisError:
                time.sleep(0.02)
        yield url
    finally:
        process.kill()
        process.wait()


_LIBRARY = "50 conditions, common-expression-language, contexts ready"
_MAPS = "50 conditions, common-expression-language, maps"
_WINDOW = "3 limits, limits (sliding window)"
_IN_REDIS = "stillwatch, request to verdict, limits in Redis"
#: what each way is compared with.
BESIDE = {
    _LIBRARY: "50 conditions, stillwatch",
    _MAPS: "50 conditions, stillwatch",
    _WINDOW: "3 limits, stillwatch",
    _IN_REDIS: "stillwatch, request to verdict",
}


#: ways of which fewer calls are made, by how much.
SLOWER = {_LIBRARY: 10, _MAPS: 250, _WINDOW: 5, _IN_REDIS: 20}


def main() -> None:
    """Measure every way and freeze the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 40,000 decisions a way")
    asked = parser.parse_args()
    n = 40_000 if asked.full else 5_000
    warm = n // 5
    ready = facts_of(4_000)
    rows = []
    with server() as url:
        shared = RedisLimits(connect(url, timeout_s=5.0), n_replicas=1)
        ways = gate_ways(2 * n + warm, LocalLimits()) | rule_ways(ready) | limit_ways()
        in_redis = gate_ways(n, shared)["stillwatch, request to verdict"]
        ways["stillwatch, request to verdict, limits in Redis"] = in_redis
        for name, way in ways.items():
            part = SLOWER.get(name, 1)
            rows.append({"way": name, **costs(way, n // part, warm // part)})
            told(f"{name}: {rows[-1]['cpu_us_mean']:.1f} us")
    at = {row["way"]: row for row in rows}
    for row in rows:
        beside = BESIDE.get(str(row["way"]))
        row["times_ours"] = row["cpu_us_mean"] / at[beside]["cpu_us_mean"] if beside else None
    print(table(rows))
    facts = {"accounts": N_ACCOUNTS, "rules": 50, "limits": 3, "seed": SEED, "decisions": n}
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(at))


def headlines(at: dict[str, dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    whole, library = at["stillwatch, request to verdict"], at[_LIBRARY]
    limit, shared = at[_WINDOW], at[_IN_REDIS]
    return [
        f"From a request to its verdict, 50 rules and 3 limits: {whole['cpu_us_mean']:.1f} us of "
        f"processor on average, {whole['cpu_us_p99']:.1f} us at p99, "
        f"{whole['a_core_s']:,.0f} a second and core.",
        f"The fifty conditions alone take common-expression-language {library['times_ours']:.0f} "
        f"times as long with its contexts built beforehand ({library['cpu_us_mean']:.0f} us, "
        f"p99 {library['cpu_us_p99']:.0f} us).",
        f"Three limits take the limits library {limit['times_ours']:.1f} times as long; with the "
        f"limits in Redis the whole decision costs {shared['times_ours']:.1f} times as much.",
    ]


if __name__ == "__main__":
    main()
