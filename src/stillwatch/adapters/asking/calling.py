"""One request to an endpoint that nobody trusts: bounded in size and time, and tried again."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from tenacity import RetryCallState, wait_exponential_jitter

from stillwatch.adapters.asking.endpoint import Endpoint
from stillwatch.adapters.asking.wire import (
    Said,
    body_of,
    headers_of,
    kept_headers,
    refusal_in,
    said_in,
)
from stillwatch.adapters.report.visible import visible
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.asked import Probe

LONGEST_WAIT_S: Final = 300.0
LEAST_REPLY_BYTES: Final = 1 << 20
BYTES_A_TOKEN: Final = 64
_REFUSAL_BYTES: Final = 64 << 10
_CONNECT_S: Final = 15.0
_LONGEST_REASON: Final = 300
_SHORTEST_KEY: Final = 8
#: the endpoint is busy or broken; the same request may fare better.
_AGAIN: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 524, 529})
#: no request will fare better.
_STOP: Final = {401: "the key is refused", 402: "it asks for payment", 407: "the proxy refuses us"}


class Transient(Exception):
    """It came to nothing, and may come to something later.

    Args:
        reason: what happened.
        wait_s: how long the endpoint asks to wait.
        may_be_paid: whether it may have answered all the same.
    """

    def __init__(self, reason: str, *, wait_s: float = 0.0, may_be_paid: bool = False) -> None:
        super().__init__(reason)
        self.wait_s = wait_s
        self.may_be_paid = may_be_paid


class Refused(Exception):
    """It came to nothing and will not come to anything.

    Args:
        reason: what happened.
        may_be_paid: whether the endpoint may charge for it all the same.
    """

    def __init__(self, reason: str, *, may_be_paid: bool = False) -> None:
        super().__init__(reason)
        self.may_be_paid = may_be_paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply that could be read.

    Args:
        said: what it says.
        headers: those kept, and leads of its body.
        asked_us: when it was asked, microseconds since 1970-01-01 UTC.
        took_us: until all of it was there.
    """

    said: Said
    headers: dict[str, str] = field(default_factory=dict)
    asked_us: int
    took_us: int


