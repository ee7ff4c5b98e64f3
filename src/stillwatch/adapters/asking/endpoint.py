"""Endpoint: where a model is asked, as whom, how fast, and for how much at most.

A key is named, never written down: it stands in an environment variable or a file of its own,
is read when the first request goes out, and is in no message, log or result.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadSettings, OutsideFailed

_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
#: headers that carry a secret, or that the client itself must set.
_OURS: Final = frozenset(
    "authorization proxy-authorization x-api-key api-key cookie host content-length content-type "
    "accept-encoding transfer-encoding connection anthropic-version".split()
)
_KEYS: Final = frozenset({"key", "api_key", "apikey", "token", "secret", "password"})
LONGEST_KEY: Final = 4_096


class Endpoint(BaseModel):
    """One model behind one address."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )  # fmt: skip

    url: str
    """Base address: `https://host/v1` for OpenAI's interface, `https://host` for Anthropic's."""
    kind: Literal["openai", "anthropic"]
    """Interface: OpenAI's chat completions or Anthropic's messages."""
    model: str = Field(min_length=1, max_length=500)
    """Name of the model, as the endpoint knows it."""
    key_env: str | None = None
    """Environment variable that holds the key."""
    key_file: Path | None = None
    """File that holds the key, readable by its owner alone."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Further headers of each request: user agent, harness string, beta flags. No secrets."""
    usd_per_million_input: float | None = Field(default=None, ge=0)
    """Price of a million input tokens in USD; not named is not known."""
    usd_per_million_output: float | None = Field(default=None, ge=0)
    """Price of a million output tokens in USD."""
    most_usd: float | None = Field(default=None, gt=0)
    """What all requests into one folder may cost in USD."""
    requests_per_minute: float = Field(default=60.0, gt=0, le=600_000)
    """Requests that are begun in a minute, retries too."""
    tokens_per_minute: float | None = Field(default=None, gt=0)
    """Tokens, in and out, that are asked for in a minute."""
    concurrency: int = Field(default=4, ge=1, le=64)
    """Requests that are open at a time."""
    timeout_s: float = Field(default=120.0, gt=0, le=3_600)
    """Seconds until a whole answer has to be there."""
    tries: int = Field(default=6, ge=1, le=20)
    """Times that a request is sent where the endpoint is busy or the line breaks."""
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What OpenAI's interface calls the limit; newer models take `max_completion_tokens`."""
    ca_file: Path | None = None
    """Authorities that the certificate is checked with, PEM; else those of httpx."""
    proxy: str | None = None
    """Address of an HTTP proxy; the environment's are not used."""
    plain_http: bool = False
    """Send the key and the questions without TLS to another machine all the same."""

    @model_validator(mode="after")
    def _stands(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url is no http:// or https:// address")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("url holds a name, a query or a fragment; a secret goes elsewhere")
        if parts.scheme == "http" and parts.hostname not in _HERE and not self.plain_http:
            raise ValueError("url is plain HTTP to another machine: use https://, or plain_http")
        if self.key_env and self.key_file:
            raise ValueError("name key_env or key_file, not both")
        if (self.usd_per_million_input is None) != (self.usd_per_million_output is None):
            raise ValueError("name both prices, or none")
        if self.most_usd is not None and self.usd_per_million_input is None:
            raise ValueError("most_usd needs usd_per_million_input and usd_per_million_output")
        for name, value in self.headers.items():
            if name.lower() in _OURS:
                raise ValueError(f"header {name.lower()!r} is set by the program")
            if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
                raise ValueError("a header's name holds letters, digits and dashes")
            if not value.isascii() or not value.isprintable():
                raise ValueError(f"header {name.lower()!r} holds what no header may")
        return self

    @property
    def address(self) -> str:
        """Where requests go."""
        path = "/chat/completions" if self.kind == "openai" else "/v1/messages"
        return self.url.rstrip("/") + path

    def usd(self, input_tokens: float, output_tokens: float) -> float | None:
        """What so many tokens cost; None where no price was named."""
        if self.usd_per_million_input is None or self.usd_per_million_output is None:
            return None
        return (
            input_tokens * self.usd_per_million_input + output_tokens * self.usd_per_million_output
        ) / 1e6

    def identity(self) -> dict[str, Any]:
        """What decides who answers: address, interface, model, headers. No key, no pace."""
        return {
            "url": self.url.rstrip("/"), "kind": self.kind, "model": self.model,
            "headers": {name.lower(): value for name, value in sorted(self.headers.items())},
        }  # fmt: skip

    def digest(self) -> str:
        """Ref of the identity."""
        return digest_of("endpoint", self.identity())

    def secret(self) -> str:
        """The key; empty where none was named.

        Raises:
            BadSettings: it is not there, or others may read its file.
            OutsideFailed: the file cannot be read.
        """
        if self.key_env:
            found = os.environ.get(self.key_env, "").strip()
            if not found:
                raise BadSettings("key_env", f"the variable {self.key_env} is not set.")
        elif self.key_file:
            found = _read_key(self.key_file)
        else:
            return ""
        if not found.isascii() or not found.isprintable() or len(found) > LONGEST_KEY:
            raise BadSettings("key", "what was found there is no key: one line of ASCII is.")
        return found


def endpoint_from(tree: Mapping[str, Any], where: str, folder: Path | None = None) -> Endpoint:
    """Check a table.

    Args:
        tree: the table.
        where: it was read, for messages.
        folder: relative files lie there.

    Raises:
        BadSettings: a key is unknown or a value will not do; no value is shown.
    """
    told = dict(tree)
    if found := sorted(_KEYS & {name.lower() for name in told}):
        raise BadSettings(
            found[0],
            f"a key does not stand in {where}; name key_env or key_file, and change a key that was "
            "written down.",
        )
    for name in ("key_file", "ca_file"):
        if folder is not None and isinstance(told.get(name), str):
            told[name] = folder / told[name]
    try:
        return Endpoint(**told)
    except (ValidationError, TypeError) as error:
        if not isinstance(error, ValidationError):
            raise BadSettings(where, "is no table of an endpoint.") from None
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "endpoint"
        said = first["msg"].removeprefix("Value error, ")
        raise BadSettings(key, f"{said}, in {where}.") from None


def load_endpoint(path: Path, **changes: Any) -> Endpoint:
    """Read a TOML file whose keys are those of :class:`Endpoint`.

    Args:
        path: the file.
        changes: values that stand instead of the file's; None leaves it.

    Raises:
        BadSettings: it is no TOML, or a value will not do.
        OutsideFailed: it cannot be read.
    """
    tree = load_toml(path)
    tree |= {name: value for name, value in changes.items() if value is not None}
    return endpoint_from(tree, str(path), path.parent)


def load_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a tree.

    Raises:
        BadSettings: it is no TOML.
        OutsideFailed: it cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadSettings(str(path), "is not UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(str(path), f"is not TOML: {error}.") from None


def _read_key(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise BadSettings("key_file", f"others may read {path}: chmod 600 it.")
        text = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadSettings("key_file", f"{path} holds no key: one line of ASCII is.") from None
    if not text:
        raise BadSettings("key_file", f"{path} is empty.")
    return text
