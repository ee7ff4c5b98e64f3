"""The mouths of the decision core: plain HTTP, Envoy over HTTP and gRPC, LiteLLM's guardrail."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final, Protocol

import orjson

from stillwatch.adapters.envoy.check import Checked, allowed, check_request
from stillwatch.adapters.gateway.tokens import Role
from stillwatch.control import RUNGS, Call, Verdict
from stillwatch.http import schemas
from stillwatch.http.answers import Answers
from stillwatch.http.asgi import JSON, Reply, Request, as_json
from stillwatch.http.asked import asked_by_envoy, asked_by_guardrail, asked_of
from stillwatch.http.counting import Clocked, Counts, Series, histogram
from stillwatch.http.entry import ANYBODY
from stillwatch.http.routes import Route

GATEWAYS: Final = frozenset({Role.GATEWAY})
MAX_GUARDED_BYTES: Final = 16 * 1024 * 1024
"""LiteLLM sends the texts of the request along; they are dropped, but must be read past."""
LEASE: Final = (16, 1.0)
"""Requests, and seconds, that an account of which nothing is said may go without a question."""
_MOUTHS: Final = ("plain", "envoy", "envoy_grpc", "litellm")
SERIES: Final = (
    *(
        Series(
            "stillwatch_decisions_total", f'mouth="{mouth}",action="{action}"', "Decisions given."
        )
        for mouth in _MOUTHS
        for action in RUNGS
    ),
    *(
        Series("stillwatch_verdicts_total", f'verdict="{verdict}"', "What policy would have done.")
        for verdict in RUNGS
    ),
    *(
        Series("stillwatch_refused_total", f'status="{status}"', "Requests that were refused.")
        for status in (403, 429)
    ),
    Series("stillwatch_passed_by_total", "", "Requests that no decision was needed for."),
    *histogram("stillwatch_decide_seconds", "Time to decide, without HTTP."),
)


class Decides(Protocol):
    """What stands behind the mouths."""

    def decide(self, call: Call, now_us: int, n_unasked: int = 0) -> Verdict:
        """Decide one request, and count those that went on a lease before it."""
        ...

    def free(self, call: Call, verdict: Verdict, now_us: int) -> bool:
        """Whether the next requests of the account may go without a question."""
        ...

    def slowed(self, now_us: int) -> tuple[str, Mapping[str, float]]:
        """A name for what stands, and each account's requests a minute while we are away."""
        ...


class Mouths:
    """Answers gateways.

    Args:
        decides: the core.
        answers: how verdicts are told.
        counts: where they are counted.
        account_header: header in which Envoy's earlier filters name the account.
        credential_header: header in which the API behind Envoy reads keys.
    """

    def __init__(
        self,
        decides: Decides,
        answers: Answers,
        counts: Counts,
        account_header: str = "x-stillwatch-account",
        credential_header: str = "authorization",
    ) -> None:
        self._decides = decides
        self._answers = answers
        self._headers = account_header, credential_header
        self._counts = counts
        self._clocked = Clocked(counts, "stillwatch_decide_seconds")
        self._by_action = {
            (mouth, action): counts.column(
                "stillwatch_decisions_total", f'mouth="{mouth}",action="{action}"'
            )
            for mouth in _MOUTHS
            for action in RUNGS
        }
        self._by_verdict = {
            verdict: counts.column("stillwatch_verdicts_total", f'verdict="{verdict}"')
            for verdict in RUNGS
        }
        self._by_status = {
            status: counts.column("stillwatch_refused_total", f'status="{status}"')
            for status in (403, 429)
        }
        self._passed_by = counts.column("stillwatch_passed_by_total")
        self._standing: tuple[str, bytes] = ("", b"")

    def routes(self) -> list[Route]:
        """The addresses that gateways call."""
        return [
            Route(
                method="POST",
                path="/v1/decide",
                roles=GATEWAYS,
                answer=self.decide,
                quick=True,
                what="Decide one request to a model.",
                takes=schemas.ASK,
                gives=schemas.ANSWER,
            ),
            Route(
                method="GET",
                path="/v1/standing",
                roles=ANYBODY,
                answer=self.standing,
                what="What stands, as the pace that gateways keep while this service is away.",
                gives=schemas.STANDING,
            ),
            Route(
                method="*",
                path="/envoy/*",
                roles=GATEWAYS,
                answer=self.envoy,
                what="Envoy's ext_authz over HTTP; the path behind the prefix is the client's.",
                max_body_bytes=MAX_GUARDED_BYTES,
            ),
            Route(
                method="POST",
                path="/beta/litellm_basic_guardrail_api",
                roles=GATEWAYS,
                answer=self.guardrail,
                what="LiteLLM's generic_guardrail_api.",
                max_body_bytes=MAX_GUARDED_BYTES,
            ),
        ]

    def decide(self, request: Request) -> Reply:
        """``stillwatch.ask/1`` to ``stillwatch.answer/1``."""
        fields = request.json()
        call = asked_of(fields)
        verdict = self._decided(call, "plain", fields.get("unasked", 0))
        lease = LEASE if self._decides.free(call, verdict, now_us()) else None
        return self._answers.plain(verdict, lease)

    def envoy(self, request: Request) -> Reply:
        """Envoy's ``ext_authz`` over HTTP."""
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in request.headers.items()
        }
        if headers.get("authorization", "").startswith("Bearer sw_"):
            del headers["authorization"]
        asked = asked_by_envoy(Checked(request.tail, headers, request.body), *self._headers)
        if asked is None:
            self._counts.add(self._passed_by)
            return Reply(200)
        return self._answers.to_envoy(self._decided(asked, "envoy"))

    def envoy_grpc(self, message: bytes) -> bytes:
        """Envoy's ``ext_authz`` over gRPC."""
        asked = asked_by_envoy(check_request(message), *self._headers)
        if asked is None:
            self._counts.add(self._passed_by)
            return allowed(())
        return self._answers.to_envoy_grpc(self._decided(asked, "envoy_grpc"))

    def guardrail(self, request: Request) -> Reply:
        """LiteLLM's guardrail."""
        asked = asked_by_guardrail(request.json())
        if asked is None:
            self._counts.add(self._passed_by)
            return as_json({"action": "NONE"})
        return self._answers.to_guardrail(self._decided(asked, "litellm"))

    def standing(self, request: Request) -> Reply:
        """What gateways keep in mind; 304 where they know it."""
        version, slowed = self._decides.slowed(now_us())
        tag = f'"{version}"'
        if request.headers.get(b"if-none-match", b"").decode("latin-1") == tag:
            return Reply(304, b"", [(b"etag", tag.encode())])
        if self._standing[0] != version:
            told: dict[str, Any] = {"schema": "stillwatch.standing/1", "slowed": dict(slowed)}
            self._standing = version, orjson.dumps(told)
        return Reply(200, self._standing[1], [JSON, (b"etag", tag.encode())])

    def _decided(self, call: Call, mouth: str, n_unasked: int = 0) -> Verdict:
        start_s = time.perf_counter()
        verdict = self._decides.decide(call, now_us(), n_unasked)
        add = self._counts.add
        self._clocked.add(time.perf_counter() - start_s)
        add(self._by_action[mouth, verdict.does])
        add(self._by_verdict[verdict.says])
        if not verdict.allowed:
            add(self._by_status[verdict.status])
        return verdict


def now_us() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000
