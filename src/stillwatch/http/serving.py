"""Start the service: check what would make it unsafe, then let uvicorn run the replicas."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.control.policies import load_policy
from stillwatch.adapters.gateway.settings import ReplicaSettings
from stillwatch.adapters.gateway.tokens import load_callers
from stillwatch.http.guarded import GuardedProtocol
from stillwatch.http.listening import BACKLOG, check, config_of
from stillwatch.http.routes import App
from stillwatch.http.running import LOG_NAME, Replica
from stillwatch.model.errors import OutsideFailed

TOLD: Final = "_STILLWATCH_REPLICA"
"""Tells replicas the settings that the program was started with."""
COUNTS: Final = "_STILLWATCH_COUNTS"
"""Tells replicas where the counters are."""


def serve(told: ReplicaSettings) -> None:
    """Serve until a signal ends it.

    Args:
        told: checked settings.

    Raises:
        BadSettings: the service would be open to others than those it is for.
        BadInput: the file of callers lists nobody, or badly, or the policy does not stand.
        OutsideFailed: a file cannot be read or written, or the address is taken.
    """
    section = told.serve
    check(section)
    load_callers(section.callers)
    load_policy(told.policy)
    DecisionLog(told.folder / LOG_NAME)
    with (
        tempfile.TemporaryDirectory(prefix="stillwatch-") as folder,
        _environment(told, Path(folder) / "counts"),
    ):
        made = config_of(
            "stillwatch.http.serving:make_app", section, GuardedProtocol, "serve", backlog=BACKLOG
        )
        if section.workers > 1:
            Multiprocess(made, sockets=[made.bind_socket()]).run()
            return
        server = uvicorn.Server(made)
        # uvicorn sends itself the signal again once it has drained.
        signal.signal(signal.SIGTERM, lambda *_: None)
        server.run()
        if not server.started:
            raise OutsideFailed("the service did not start; the line above says why.")


def make_app() -> App:
    """The app of one replica, from the settings that the program was started with."""
    told = ReplicaSettings.model_validate_json(os.environ[TOLD])
    return Replica(told, Path(os.environ[COUNTS])).app()


@contextlib.contextmanager
def _environment(told: ReplicaSettings, counts: Path) -> Iterator[None]:
    """What replicas read as they start."""
    os.environ |= {TOLD: told.model_dump_json(), COUNTS: str(counts)}
    try:
        yield
    finally:
        for name in (TOLD, COUNTS):
            os.environ.pop(name, None)
