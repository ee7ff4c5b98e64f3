"""A verdict, told to each kind of gateway in its own words.

What the client reads is the same everywhere and understood by the clients of OpenAI and of
Anthropic alike: a type, a sentence, a reason code and, where something was withheld, the case
number and the address at which to contest it.
"""

from __future__ import annotations

import math
from typing import Any, Final
from urllib.parse import quote

import orjson

from stillwatch.adapters.envoy.check import allowed, denied
from stillwatch.control.reasons import BY_CODE
from stillwatch.control.verdict import Verdict
from stillwatch.http.asgi import JSON, NO_STORE, Reply, as_json

_TYPES: Final = {403: "permission_error", 429: "rate_limit_error"}


class Answers:
    """Turns verdicts into answers.

    Args:
        public_url: address under which clients reach the page of appeals; empty leaves it out.
    """

    def __init__(self, public_url: str = "") -> None:
        self._appeals = public_url.rstrip("/") + "/appeals/" if public_url else ""

    def error(self, verdict: Verdict) -> dict[str, Any]:
        """The ``error`` object of a refusal."""
        reason = BY_CODE.get(verdict.reason)
        wait_s = retry_after_s(verdict)
        said = [reason.tells if reason else "This request was not let through."]
        if reason and reason.remedy not in ("None.", "Nothing."):
            said.append(reason.remedy)
        told: dict[str, Any] = {
            "type": _TYPES.get(verdict.status, "permission_error"),
            "code": verdict.reason or "refused",
            "message": "",
            "param": None,
        }
        if wait_s:
            told["retry_after_s"] = wait_s
        if verdict.case:
            told["case"] = verdict.case
            said.append(f"Case {verdict.case}.")
            if self._appeals:
                told["appeal"] = self._appeals + quote(verdict.case, safe="")
                said.append(f"Contest it at {told['appeal']}")
        told["message"] = " ".join(said)
        return told

    def plain(self, verdict: Verdict, lease: tuple[int, float] | None = None) -> Reply:
        """``stillwatch.answer/1``; a lease is told where there is one."""
        told: dict[str, Any] = {
            "go": verdict.allowed,
            "verdict": verdict.says,
            "action": verdict.does,
            "policy": verdict.policy,
        }
        if lease is not None:
            told["free"] = lease
        if verdict.alters:
            told["less"] = verdict.alters
        if verdict.spared:
            told["spared"] = verdict.spared
        if verdict.rules:
            told["rules"] = verdict.rules
        if verdict.reason:
            told["reason"] = verdict.reason
        if verdict.case:
            told["case"] = verdict.case
        if verdict.until_us:
            told["until_us"] = verdict.until_us
        if not verdict.allowed:
            told["status"] = verdict.status
            told["retry_after_s"] = retry_after_s(verdict)
            told["error"] = self.error(verdict)
        return Reply(200, orjson.dumps(told), [JSON, NO_STORE])

    def to_envoy(self, verdict: Verdict) -> Reply:
        """What ``ext_authz`` takes over HTTP: its status is the client's."""
        if verdict.allowed:
            marks = [*_marks(verdict), *_notices(verdict)]
            return Reply(200, b"", [(n.encode(), v.encode()) for n, v in marks])
        more = [(n.encode(), v.encode()) for n, v in _refusing(verdict)]
        return as_json({"type": "error", "error": self.error(verdict)}, verdict.status, *more)

    def to_envoy_grpc(self, verdict: Verdict) -> bytes:
        """What ``ext_authz`` takes over gRPC."""
        if verdict.allowed:
            return allowed(_marks(verdict), _notices(verdict))
        body = orjson.dumps({"type": "error", "error": self.error(verdict)})
        headers = [("content-type", "application/json"), *_refusing(verdict)]
        return denied(verdict.status, headers, body)

    def to_guardrail(self, verdict: Verdict) -> Reply:
        """What LiteLLM's ``generic_guardrail_api`` takes; it knows no 429 and no header."""
        if verdict.allowed:
            return as_json({"action": "NONE"})
        return as_json({"action": "BLOCKED", "blocked_reason": self.error(verdict)["message"]})


def retry_after_s(verdict: Verdict) -> int:
    """Whole seconds to wait, 0 where waiting does not help."""
    return math.ceil(verdict.retry_after_s) if verdict.retry_after_s > 0 else 0


def _marks(verdict: Verdict) -> list[tuple[str, str]]:
    """Headers set on a request that goes on: for the server of the model."""
    return [("x-stillwatch-less", ",".join(verdict.alters))] if verdict.alters else []


def _notices(verdict: Verdict) -> list[tuple[str, str]]:
    """Headers set on the answer: what its reader is to know."""
    notices = [("x-stillwatch-case", verdict.case)] if verdict.case else []
    if verdict.does == "verify":
        notices.append(("x-stillwatch-verify", verdict.reason))
    return notices


def _refusing(verdict: Verdict) -> list[tuple[str, str]]:
    headers = [("x-stillwatch-case", verdict.case)] if verdict.case else []
    wait_s = retry_after_s(verdict)
    return [*headers, ("retry-after", str(wait_s))] if wait_s else headers
