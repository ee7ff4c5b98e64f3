"""The name of an engine, as it is given on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from stillwatch.model.errors import BadSettings

LOCAL = "local"
#: where Ray's client server listens unless it was told otherwise.
RAY_PORT = 10001
_NAMES = f"Known: {LOCAL}, ray://HOST:PORT (the port of Ray's client server, {RAY_PORT})."


@dataclass(frozen=True, slots=True)
class Address:
    """A Ray cluster's client server."""

    host: str
    port: int

    def __str__(self) -> str:
        """As Ray writes it."""
        return f"{self.host}:{self.port}"


def parse_engine(name: str) -> Address | None:
    """Where to go on; None for this process.

    Raises:
        BadSettings: no such engine.

    >>> str(parse_engine("ray://head.example")), parse_engine("local")
    ('head.example:10001', None)
    """
    if name == LOCAL:
        return None
    try:
        parts = urlsplit(name)
        port = RAY_PORT if parts.port is None else parts.port
    except ValueError as error:
        raise BadSettings("--engine", f"{name!r} is no address: {error}. {_NAMES}") from error
    if parts.scheme != "ray":
        raise BadSettings("--engine", f"{name!r} is unknown. {_NAMES}")
    if not parts.hostname or parts.username or parts.path.strip("/") or parts.query:
        raise BadSettings("--engine", f"{name!r} names no host and port alone. {_NAMES}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Address(host, port)
