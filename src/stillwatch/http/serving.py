"""Start the service: check what would make it unsafe, then let uvicorn run the replicas."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.control.policies import load_policy
from stillwatch.adapters.gateway.settings import ReplicaSettings, ServeSection
from stillwatch.adapters.gateway.tokens import load_callers
from stillwatch.http.guarded import GuardedProtocol
from stillwatch.http.routes import App
from stillwatch.http.running import LOG_NAME, Replica
from stillwatch.model.errors import BadSettings, OutsideFailed

TOLD: Final = "_STILLWATCH_REPLICA"
"""Tells replicas the settings that the program was started with."""
COUNTS: Final = "_STILLWATCH_COUNTS"
"""Tells replicas where the counters are."""
KEEP_ALIVE_S: Final = 75
BACKLOG: Final = 4_096
DRAIN_S: Final = 10
LOGS: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(name)s %(levelname)s %(message)s"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "stream": "ext://sys.stderr",
        }
    },
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "stillwatch": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
"""Lines that uvicorn would log quote addresses and, of a fault, what was being handled."""


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
    DecisionLog(told.folder / LOG_NAME).close()
    with (
        tempfile.TemporaryDirectory(prefix="stillwatch-") as folder,
        _environment(told, Path(folder) / "counts"),
    ):
        made = _config(section)
        if section.workers > 1:
            Multiprocess(made, sockets=[made.bind_socket()]).run()
            return
        server = uvicorn.Server(made)
        # uvicorn sends itself the signal again once it has drained.
        signal.signal(signal.SIGTERM, lambda *_: None)
        server.run()
        if not server.started:
            raise OutsideFailed("the service did not start; the line above says why.")


def check(told: ServeSection, section: str = "serve") -> None:
    """Refuse what would let others in.

    Args:
        told: where it listens, and with which certificate.
        section: of the settings, for the message.

    Raises:
        BadSettings: it listens beyond this machine in the clear, or half of TLS is missing.
    """
    if (told.certificate is None) != (told.key is None):
        raise BadSettings(f"{section}.key", "a certificate and its key go together; name both.")
    if told.client_ca is not None and told.certificate is None:
        raise BadSettings(
            f"{section}.client_ca", f"client certificates need {section}.certificate too."
        )
    secured = told.certificate is not None
    for key, address in (
        (f"{section}.listen", told.listen),
        (f"{section}.grpc_listen", told.grpc_listen),
    ):
        if not address or address.startswith("unix:"):
            continue
        host, port = address_of(key, address)
        del port
        safe = secured and key == f"{section}.listen"
        if not (safe or told.plain_http or _is_here(host)):
            raise BadSettings(
                key,
                f"{address} is reached from other machines, and tokens would cross the network "
                f"readable. Name {section}.certificate and {section}.key, listen on 127.0.0.1, or "
                f"set {section}.plain_http where something in front speaks TLS.",
            )


def make_app() -> App:
    """The app of one replica, from the settings that the program was started with."""
    told = ReplicaSettings.model_validate_json(os.environ[TOLD])
    return Replica(told, Path(os.environ[COUNTS])).app()


def _config(told: ServeSection) -> uvicorn.Config:
    where: dict[str, Any] = {}
    if told.listen.startswith("unix:"):
        where["uds"] = told.listen.removeprefix("unix:")
    else:
        where["host"], where["port"] = address_of("serve.listen", told.listen)
    if told.certificate is not None:
        where |= {"ssl_certfile": told.certificate, "ssl_keyfile": told.key}
    if told.client_ca is not None:
        where |= {"ssl_ca_certs": str(told.client_ca), "ssl_cert_reqs": ssl.CERT_OPTIONAL}
    return uvicorn.Config(
        "stillwatch.http.serving:make_app",
        factory=True,
        workers=told.workers,
        http=GuardedProtocol,
        ws="none",
        loop="uvloop",
        lifespan="on",
        access_log=False,
        log_config=LOGS,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
        backlog=BACKLOG,
        **where,
    )


@contextlib.contextmanager
def _environment(told: ReplicaSettings, counts: Path) -> Iterator[None]:
    """What replicas read as they start."""
    os.environ |= {TOLD: told.model_dump_json(), COUNTS: str(counts)}
    try:
        yield
    finally:
        for name in (TOLD, COUNTS):
            os.environ.pop(name, None)


def address_of(key: str, address: str) -> tuple[str, int]:
    """Host and port of a setting.

    Raises:
        BadSettings: it is not ``host:port``.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65_535:
        raise BadSettings(key, f"{address!r} must be host:port or unix:/path.")
    return host.strip("[]"), int(port)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
