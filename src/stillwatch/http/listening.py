"""Listening: what every service of the house refuses, logs and waits for as it starts."""

from __future__ import annotations

import ssl
from typing import Any, Final

import uvicorn

from stillwatch.adapters.addresses import address_of, is_loopback
from stillwatch.adapters.gateway.settings import ServeSection
from stillwatch.http.guarded import GuardedProtocol
from stillwatch.model.errors import BadSettings

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
        host, port = address_of(address, key, ", or unix:/path")
        del port
        safe = secured and key == f"{section}.listen"
        if not (safe or told.plain_http or is_loopback(host)):
            raise BadSettings(
                key,
                f"{address} is reached from other machines, and tokens would cross the network "
                f"readable. Name {section}.certificate and {section}.key, listen on 127.0.0.1, or "
                f"set {section}.plain_http where something in front speaks TLS.",
            )


def config_of(
    app: str, told: ServeSection, protocol: type[GuardedProtocol], section: str, **more: Any
) -> uvicorn.Config:
    """How uvicorn runs a service of the house.

    Args:
        app: where each process finds the maker of its app.
        told: where it listens, with which certificate and in how many processes.
        protocol: how it reads requests.
        section: of the settings, for messages.
        more: what this service asks of uvicorn besides.
    """
    where: dict[str, Any] = {}
    if told.listen.startswith("unix:"):
        where["uds"] = told.listen.removeprefix("unix:")
    else:
        where["host"], where["port"] = address_of(told.listen, f"{section}.listen")
    if told.certificate is not None:
        where |= {"ssl_certfile": told.certificate, "ssl_keyfile": told.key}
    if told.client_ca is not None:
        where |= {"ssl_ca_certs": str(told.client_ca), "ssl_cert_reqs": ssl.CERT_OPTIONAL}
    return uvicorn.Config(
        app, factory=True, workers=told.workers, http=protocol, ws="none", loop="uvloop",
        lifespan="on", access_log=False, log_config=LOGS, server_header=False, date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S, timeout_graceful_shutdown=DRAIN_S, **where, **more,
    )  # fmt: skip
