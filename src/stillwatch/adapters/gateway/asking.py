"""Ask the decision service from inside a gateway, and go on when it does not answer.

Only the standard library is used, and nothing is read from disk but the token's file, once.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stillwatch.adapters.gateway.last_known import LastKnown
from stillwatch.adapters.gateway.wire import Away, Lines
from stillwatch.model.errors import BadInput, OutsideFailed

ADDRESS: Final = "http://127.0.0.1:9470"
TIMEOUT_S: Final = 0.05
REST_S: Final = 1.0
"""After a question without an answer, how long none is asked."""
MOST_LEASES: Final = 10_000
MOST_OWED: Final = 64
"""Requests on leases that one question can report; beyond it the service is asked."""
MOST_CHARACTERS: Final = 512
"""Text of one field that the service reads; clients choose how long theirs is."""
CREDENTIAL: Final = "authorization"
"""Header with the key that the server of the model reads, unless another is named."""
CREDENTIALS: Final = (CREDENTIAL, "x-api-key")
"""Headers in which clients of OpenAI and Anthropic send their keys."""
REFRESH_S: Final = 2.0
"""How often it is asked what stands."""


@dataclass(frozen=True, slots=True)
class Told:
    """What to do with one request.

    Args:
        go: let it through.
        status: HTTP status to refuse it with.
        retry_after_s: whole seconds to wait; 0 where it would not help.
        error: the body's ``error`` object, fit for OpenAI's and Anthropic's clients.
        less: what to take out of the request, such as ``logprobs``.
        away: nobody answered; what was last known was followed.
    """

    go: bool
    status: int = 200
    retry_after_s: int = 0
    error: Mapping[str, Any] | None = None
    less: tuple[str, ...] = ()
    away: bool = False

    def headers(self) -> dict[str, str]:
        """Headers of a refusal."""
        return {"retry-after": str(self.retry_after_s)} if self.retry_after_s else {}

    def body(self) -> bytes:
        """Body of a refusal, read alike by clients of OpenAI and Anthropic."""
        return json.dumps({"type": "error", "error": self.error}).encode()


GO: Final = Told(True)
_GO_ALONE: Final = Told(True, away=True)
_OWN_FAULT: Final = frozenset({400, 413, 431})


class Asking:
    """The way from one gateway process to the decision service.

    Args:
        address: of the service; see :class:`~stillwatch.adapters.gateway.wire.Lines`.
        token: token of the role ``gateway``.
        timeout_s: how long a request waits for its decision.
    """

    def __init__(
        self, address: str = ADDRESS, *, token: str = "", timeout_s: float = TIMEOUT_S
    ) -> None:
        if not math.isfinite(timeout_s) or timeout_s <= 0:
            raise BadInput("must be above 0 seconds", where="timeout_s")
        if any(ch < "!" or ch > "~" for ch in token):
            raise BadInput("holds what no token holds", where="token")
        self._lines = Lines(address)
        self._timeout_s = timeout_s
        secret = f"x-stillwatch-token: {token}\r\n" if token else ""
        self._tail = f"host: {self._lines.host}\r\n{secret}"
        self._rests_until_s = 0.0
        self._refreshing: asyncio.Task[None] | None = None
        self._leases: dict[tuple[str, str, str], _Lease] = {}
        self._owed: dict[str, int] = {}
        self.known = LastKnown()
        self.n_asked = 0
        self.n_away = 0
        self.n_leased = 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Asking:
        """Read ``STILLWATCH_GATEWAY__ADDRESS``, ``__TOKEN_FILE`` and ``__TIMEOUT_S``.

        Raises:
            OutsideFailed: the token's file cannot be read.
            BadInput: a value will not do.
        """
        given = environment.get
        token = ""
        if path := given("STILLWATCH_GATEWAY__TOKEN_FILE"):
            try:
                token = Path(path).read_text(encoding="ascii").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise OutsideFailed(f"the token's file {path} cannot be read: {error}.") from None
        try:
            timeout_s = float(given("STILLWATCH_GATEWAY__TIMEOUT_S") or TIMEOUT_S)
        except ValueError:
            raise BadInput("must be a number", where="STILLWATCH_GATEWAY__TIMEOUT_S") from None
        address = given("STILLWATCH_GATEWAY__ADDRESS") or ADDRESS
        return cls(address, token=token, timeout_s=timeout_s)

    async def ask(self, facts: Mapping[str, Any]) -> Told:
        """Ask about one request; never fails, never waits longer than the timeout.

        Args:
            facts: fields of ``stillwatch.ask/1``; empty ones are left out.
        """
        now_s = time.monotonic()
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh())
        self.n_asked += 1
        if now_s < self._rests_until_s:
            return self._alone(facts, now_s)
        who = (facts.get("account", ""), facts.get("credential", ""), facts.get("tenant", ""))
        holder = _holder(facts)
        n_owed = self._owed.pop(holder, 0)
        lease = self._leases.pop(who, None)
        if n_owed < MOST_OWED and lease is not None and lease.holds(now_s):
            self._leases[who] = lease
            self._owe(holder, n_owed + 1)
            self.n_leased += 1
            return GO
        told = {k: _short(v) for k, v in facts.items() if v not in (None, "")}
        if n_owed:
            told["unasked"] = n_owed
        body = json.dumps(told).encode()
        head = f"POST /v1/decide HTTP/1.1\r\n{self._tail}content-length: {len(body)}\r\n\r\n"
        try:
            answer = await self._lines.ask(head.encode() + body, self._timeout_s)
            if answer.status in _OWN_FAULT:
                # The service is there; only this question will not do.
                return self._alone(facts, time.monotonic())
            if answer.status != 200:
                raise Away(f"status {answer.status}")
            go, n_free, free_s = _told(answer.body)
            if n_free:
                self._lease(who, n_free, free_s)
            return go
        except Exception:  # whatever it is, it is not the client's fault
            self._rests_until_s = time.monotonic() + REST_S
            return self._alone(facts, time.monotonic())

    async def refresh(self) -> bool:
        """Ask once what stands; whether somebody answered."""
        head = (
            f"GET /v1/standing HTTP/1.1\r\n{self._tail}if-none-match: {self.known.version}\r\n\r\n"
        )
        try:
            answer = await self._lines.ask(head.encode(), max(self._timeout_s, 5.0))
            if answer.status == 304:
                return True
            if answer.status != 200:
                return False
            told = json.loads(answer.body)
            slowed = {str(name): float(pace) for name, pace in told["slowed"].items()}
        except Exception:
            return False
        self.known.learn(slowed, answer.headers.get("etag", ""))
        return True

    async def close(self) -> None:
        """Stop asking."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        self._lines.close()

    def _lease(self, who: tuple[str, str, str], n_free: int, free_s: float) -> None:
        if len(self._leases) >= MOST_LEASES:
            # The first that was given is the first to have ended.
            del self._leases[next(iter(self._leases))]
        self._leases[who] = _Lease(n_free, time.monotonic() + free_s)

    def _owe(self, holder: str, n_owed: int) -> None:
        if len(self._owed) >= MOST_LEASES:
            del self._owed[next(iter(self._owed))]
        self._owed[holder] = n_owed

    async def _refresh(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(REFRESH_S)

    def _alone(self, facts: Mapping[str, Any], now_s: float) -> Told:
        self.n_away += 1
        wait_s = self.known.wait_s(_holder(facts), now_s)
        if wait_s <= 0:
            return _GO_ALONE
        error = {
            "type": "rate_limit_error",
            "code": "slowed",
            "message": "Too many requests. Try again in a moment.",
            "param": None,
        }
        return Told(False, 429, math.ceil(wait_s), error, away=True)


def credential_of(headers: Mapping[str, str], header: str = CREDENTIAL) -> str:
    """The digest that stands for the key a client sent; the key itself goes no further.

    Args:
        headers: names in lower case.
        header: the one that the server of the model reads; another counts only where it is empty,
            so that nobody is taken for whom a header says that nothing else looks at.

    >>> len({credential_of({"authorization": f"{word} k"}) for word in ("Bearer", "bEARER ")})
    1
    """
    for name in dict.fromkeys((header, *CREDENTIALS)):
        key = headers.get(name, "").strip()
        if name == "authorization":
            scheme, _, rest = key.partition(" ")
            key = rest.strip() if scheme.lower() == "bearer" else key
        if key:
            return hashlib.sha256(key.encode()).hexdigest()
    return ""


def _holder(facts: Mapping[str, Any]) -> str:
    """The account that the service counts a request for, whatever else a client varies."""
    return str(facts.get("account") or f"credential:{facts.get('credential') or ''}")


def _short(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # JSON can hold half a character, which the service would not read.
    return value[:MOST_CHARACTERS].encode("utf-8", "replace").decode()


class _Lease:
    """So many requests of one account, for so long, that nobody need be asked about."""

    __slots__ = ("n_free", "n_used", "until_s")

    def __init__(self, n_free: int, until_s: float) -> None:
        self.n_free = n_free
        self.n_used = 0
        self.until_s = until_s

    def holds(self, now_s: float) -> bool:
        """Whether one more request may go; it is then counted."""
        if self.n_used >= self.n_free or now_s >= self.until_s:
            return False
        self.n_used += 1
        return True


def _told(body: bytes) -> tuple[Told, int, float]:
    """What to do, and how many requests for how long need not be asked about."""
    try:
        told = json.loads(body)
        if told["go"] is True:
            n_free, free_s = told.get("free") or (0, 0.0)
            less = tuple(told.get("less") or ())
            return (Told(True, less=less) if less else GO), int(n_free), float(free_s)
        status, wait_s = int(told["status"]), int(told.get("retry_after_s") or 0)
        return Told(False, status, wait_s, dict(told["error"])), 0, 0.0
    except (ValueError, KeyError, TypeError) as error:
        raise Away(f"an answer that makes no sense: {error}") from None
