"""What does a decision add to a request behind the real Envoy and the real LiteLLM proxy?"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.control.measuring import cpu_s, family, wrk
from benchmarks.detect.freezing import freeze
from stillwatch.adapters.envoy.bootstrap import Place, bootstrap, route_table
from tests.gateways.fleet import GATEWAYS, body, litellm, process, upstream
from tests.rooms.http.service import Service, free_port, running, told_campaign

FOLDER = Path(__file__).resolve().parent
CHAT = "/v1/chat/completions"
_SCRIPT = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer sk-a-1"
local n = 0
request = function()
  n = n + 1
  wrk.headers["x-stillwatch-account"] = "a-" .. (n % 20000)
  return wrk.format("POST", "/v1/chat/completions", nil, '{body}')
end
"""
ENVOY = ("bare", "its local rate limit", "stillwatch over HTTP", "stillwatch over gRPC")
PROXY = (
    "bare",
    "its own rate limits",
    "stillwatch callback",
    "a new account each time, stillwatch callback",
    "stillwatch guardrail",
)


@contextlib.contextmanager
def envoy(
    folder: Path, way: str, service: Service, behind: int, grpc: int
) -> Iterator[tuple[int, int]]:
    """An Envoy with the filters of a way; yields its port and process."""
    folder.mkdir()
    port, admin = free_port(), free_port()
    place = Place(
        listen=("127.0.0.1", port),
        upstream=("127.0.0.1", behind),
        service=("127.0.0.1", grpc if way.endswith("gRPC") else service.port),
        routes=str(folder / "routes.json"),
        token=service.tokens["gw"],
        admin=("127.0.0.1", admin),
        grpc=way.endswith("gRPC"),
        named_by_edge=True,
    )
    told = bootstrap(place)
    manager = told["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    asks, limits, router = manager["typed_config"]["http_filters"]
    kept = {"bare": [router], "its local rate limit": [limits, router]}
    manager["typed_config"]["http_filters"] = kept.get(way, [asks, limits, router])
    (folder / "envoy.json").write_text(json.dumps(told))
    (folder / "routes.json").write_text(json.dumps(route_table({})))
    program = next(GATEWAYS.glob("lib/python*/site-packages/envoy/_bin/envoy"))
    words = [
        str(program), "-c", "envoy.json", "--concurrency", "1", "--disable-hot-restart",
        "-l", "error",
    ]  # fmt: skip
    with process(words, folder, admin, "/ready") as started:
        yield port, started.pid


@contextlib.contextmanager
def proxy(folder: Path, way: str, service: Service, behind: int) -> Iterator[tuple[int, int]]:
    """LiteLLM's proxy in a way; yields its port and process."""
    folder.mkdir()
    with litellm(folder, service, behind, way.rpartition(" ")[2]) as port:
        yield port, _listener(port)


def _listener(port: int) -> int:
    """The process that listens at a port."""
    wanted = f":{port:04X}"
    inodes = {
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(wanted) and line.split()[3] == "0A"
    }
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            with contextlib.suppress(OSError):
                for held in (one / "fd").iterdir():
                    if os.readlink(held)[8:-1] in inodes:
                        return int(one.name)
    raise RuntimeError(f"nobody listens at {port}")


def by_wrk(port: int, pid: int, service: Service, folder: Path, seconds: float) -> dict[str, float]:
    """One round of Envoy: latency one by one, and processor time of both sides."""
    script = _SCRIPT.replace("{body}", json.dumps(body("openai")))
    served = family(service.process.pid)
    before = cpu_s(served)
    load = wrk(f"http://127.0.0.1:{port}", script, folder, [pid], connections=1, seconds=seconds)
    if load.n_refused:
        raise RuntimeError(f"{load.n_refused} requests were refused")
    beside = 1e6 * (cpu_s(served) - before) / load.n_requests
    return {"p50_ms": load.p50_ms, "cpu_us": load.cpu_us, "beside_cpu_us": beside}


def by_hand(
    port: int, pid: int, service: Service, n_requests: int, *, new: bool = False
) -> dict[str, float]:
    """One round of LiteLLM: requests one after another on one connection."""
    sent = json.dumps(body("openai"))
    headers = {"authorization": "Bearer sk-a-1", "content-type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    served = family(service.process.pid)
    took = []
    before, beside = cpu_s([pid]), cpu_s(served)
    for number in range(n_requests):
        if new:
            headers["authorization"] = f"Bearer sk-{time.monotonic_ns()}-{number}"
        start_s = time.perf_counter()
        connection.request("POST", CHAT, sent, headers)
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - start_s)
        if answer.status != 200:
            raise RuntimeError(f"status {answer.status}")
    connection.close()
    return {
        "p50_ms": 1e3 * statistics.median(took),
        "cpu_us": 1e6 * (cpu_s([pid]) - before) / n_requests,
        "beside_cpu_us": 1e6 * (cpu_s(served) - beside) / n_requests,
    }


def row(
    gateway: str, way: str, rounds: list[dict[str, float]], bare: list[dict[str, float]]
) -> Any:
    """The medians of a way, and of its differences from the bare gateway in the same round."""
    told: dict[str, Any] = {"gateway": gateway, "way": way, "n_rounds": len(rounds)}
    for name in ("p50_ms", "cpu_us", "beside_cpu_us"):
        told[name] = statistics.median(one[name] for one in rounds)
    for name in ("p50_ms", "cpu_us"):
        added = [one[name] - other[name] for one, other in zip(rounds, bare, strict=True)]
        told[f"added_{name}"] = statistics.median(added)
    told["added_share"] = told["added_cpu_us"] / statistics.median(one["cpu_us"] for one in bare)
    told["load_average"] = os.getloadavg()[0]
    return told


def measured(seconds: float, n_requests: int, n_rounds: int) -> list[dict[str, Any]]:
    """All ways, in turn, round after round."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        grpc = free_port()
        settings = f'[serve]\ngrpc_listen = "127.0.0.1:{grpc}"\n'
        behind = stack.enter_context(upstream(folder))
        service = stack.enter_context(running(folder / "service", settings=settings))
        service.find(told_campaign("campaign:aaaaaaaaaaaa", "ring-1", "ring-2"))
        service.until(lambda: not service.decide("ring-1")["go"], "the ring is refused")
        rows = []
        doors = {
            way: stack.enter_context(envoy(folder / f"envoy-{at}", way, service, behind, grpc))
            for at, way in enumerate(ENVOY)
        }
        seen: dict[str, list[dict[str, float]]] = {way: [] for way in ENVOY}
        for number in range(n_rounds + 1):
            for way, (port, pid) in doors.items():
                found = by_wrk(port, pid, service, folder, seconds)
                print("envoy", number, way, found, file=sys.stderr)
                if number:
                    seen[way].append(found)
        rows += [row("Envoy", way, seen[way], seen["bare"]) for way in ENVOY]
        doors = {
            way: stack.enter_context(proxy(folder / f"proxy-{at}", way, service, behind))
            for at, way in enumerate(PROXY)
        }
        seen = {way: [] for way in PROXY}
        for number in range(n_rounds + 1):
            for way, (port, pid) in doors.items():
                found = by_hand(port, pid, service, n_requests, new=way.startswith("a new"))
                print("litellm", number, way, found, file=sys.stderr)
                if number:
                    seen[way].append(found)
        return rows + [row("LiteLLM", way, seen[way], seen["bare"]) for way in PROXY]


def _percent(told: dict[str, Any]) -> str:
    return f"{100 * told['added_share']:.1f}%"


def main() -> None:
    """Run, and write the table."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--full", action="store_true", help="write frozen.csv")
    full = told.parse_args().full
    rows = measured(1, 120, 4) if full else measured(1, 40, 2)
    by = {(one["gateway"], one["way"]): one for one in rows}
    http_way, callback = by["Envoy", ENVOY[2]], by["LiteLLM", PROXY[2]]
    freeze(
        FOLDER,
        rows,
        full=full,
        facts={
            "requests": "one after another",
            "prompt": "short",
            "policy": "the shipped one, live",
        },
        headlines=[
            f"Behind Envoy a decision over HTTP adds {http_way['added_p50_ms']:.2f} ms to the "
            f"median and {http_way['added_cpu_us']:.0f} us of Envoy's processor; its own local "
            f"rate limit adds {by['Envoy', ENVOY[1]]['added_p50_ms']:.2f} ms.",
            f"Inside LiteLLM the callback adds {_percent(callback)} to the proxy's own "
            f"{by['LiteLLM', 'bare']['cpu_us'] / 1e3:.1f} ms of processor by request where an "
            f"account comes again within a second, {_percent(by['LiteLLM', PROXY[3]])} where each "
            f"comes once; its own rate limits add {_percent(by['LiteLLM', PROXY[1]])}.",
        ],
    )


if __name__ == "__main__":
    main()
