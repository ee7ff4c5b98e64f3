"""Listen for partners: where, whether it may be in the clear, and until when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import uvicorn

from stillwatch.adapters.addresses import is_loopback
from stillwatch.http.guarded import GuardedProtocol
from stillwatch.http.listening import DRAIN_S
from stillwatch.http.routes import App
from stillwatch.model.errors import BadSettings, OutsideFailed


class Patient(GuardedProtocol):
    """The guarded protocol, for messages of some megabytes over slow lines."""

    slow_s = 120.0


def check_clear(
    key: str, host: str, certificate: Path | None, own_key: Path | None, *, plain_http: bool
) -> None:
    """Refuse to be reached from other machines in the clear, unless somebody says so.

    Raises:
        BadSettings: half of TLS is missing, or all of it and the host is not this machine.
    """
    if (certificate is None) != (own_key is None):
        raise BadSettings(key, "a certificate and its key go together; name both.")
    if certificate is None and not plain_http and not is_loopback(host):
        raise BadSettings(
            key,
            f"{host} is reached from other machines, and who asks whom would be readable. Name a "
            "certificate and its key, listen on 127.0.0.1, or say --plain-http where something in "
            "front speaks TLS.",
        )


def run_app(
    app: App, host: str, port: int, certificate: Path | None = None, own_key: Path | None = None
) -> None:
    """Serve an app until a signal ends it; what has begun is answered first.

    Raises:
        OutsideFailed: the address is taken.
    """
    secured: dict[str, Any] = {}
    if certificate is not None:
        secured = {"ssl_certfile": certificate, "ssl_keyfile": own_key}
    config = uvicorn.Config(
        app, host=host, port=port, http=Patient, ws="none", loop="uvloop", lifespan="on",
        access_log=False, log_level="error", server_header=False, date_header=False,
        timeout_graceful_shutdown=DRAIN_S, **secured,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise OutsideFailed("the service did not start; the line above says why.")
