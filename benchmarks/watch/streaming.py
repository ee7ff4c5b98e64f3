"""What benchmarks of the watcher share: a Redis, a watcher, and what processes take."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SENDER = Path(__file__).resolve().parent / "sender.py"
PROGRAM = (sys.executable, "-m", "stillwatch.cli.main")
HERTZ = os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


class Watched:
    """A process that is measured: processor time, resident memory, open files, threads."""

    def __init__(self, number: int) -> None:
        self.number = number

    def cpu_s(self) -> float:
        """User and system time so far."""
        try:
            text = Path(f"/proc/{self.number}/stat").read_text(encoding="utf-8")
        except OSError:
            return 0.0
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / HERTZ

    def rss_mib(self) -> float:
        """Resident memory."""
        try:
            text = Path(f"/proc/{self.number}/statm").read_text(encoding="utf-8")
        except OSError:
            return 0.0
        return int(text.split()[1]) * PAGE_MIB

    def peak_mib(self) -> float:
        """Most resident memory since it began."""
        try:
            text = Path(f"/proc/{self.number}/status").read_text(encoding="utf-8")
        except OSError:
            return 0.0
        found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0

    def n_open(self) -> int:
        """Open file descriptors."""
        return self._n_in("fd")

    def n_threads(self) -> int:
        """Threads."""
        return self._n_in("task")

    def _n_in(self, folder: str) -> int:
        try:
            return len(os.listdir(f"/proc/{self.number}/{folder}"))
        except OSError:
            return 0

    def child(self) -> Watched | None:
        """The process that looks, if it runs."""
        try:
            path = Path(f"/proc/{self.number}/task/{self.number}/children")
            every = [*path.parent.parent.glob("*/children")]
            found = " ".join(one.read_text(encoding="utf-8") for one in every).split()
        except OSError:
            return None
        return Watched(int(found[0])) if found else None


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def metrics(port: int) -> dict[str, float]:
    """Every sample on the page of the watcher."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
    except OSError:
        return {}
    found = re.findall(r"^([a-z_]+(?:{[^}]*})?) ([-+0-9.eEinfNa]+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def value(page: dict[str, float], name: str) -> float:
    """One sample by its name."""
    return page.get(f"stillwatch_watch_{name}", float("nan"))


def quantile(page: dict[str, float], name: str, share: float) -> float:
    """A quantile of a histogram, between the ends of its bucket in equal parts."""
    pattern = re.compile(re.escape(f"stillwatch_watch_{name}_bucket") + r'{le="([^"]+)"}')
    bars = sorted((float(m[1]), n) for key, n in page.items() if (m := pattern.match(key)))
    wanted, low, before = share * bars[-1][1], 0.0, 0.0
    for high, n in bars:
        if n >= wanted and n > before:
            return (
                high
                if high == float("inf")
                else low + (high - low) * (wanted - before) / (n - before)
            )
        low, before = high, n
    return float("nan")


@contextmanager
def redis_in(place: Path) -> Iterator[tuple[Watched, Path]]:
    """A Redis that keeps nothing on the disk, and the socket on which it listens."""
    path = place / "socket"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", place],
        stdout=subprocess.DEVNULL,
    )
    try:
        while not path.exists():
            time.sleep(0.1)
        yield Watched(server.pid), path
    finally:
        server.terminate()
        server.wait()


def sending(
    commands: Path, path: Path, pace: str, seconds: float, log: Path
) -> subprocess.Popen[str]:
    """Send rendered commands; how many were sent is printed at the end."""
    words = [sys.executable, SENDER, "send", commands, path, pace, seconds, log]
    return subprocess.Popen([str(w) for w in words], stdout=subprocess.PIPE, text=True)


def wait_for_page(port: int, watcher: subprocess.Popen[bytes]) -> None:
    """Wait until a watcher serves its page.

    Raises:
        SystemExit: it has ended instead.
    """
    while not metrics(port):
        if watcher.poll() is not None:
            raise SystemExit(f"the watcher ended with {watcher.returncode}")
        time.sleep(0.2)
