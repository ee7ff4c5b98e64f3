"""Ports for servers that tests start: nobody else is handed the same one meanwhile."""

from __future__ import annotations

import os
import random
import socket

#: below those that Linux gives to whoever connects: no client takes one between draw and use.
_FIRST, _LAST = 20_000, 31_999
_N_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _N_WORKERS
_drawn: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, of those that this worker of the run alone draws from."""
    ports = range(_FIRST + _WORKER, _LAST + 1, _N_WORKERS)
    for _ in range(1_000):
        port = random.SystemRandom().choice(ports)
        if port in _drawn:
            continue
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        _drawn.add(port)
        return port
    raise RuntimeError("no port is free")
