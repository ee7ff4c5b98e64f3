"""Machines of a Ray cluster, each in a network namespace of its own on one bridge."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

CLIENT_PORT = 10001
_TICKS = os.sysconf("SC_CLK_TCK")


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
    return done.stdout


class Machines:
    """Machines 1 to n; the first is the head. Root on Linux makes them.

    Args:
        folder: short, for sockets stand in it; it is made and removed.
        n: how many.
        authenticated: whether a token is asked for.
        n_cpus: that each offers.
    """

    def __init__(self, folder: Path, n: int = 2, *, authenticated: bool = True, n_cpus: int = 1):
        """Make nothing yet."""
        self.folder, self.n, self.n_cpus = folder, n, n_cpus
        self.token = folder / "token"
        self._authenticated = authenticated
        self._tag = f"sw{os.getpid() % 10_000}{'a' if authenticated else 'o'}"
        self._net = f"10.231.{os.getpid() % 200 + (20 if authenticated else 21)}"

    @property
    def address(self) -> str:
        """Of the client server."""
        return f"{self._net}.1:{CLIENT_PORT}"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to be let in."""
        ours = {"RAY_USAGE_STATS_ENABLED": "0", "DO_NOT_TRACK": "1"}
        if self._authenticated:
            ours |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(self.token)}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
        return kept | ours | {"PYTHONPATH": ":".join(path for path in sys.path if path)}

    def __enter__(self) -> Self:
        """Lay the network and start every machine."""
        self.folder.mkdir(parents=True)
        self.token.touch(mode=0o600)
        self.token.write_text(secrets.token_hex(32), encoding="utf-8")
        try:
            self._lay()
            for nth in range(1, self.n + 1):
                self.start(nth)
        except BaseException:
            self._tear_down()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process in them and take everything away."""
        self._tear_down()

    def _lay(self) -> None:
        bridge = f"{self._tag}br"
        _ip("link", "add", bridge, "type", "bridge")
        _ip("addr", "add", f"{self._net}.254/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for nth in range(1, self.n + 1):
            space, cable = self._space(nth), f"{self._tag}v{nth}"
            _ip("netns", "add", space)
            _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", cable, "master", bridge, "up")
            _ip("-n", space, "addr", "add", f"{self._net}.{nth}/24", "dev", "eth0")
            for device in ("eth0", "lo"):
                _ip("-n", space, "link", "set", device, "up")

    def start(self, nth: int) -> None:
        """Start Ray on a machine."""
        ours = f"{self._net}.{nth}"
        words = [sys.executable, "-m", "ray.scripts.scripts", "start", f"--node-ip-address={ours}"]
        words += [f"--num-cpus={self.n_cpus}", "--object-store-memory=400000000"]
        if nth == 1:
            words += ["--head", "--port=6379", f"--ray-client-server-port={CLIENT_PORT}"]
            words += ["--include-dashboard=false", f"--temp-dir={self.folder}/ray"]
        else:
            words.append(f"--address={self._net}.1:6379")
        self._run(nth, words)

    def _run(self, nth: int, words: list[str]) -> None:
        # a file and no pipe: daemons keep what they inherit open
        with (self.folder / f"start{nth}.log").open("ab") as log:
            subprocess.run(
                ["ip", "netns", "exec", self._space(nth), *words],
                check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
            )  # fmt: skip

    def _space(self, nth: int) -> str:
        return f"{self._tag}n{nth}"

    def pids(self, nth: int) -> list[int]:
        """Processes of a machine."""
        return [int(pid) for pid in _ip("netns", "pids", self._space(nth)).split()]

    def works_on(self, nth: int) -> list[str]:
        """Names of the pieces of work that its workers say to be doing."""
        found = []
        for pid in self.pids(nth):
            try:
                title = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
            except OSError:
                continue
            if title.startswith("ray::") and not title.startswith("ray::IDLE"):
                found.append(title.removeprefix("ray::").strip())
        return found

    def cpu_s(self, nth: int) -> dict[tuple[int, str], float]:
        """Seconds of processor of each of its processes, by number and moment of its start."""
        taken = {}
        for pid in self.pids(nth):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            taken[pid, fields[19]] = sum(map(int, fields[11:13])) / _TICKS
        return taken

    def stop_the_clock(self, nth: int) -> None:
        """Let no process of a machine go on: what it works on now stays as it is."""
        self._signal(nth, signal.SIGSTOP)

    def kill(self, nth: int) -> None:
        """End every process of a machine at once."""
        while self.pids(nth):
            self._signal(nth, signal.SIGKILL)
            time.sleep(0.05)

    def _signal(self, nth: int, which: int) -> None:
        for pid in self.pids(nth):
            try:
                os.kill(pid, which)
            except ProcessLookupError:
                continue

    def _tear_down(self) -> None:
        spaces = _ip("netns", "list").split()
        for nth in range(1, self.n + 1):
            if self._space(nth) in spaces:
                self.kill(nth)
                _ip("netns", "del", self._space(nth))
        subprocess.run(["ip", "link", "del", f"{self._tag}br"], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
