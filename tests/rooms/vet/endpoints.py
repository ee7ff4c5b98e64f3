"""Real endpoints to ask: a made model behind uvicorn, and a server that does its worst."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from stillwatch.adapters.asking import Endpoint
from stillwatch.vet import Message, Probe
from tests.ports import free_port
from tests.rooms.http.service import start, stop, wait_for

KEY = "sk-very-secret-0123456789"


@contextlib.contextmanager
def made(folder: Path, *options: str) -> Iterator[int]:
    """Run ``stillwatch lab serve-model`` while the block runs; yields its port."""
    port = free_port()
    said = folder / f"made-{port}"
    words = ["lab", "serve-model", "--listen", f"127.0.0.1:{port}", *options]
    process: subprocess.Popen[bytes] = start(words, folder, said)
    try:
        wait_for(port, process, lambda: said.read_text("utf-8", "replace"))
        yield port
    finally:
        stop(process)


def openai(port: int, model: str = "made", **more: Any) -> Endpoint:
    """OpenAI's interface at a port of this machine."""
    more = {"requests_per_minute": 60_000, **more}
    return Endpoint(url=f"http://127.0.0.1:{port}/v1", kind="openai", model=model, **more)


def anthropic(port: int, model: str = "made", **more: Any) -> Endpoint:
    """Anthropic's interface at a port of this machine."""
    more = {"requests_per_minute": 60_000, **more}
    return Endpoint(url=f"http://127.0.0.1:{port}", kind="anthropic", model=model, **more)


def probes(n: int, **more: Any) -> list[Probe]:
    """Distinct short questions."""
    more = {"max_tokens": 8, "temperature": 1.0, **more}
    return [
        Probe(name=f"p{nth}", messages=(Message("user", f"Pick a word. [{nth}]"),), **more)
        for nth in range(n)
    ]


ANSWER = {
    "model": "m", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
}  # fmt: skip


class Worst(BaseHTTPRequestHandler):
    """Does what the model's name says."""

    protocol_version = "HTTP/1.1"
    server: Hostile

    def do_POST(self) -> None:
        """Answer one request."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server = self.server
        with server.turn:
            server.n_asked += 1
            nth = server.n_asked
            server.heads.append({k.lower(): v for k, v in self.headers.items()})
            server.bodies.append(asked)
        with contextlib.suppress(OSError):
            getattr(self, "on_" + asked["model"].replace("-", "_"))(nth)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def tell(self, status: int, told: Any, *headers: tuple[str, str]) -> None:
        """Send JSON, or bytes as they are."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        for name, value in (("content-length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def on_fine(self, nth: int) -> None:
        """An answer."""
        self.tell(200, ANSWER, ("set-cookie", "who=you"), ("x-served-by", "edge-7"))

    def on_busy_twice(self, nth: int) -> None:
        """429 with a time to wait, 503, then answers."""
        if nth == 1:
            self.tell(429, {"error": {"message": "slow"}}, ("retry-after", "0.3"))
        elif nth == 2:
            self.tell(503, b"<html>no</html>")
        else:
            self.tell(200, ANSWER)

    def on_cut_once(self, nth: int) -> None:
        """Cuts the first reply in the middle of its body."""
        if nth > 1:
            self.tell(200, ANSWER)
            return
        self.send_response(200)
        self.send_header("content-length", "1000")
        self.end_headers()
        self.wfile.write(b'{"choices": [')
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def on_endless(self, nth: int) -> None:
        """A body without an end."""
        self.chunked(lambda: b" " * 65_536)

    def on_drip(self, nth: int) -> None:
        """A body that comes a byte at a time and never ends."""
        self.chunked(lambda: time.sleep(0.05) or b" ")  # type: ignore[func-returns-value]

    def on_gigabyte(self, nth: int) -> None:
        """A body that says it is long, and is."""
        self.send_response(200)
        self.send_header("content-length", str(1 << 30))
        self.end_headers()
        while True:
            self.wfile.write(b"x" * 65_536)

    def on_bomb(self, nth: int) -> None:
        """A compressed body that nobody asked for."""
        body = gzip.compress(b" " * (64 << 20))
        self.tell(200, body, ("content-encoding", "gzip"))

    def on_no_json(self, nth: int) -> None:
        """No JSON."""
        self.tell(200, b"\x00\xff{")

    def on_deep(self, nth: int) -> None:
        """JSON that is nested without end."""
        self.tell(200, b"[" * 200_000)

    def on_no_choice(self, nth: int) -> None:
        """Lacks what it must hold."""
        self.tell(200, {"choices": []})

    def on_wrong_kinds(self, nth: int) -> None:
        """Holds other things than it must."""
        self.tell(200, {"choices": [{"message": {"content": {"a": 1}}}]})

    def on_absurd(self, nth: int) -> None:
        """Counts more tokens than there are."""
        self.tell(200, {**ANSWER, "usage": {"prompt_tokens": 10**12, "completion_tokens": -4}})

    def on_elsewhere(self, nth: int) -> None:
        """Leads to another place."""
        self.tell(307, b"", ("location", "http://127.0.0.1:1/steal"))

    def on_refuses(self, nth: int) -> None:
        """Refuses, with control characters and the key in what it says."""
        words = f"\x1b[31mno\u202e {self.headers['authorization']}"
        self.tell(400, {"error": {"message": words}})

    def on_no_key(self, nth: int) -> None:
        """Does not know the key."""
        self.tell(401, {"error": {"message": "wrong key"}})

    def on_echo_key(self, nth: int) -> None:
        """Gives the key back in its answer and in a header."""
        said = self.headers["authorization"]
        told = {**ANSWER, "choices": [{"message": {"content": said}, "finish_reason": "eos"}]}
        self.tell(200, told, ("x-served-by", said))

    def on_cut_key(self, nth: int) -> None:
        """Gives the key back where a header is cut short."""
        self.tell(200, ANSWER, ("x-served-by", "a" * 183 + self.headers["authorization"]))

    def on_counts_nothing(self, nth: int) -> None:
        """Says much and counts no token."""
        usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        choice = {"message": {"content": "word " * 20_000}, "finish_reason": "stop"}
        self.tell(200, {"model": "m", "choices": [choice], "usage": usage})

    def on_says_no_count(self, nth: int) -> None:
        """Answers and does not say how many tokens that was."""
        self.tell(200, {name: value for name, value in ANSWER.items() if name != "usage"})

    def on_onward(self, nth: int) -> None:
        """Leads to another server."""
        self.tell(307, b"", ("location", f"http://127.0.0.1:{self.server.onward}{self.path}"))

    def on_down(self, nth: int) -> None:
        """Never works."""
        self.tell(500, b"")

    def on_later(self, nth: int) -> None:
        """Asks to wait for an hour."""
        self.tell(429, b"", ("retry-after", "3600"))

    def on_slow(self, nth: int) -> None:
        """Takes its time."""
        time.sleep(0.25)
        self.tell(200, ANSWER)

    def chunked(self, piece: Any) -> None:
        """Send chunks until the other side has had enough."""
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        while True:
            data = piece()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()


class Hostile(ThreadingHTTPServer):
    """The server; what it was asked is kept for the test to see."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Worst)
        self.turn = threading.Lock()
        self.n_asked = self.onward = 0
        self.heads: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


@contextlib.contextmanager
def hostile() -> Iterator[Hostile]:
    """Run it in a thread while the block runs."""
    server = Hostile()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
