"""How much does a decision over HTTP cost, and how soon is a campaign enforced everywhere?"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.control.measuring import family, wrk
from benchmarks.detect.freezing import freeze
from tests.rooms.http.service import Service, running, told_campaign

FOLDER = Path(__file__).resolve().parent
N_RING, N_OTHERS = 24_000, 250_000
REPLICAS = 2
_SCRIPT = """
math.randomseed({seed})
wrk.method = "POST"
wrk.headers["x-stillwatch-token"] = "{token}"
request = function()
  local account
  if math.random() < {share} then account = "ring-" .. math.random(0, {n_ring} - 1)
  else account = "a-" .. math.random(0, {n_others} - 1) end
  return wrk.format("POST", "/v1/decide", nil, '{{"account":"' .. account ..
    '","credential":"0123456789abcdef","model":"m","max_tokens":1024,"address":"203.0.113.9",' ..
    '"client":"sdk/1.2","operation":"chat"}}')
end
"""
_PACED = """
delay = function() return {delay_ms} end
"""


def ring(name: str, n_accounts: int, prefix: str = "ring") -> dict[str, Any]:
    """A campaign of a size."""
    return told_campaign(name, *(f"{prefix}-{number}" for number in range(n_accounts)))


def loads(service: Service, folder: Path, seconds: float) -> list[dict[str, Any]]:
    """Rows of the load: as fast as it goes, then at about half of what is asked of it."""
    values = {
        "token": service.tokens["gw"], "n_ring": N_RING, "n_others": N_OTHERS, "share": 0.1,
        "seed": 1,
    }  # fmt: skip
    script = _SCRIPT.format(**values)
    pids = family(service.process.pid)
    url = f"http://127.0.0.1:{service.port}"
    wrk(url, script, folder, pids, connections=16, seconds=2)
    rows = []
    for name, connections, delay_ms in (("full", 16, 0), ("paced", 32, 6), ("one by one", 1, 0)):
        paced = script + _PACED.format(delay_ms=delay_ms) if delay_ms else script
        load = wrk(url, paced, folder, pids, connections=connections, seconds=seconds)
        rows.append(
            {
                "kind": "load",
                "name": name,
                "connections": connections,
                "n_decisions": load.n_requests,
                "a_second": load.a_second,
                "cpu_us_a_decision": load.cpu_us,
                "a_cpu_second": 1e6 / load.cpu_us,
                "p50_ms": load.p50_ms,
                "p99_ms": load.p99_ms,
                "wrk_cpu_s": load.wrk_cpu_s,
                "service_cpu_s": load.cpu_s,
                "load_average": os.getloadavg()[0],
            }
        )
        print(rows[-1], file=sys.stderr)
    return rows


def openings(service: Service, n_times: int, n_accounts: int) -> list[float]:
    """Seconds from a campaign in the file to its refusal at every replica, again and again."""
    found = []
    for number in range(n_times):
        name = f"campaign:{number:012x}"
        start_s = time.monotonic()
        service.find(ring(name, n_accounts, f"new{number}"))
        while not all(not service.decide(f"new{number}-1")["go"] for _ in range(8 * REPLICAS)):
            time.sleep(0.02)
        found.append(time.monotonic() - start_s)
        print(f"opened {number}: {found[-1]:.2f} s", file=sys.stderr)
    return found


def main() -> None:
    """Run, and write the table."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--full", action="store_true", help="write frozen.csv")
    full = told.parse_args().full
    seconds, n_times = (6.0, 5) if full else (3.0, 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(folder, workers=REPLICAS) as service:
            service.find(ring("campaign:aaaaaaaaaaaa", N_RING))
            service.until(lambda: not service.decide("ring-1")["go"], "the ring is refused")
            time.sleep(2.0)
            rows = loads(service, folder, seconds)
            opened = openings(service, n_times, N_RING)
    rows.append(
        {
            "kind": "opening",
            "name": f"{N_RING} accounts",
            "n_times": n_times,
            "median_s": statistics.median(opened),
            "worst_s": max(opened),
        }
    )
    by_name = {row["name"]: row for row in rows}
    fastest, paced = by_name["full"], by_name["paced"]
    wrk_us = 1e6 * fastest["wrk_cpu_s"] / fastest["n_decisions"]
    alone = 2e6 / (fastest["cpu_us_a_decision"] + wrk_us)
    freeze(
        FOLDER,
        rows,
        full=full,
        facts={
            "replicas": REPLICAS,
            "policy": "the shipped one, live",
            "accounts in a campaign": N_RING,
        },
        headlines=[
            f"A decision over HTTP costs {fastest['cpu_us_a_decision']:.0f} us of processor, "
            f"{fastest['a_cpu_second']:,.0f} to a second of it.",
            f"As fast as it went: {fastest['a_second']:,.0f}/s, with wrk and a load average of "
            f"{fastest['load_average']:.1f} from others on the same two cores; two cores that "
            f"nobody else uses hold {alone:,.0f}/s of both.",
            f"At {paced['a_second']:,.0f}/s: p50 {paced['p50_ms']:.2f} ms, "
            f"p99 {paced['p99_ms']:.2f} ms.",
            f"From a campaign of {N_RING:,} accounts in the file to its refusal at every replica: "
            f"median {statistics.median(opened):.1f} s, worst {max(opened):.1f} s.",
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
