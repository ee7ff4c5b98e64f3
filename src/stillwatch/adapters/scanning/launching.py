"""A program run to its end: within a time, and with a bound on what it prints."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

MOST_OUTPUT: Final = 64 * 2**20
"""Bytes of standard output that are taken."""
_MOST_ERRORS: Final = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Args:
        code: exit code; negative for a signal.
        out: what it printed, up to :data:`MOST_OUTPUT`.
        err: the end of what it printed to standard error.
        why: empty where it ended by itself; else what ended it.
        cpu_s: processor time of it and its children.
        wall_s: on the clock.
    """

    code: int
    out: bytes
    err: str
    why: str
    cpu_s: float
    wall_s: float


def run(
    command: Sequence[str], *, wall_s: float, given: bytes = b"", pass_fds: Sequence[int] = ()
) -> Ended:
    """Run a program in an empty environment and take what it prints.

    Args:
        command: program and words.
        wall_s: seconds on the clock after which it and all it started are killed.
        given: its standard input.
        pass_fds: file descriptors that it keeps.
    """
    begun, before = time.monotonic(), os.times()
    process = subprocess.Popen(
        list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}, cwd="/", start_new_session=True,
        pass_fds=tuple(pass_fds),
    )  # fmt: skip
    try:
        out, err, why = _exchanged(process, given, begun + wall_s)
    finally:
        _end(process)
    after = os.times()
    cpu_s = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    return Ended(
        process.returncode, out, err.decode("utf-8", "replace"), why, cpu_s,
        time.monotonic() - begun,
    )  # fmt: skip


def _exchanged(
    process: subprocess.Popen[bytes], given: bytes, until: float
) -> tuple[bytes, bytes, str]:
    assert process.stdin and process.stdout and process.stderr
    out, err, left = bytearray(), bytearray(), memoryview(given)
    with selectors.DefaultSelector() as waiting:
        for pipe in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(pipe.fileno(), False)
        waiting.register(process.stdout, selectors.EVENT_READ)
        waiting.register(process.stderr, selectors.EVENT_READ)
        if given:
            waiting.register(process.stdin, selectors.EVENT_WRITE)
        else:
            process.stdin.close()
        while len(waiting.get_map()) > 0:
            left_s = until - time.monotonic()
            if left_s <= 0:
                return bytes(out), bytes(err), "took longer than it was given"
            for key, _ in waiting.select(min(left_s, 1.0)):
                if key.fileobj is process.stdin:
                    left = _written(process, left)
                    if not left:
                        waiting.unregister(process.stdin)
                        process.stdin.close()
                    continue
                data = os.read(key.fd, 2**16)
                if not data:
                    waiting.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    out += data
                    if len(out) > MOST_OUTPUT:
                        return bytes(out), bytes(err), "printed more than is taken"
                else:
                    err = (err + data)[-_MOST_ERRORS:]
    return bytes(out), bytes(err), ""


def _written(process: subprocess.Popen[bytes], left: memoryview) -> memoryview:
    assert process.stdin
    try:
        return left[os.write(process.stdin.fileno(), left[: 2**16]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        return left[:0]


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        try:
            process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()
