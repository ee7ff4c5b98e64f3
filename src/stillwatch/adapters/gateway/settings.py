"""Settings of the decision service, and of the plug-ins that ask it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class ServeSection(_Section):
    """How the decision service listens, and whom it lets in."""

    listen: str = Field(default="127.0.0.1:9470", min_length=3)
    """Host and port, or `unix:/path/to/socket`."""
    grpc_listen: str = Field(default="")
    """Host and port for Envoy's `ext_authz` over gRPC; empty for none."""
    workers: int = Field(default=2, ge=1, le=128)
    """Processes that answer."""
    campaigns: Path | None = Field(default=None)
    """What `stillwatch detect --json` or `stillwatch watch` writes; read again when it changes."""
    accounts: Path | None = Field(default=None)
    """Account table; read again when it changes."""
    callers: Path = Field(default=Path("callers.toml"))
    """File that lists tokens and certificates with their roles."""
    public_url: str = Field(default="", pattern=r"^(https?://[^\s/?#]+)?/?$")
    """Address under which clients reach the page of appeals; stands in refusals."""
    account_header: str = Field(default="x-stillwatch-account", pattern=r"^[a-z0-9-]+$")
    """Header in which Envoy's earlier filters name the account."""
    credential_header: str = Field(default="authorization", pattern=r"^[a-z0-9-]+$")
    """Header in which the API behind Envoy reads keys; another counts only where it is empty."""
    credentials: Path | None = Field(default=None)
    """CSV of `credential` (SHA-256 of a key) and `account`, for gateways that know keys only."""
    envoy_routes: Path | None = Field(default=None)
    """Envoy route file to keep up to date with what stands."""
    envoy_upstream: str = Field(default="127.0.0.1:8000")
    """Host and port of the model API that the route file leads to."""
    certificate: Path | None = Field(default=None)
    """Certificate of the service, PEM; it then speaks TLS."""
    key: Path | None = Field(default=None)
    """Key of the certificate, PEM."""
    client_ca: Path | None = Field(default=None)
    """Authorities whose client certificates are asked for (mTLS), PEM."""
    plain_http: bool = Field(default=False)
    """Listen beyond this machine without TLS, because something in front speaks it."""


class GatewaySection(_Section):
    """How plug-ins inside gateways reach the decision service."""

    address: str = Field(default="http://127.0.0.1:9470")
    """Of the service: `http://host:port`, `https://host:port` or `unix:/path`."""
    token_file: Path | None = Field(default=None)
    """File that holds a token of the role gateway."""
    timeout_s: float = Field(default=0.05, gt=0, le=10)
    """Seconds that a request waits for its decision; then what was last known is followed."""
    account_header: str = Field(default="")
    """Header in which something trusted in front names the account; for the ASGI middleware."""
    credential_header: str = Field(default="authorization", pattern=r"^[A-Za-z0-9-]+$")
    """Header in which the server reads keys; for the ASGI middleware."""


class ReplicaSettings(BaseModel):
    """What one replica is told as it starts: its own section and what it takes of ``control``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    serve: ServeSection
    live: bool = False
    folder: Path = Path("stillwatch-control")
    policy: Path | None = None
    leaked_keys: Path | None = None
    case_key: Path | None = None
    store: str | None = None
    replicas: int = 1