class Caller:
    """Sends requests over one pool of connections.

    Args:
        endpoint: to whom.
        secret: its key.
        client: the pool.
    """

    def __init__(self, endpoint: Endpoint, secret: str, client: httpx.AsyncClient) -> None:
        self._endpoint = endpoint
        self._secret = secret
        self._client = client

    async def call(self, probe: Probe) -> Reply:
        """Send one request, once.

        Raises:
            Transient: it may fare better later.
            Refused: it will not.
            OutsideFailed: no request will.
        """
        asked_us, begun = time.time_ns() // 1_000, time.perf_counter_ns()
        try:
            async with asyncio.timeout(self._endpoint.timeout_s):
                said, headers = await self._send(probe)
        except TimeoutError:
            reason = f"no whole answer within {self._endpoint.timeout_s:g} s"
            raise Transient(reason, may_be_paid=True) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Transient(f"no connection: {self._shown(str(error))}") from None
        except httpx.HTTPError as error:
            reason = f"the connection broke: {type(error).__name__}"
            raise Transient(reason, may_be_paid=True) from None
        took_us = (time.perf_counter_ns() - begun) // 1_000
        return Reply(said=said, headers=headers, asked_us=asked_us, took_us=took_us)

    async def _send(self, probe: Probe) -> tuple[Said, dict[str, str]]:
        body = body_of(self._endpoint, probe)
        most = max(LEAST_REPLY_BYTES, BYTES_A_TOKEN * probe.max_tokens)
        address = self._endpoint.address
        async with self._client.stream("POST", address, json=body) as reply:
            if reply.status_code != 200:
                content = await _bounded(reply, _REFUSAL_BYTES)
                raise self._refusal(reply, content[:_REFUSAL_BYTES])
            if reply.headers.get("content-encoding", "identity").lower() != "identity":
                raise Refused("the reply is compressed, which was not asked for", may_be_paid=True)
            content = await _bounded(reply, most)
        if len(content) > most:
            raise Refused(f"the reply is longer than {most:,} bytes", may_be_paid=True)
        try:
            said = said_in(self._endpoint, content)
        except BadInput as error:
            raise Refused(self._shown(error.what), may_be_paid=True) from None
        kept = {**kept_headers(reply.headers), **said.leads}
        kept = {name: self._without_key(value) for name, value in kept.items()}
        text, model = self._without_key(said.text), self._without_key(said.model)
        return replace(said, text=text, model=model), kept

    def _refusal(self, reply: httpx.Response, content: bytes) -> Exception:
        """What a reply other than 200 means."""
        status = reply.status_code
        if 300 <= status < 400:
            return Refused(f"status {status}: it leads elsewhere, which is refused")
        said = self._shown(refusal_in(content))
        reason = f"status {status}" + (f": {said}" if said else "")
        if status in _STOP:
            return OutsideFailed(
                f"{_STOP[status]} ({reason}).", remedy="Mend it and run again; answers are kept."
            )
        if status in _AGAIN:
            wait_s = retry_after_s(reply.headers.get("retry-after", ""))
            if wait_s > LONGEST_WAIT_S:
                return OutsideFailed(
                    f"the endpoint asks to wait {wait_s:,.0f} s ({reason}).",
                    remedy="Run it again then; answers are kept.",
                )
            return Transient(reason, wait_s=wait_s)
        return Refused(reason)

    def _shown(self, text: str) -> str:
        """Words of others, inert, short and without the key."""
        return visible(self._without_key(text), _LONGEST_REASON) if text else ""

    def _without_key(self, text: str) -> str:
        key = self._secret
        if len(key) < _SHORTEST_KEY:
            return text
        text = text.replace(key, "[key]")
        # where a text was cut short, it may end within the key
        ends = (n for n in range(len(key) - 1, _SHORTEST_KEY - 1, -1) if text.endswith(key[:n]))
        n_left = next(ends, 0)
        return f"{text[: len(text) - n_left]}[key]" if n_left else text


def wait_s(state: RetryCallState) -> float:
    """How long to wait before the next try: jittered, doubled, and no less than was asked for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_s if isinstance(error, Transient) else 0.0
    return max(asked, _BACK_OFF(state))


_BACK_OFF: Final = wait_exponential_jitter(multiplier=0.5, max=60.0, exp_base=2.0, jitter=1.0)


def retry_after_s(told: str) -> float:
    """Seconds that a ``Retry-After`` asks for: a number or a date; 0 where it is neither.

    >>> retry_after_s("2.5"), retry_after_s("soon")
    (2.5, 0.0)
    """
    try:
        seconds = float(told)
        return seconds if 0 <= seconds < 1e9 else 0.0
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(told)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


@asynccontextmanager
async def calling(endpoint: Endpoint) -> AsyncIterator[Caller]:
    """A caller while the block runs; HTTP/1.1, no redirects, nothing read from the environment.

    Raises:
        BadSettings: the key is not there.
        OutsideFailed: the authorities cannot be read.
    """
    secret = endpoint.secret()
    try:
        trusted = ssl.create_default_context(cafile=endpoint.ca_file) if endpoint.ca_file else True
    except (OSError, ssl.SSLError):
        raise OutsideFailed(f"{endpoint.ca_file} holds no certificates.") from None
    async with httpx.AsyncClient(
        headers=headers_of(endpoint, secret), verify=trusted, trust_env=False,
        follow_redirects=False, proxy=endpoint.proxy,
        timeout=httpx.Timeout(endpoint.timeout_s, connect=_CONNECT_S, pool=None),
        limits=httpx.Limits(
            max_connections=endpoint.concurrency, max_keepalive_connections=endpoint.concurrency
        ),
    ) as client:  # fmt: skip
        yield Caller(endpoint, secret, client)


async def _bounded(reply: httpx.Response, most: int) -> bytes:
    """The body, or as much of it as shows that it is too long."""
    parts, n_bytes = [], 0
    async for piece in reply.aiter_raw():
        parts.append(piece)
        n_bytes += len(piece)
        if n_bytes > most:
            break
    return b"".join(parts)
