"""Settings of the TAXII server, and of the client's patience."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class TaxiiSection(BaseModel):
    """How bulletins are shared over TAXII 2.1."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    store: str = Field(default="stillwatch-taxii/objects.db", min_length=1)
    """File of the objects (SQLite), or `postgresql://...` for several replicas."""
    listen: str = Field(default="127.0.0.1:9480", min_length=3)
    """Host and port, or `unix:/path/to/socket`."""
    workers: int = Field(default=2, ge=1, le=128)
    """Processes that answer."""
    public_url: str = Field(default="", pattern=r"^(https?://[^\s/?#]+)?/?$")
    """Address under which clients reach the server; else what they asked for is believed."""
    certificate: Path | None = Field(default=None)
    """Certificate of the server, PEM; it then speaks TLS."""
    key: Path | None = Field(default=None)
    """Key of the certificate, PEM."""
    client_ca: Path | None = Field(default=None)
    """Authorities whose client certificates are asked for (mTLS), PEM."""
    plain_http: bool = Field(default=False)
    """Listen beyond this machine without TLS, because something in front speaks it."""
    behind_proxy: bool = Field(default=False)
    """Believe the `X-Forwarded-For` of a proxy on this machine; one stands in front."""
    max_content_length: int = Field(default=10_485_760, ge=1_024, le=268_435_456)
    """Longest body that is read, in bytes."""
    page_objects: int = Field(default=1_000, ge=1, le=20_000)
    """Objects of a page where the client does not say how many."""
    most_page_objects: int = Field(default=5_000, ge=1, le=20_000)
    """Objects of a page at most, whatever the client asks for."""
    requests_a_minute: int = Field(default=6_000, ge=1, le=10_000_000)
    """Requests of one client, where it has no number of its own."""
    bytes_an_hour: int = Field(default=4_294_967_296, ge=1, le=2**50)
    """Bytes to and from one client, where it has no number of its own."""
    slow_s: float = Field(default=60.0, ge=1, le=3_600)
    """Seconds after which a request that is not whole, or an unread answer, is given up."""
    connections: int = Field(default=512, ge=8, le=65_536)
    """Connections of one process at once; others are told to come back (503)."""
