"""Nodes as real processes, each in a network namespace of its own on one bridge."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stillwatch.adapters.signing import new_key

PROGRAM = [sys.executable, "-m", "stillwatch.cli.main", "ally"]
PORT = 9490
PLACES = {"us-1": "US", "eu-1": "DE", "uk-1": "GB", "jp-1": "JP", "liar": "KR"}


def ip(*words: str) -> str:
    """Run ``ip``."""
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def can_lay() -> bool:
    """Whether this user may make network namespaces here."""
    if os.geteuid() != 0:
        return False
    try:
        name = f"swprobe{os.getpid()}"
        ip("netns", "add", name)
        ip("netns", "del", name)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


class Networks:
    """Five nodes; each keeps what is its own in a folder of its own.

    Args:
        folder: where their files are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tag = f"sa{os.getpid() % 10_000}"
        self._net = f"10.233.{os.getpid() % 200 + 20}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Lay the network, draw keys, write files; nothing runs yet."""
        try:
            self._lay()
            self._write()
        except BaseException:
            self._tear_down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """End the processes and take the network away."""
        self._tear_down()

    def file(self, name: str) -> Path:
        """The file of members of a node."""
        return self.folder / name / "ally.toml"

    def address(self, name: str) -> str:
        """Of a node, in its network."""
        return f"{self._net}.{list(PLACES).index(name) + 1}"

    def start(self, name: str) -> None:
        """Serve, and pull every second."""
        words = ["ip", "netns", "exec", self._space(name), *PROGRAM, "serve", "--members"]
        words += [str(self.file(name)), "--listen", f"{self.address(name)}:{PORT}"]
        with (self.folder / name / "said.txt").open("ab") as said:
            self.processes[name] = subprocess.Popen(
                [*words, "--every", "1", "--plain-http"], stderr=said, stdout=said
            )

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.processes.pop(name)
        for pid in ip("netns", "pids", self._space(name)).split():
            os.kill(int(pid), signal.SIGKILL)
        process.wait()

    def cut(self, name: str, *, off: bool) -> None:
        """Cut a node's cable, or mend it."""
        ip("link", "set", self._cable(name), "down" if off else "up")

    def run(self, name: str, *words: str, ok: tuple[int, ...] = (0,)) -> str:
        """Run a command of a node, on its machine."""
        more = [] if "--members" in words else ["--members", str(self.file(name))]
        done = subprocess.run(
            [*PROGRAM, *words, *more], capture_output=True, text=True, check=False,
            cwd=self.folder / name,
        )  # fmt: skip
        assert done.returncode in ok, done.stdout + done.stderr
        return done.stdout

    def told(self, name: str, *words: str) -> dict[str, Any]:
        """What a command of a node prints as JSON."""
        found: dict[str, Any] = json.loads(self.run(name, *words, "--json", ok=(0, 1, 2)))
        return found

    def until(self, what: Any, *, within_s: float = 120.0) -> None:
        """Wait until something holds."""
        end = time.monotonic() + within_s
        while not what():
            assert time.monotonic() < end, self.said()
            time.sleep(0.2)

    def said(self) -> str:
        """What the nodes said on stderr."""
        return "\n".join(
            f"{name}: {(self.folder / name / 'said.txt').read_text()[-600:]}"
            for name in PLACES if (self.folder / name / "said.txt").exists()
        )  # fmt: skip

    def _lay(self) -> None:
        bridge = f"{self._tag}br"
        ip("link", "add", bridge, "type", "bridge")
        ip("addr", "add", f"{self._net}.254/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        for name in PLACES:
            space, cable = self._space(name), self._cable(name)
            ip("netns", "add", space)
            ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", cable, "master", bridge, "up")
            ip("-n", space, "addr", "add", f"{self.address(name)}/24", "dev", "eth0")
            for device in ("eth0", "lo"):
                ip("-n", space, "link", "set", device, "up")

    def _write(self) -> None:
        keys = {}
        for name in PLACES:
            (self.folder / name).mkdir(parents=True)
            keys[name] = new_key(self.folder / name / "node.pem", name).public_pem
        for name in PLACES:
            told = 'key = "node.pem"\nfolder = "node"\n[me]\n' + self._member(name)
            for other in PLACES:
                if other != name:
                    told += "[[member]]\n" + self._member(other)
                    told += f'public_key = """{keys[other]}"""\n'
                    told += f'url = "http://{self.address(other)}:{PORT}"\n'
            self.file(name).write_text(told, "utf-8")

    def _member(self, name: str) -> str:
        safe = '["US", "EU", "UK", "JP", "KR"]'
        return (
            f'name = "{name}"\njurisdiction = "{PLACES[name]}"\ncommunities = ["isac"]\n'
            f"safeguards = {safe}\n"
        )

    def _space(self, name: str) -> str:
        return f"{self._tag}{name}"

    def _cable(self, name: str) -> str:
        return f"{self._tag}v{list(PLACES).index(name)}"

    def _tear_down(self) -> None:
        spaces = ip("netns", "list").split()
        for name in PLACES:
            if self._space(name) in spaces:
                for pid in ip("netns", "pids", self._space(name)).split():
                    os.kill(int(pid), signal.SIGKILL)
                ip("netns", "del", self._space(name))
        for process in self.processes.values():
            process.wait()
        subprocess.run(["ip", "link", "del", f"{self._tag}br"], check=False, capture_output=True)
