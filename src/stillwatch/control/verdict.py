"""Verdict: what the policy says about one request, and apart from it what is done.

In shadow mode the policy says "refuse" and nothing is done; a canary does it for a share of
the cluster. Both are kept, so that what would have happened can be counted before it does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from stillwatch.control.ladder import FRICTION, REFUSE, RUNGS

#: names of the OpenTelemetry proposal for guardrails.
OTEL_VERDICT: Final = "gen_ai.guardrail.verdict.type"
OTEL_ACTION: Final = "gen_ai.guardrail.action.type"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one request.

    Args:
        says: the hardest access rung that policy and decisions name.
        does: the access rung that is applied now; ``observe`` lets the request through.
        alters: the answer rungs that are applied now; empty unless the operator allowed them.
        says_alters: the answer rungs that policy and decisions name.
        rules: ids of the rules and limits that hold, in the order of the policy.
        decision: id of the decision that ``does`` rests on; empty for a limit or none.
        reason: code of the list of reasons; empty where nothing is done or said.
        retry_after_s: seconds to wait, where a limit was reached; else 0.
        case: case number to contest it by, where the request is refused or slowed; else "".
        until_us: until when ``does`` holds; 0 for this request only.
        spared: why less is done than said: ``shadow``, ``canary``, ``kill switch``,
            ``registered``, ``held``, ``service away``; else "".
        policy: digest of the policy.
    """

    says: str = "observe"
    does: str = "observe"
    alters: tuple[str, ...] = ()
    says_alters: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    decision: str = ""
    reason: str = ""
    retry_after_s: float = 0.0
    case: str = ""
    until_us: int = 0
    spared: str = ""
    policy: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the request goes to the model."""
        return self.status == 200

    @property
    def status(self) -> int:
        """HTTP status for the caller: 200, 429 or 403."""
        if RUNGS[self.does].height >= REFUSE:
            return 403
        return 429 if self.retry_after_s > 0 else 200

    def to_json(self) -> dict[str, Any]:
        """Plain values, with OpenTelemetry's two words."""
        verdict = "deny" if _denies(self.says) else "warn" if self.says != "observe" else "allow"
        action = "allow" if self.allowed else "block"
        if self.allowed and self.alters:
            action = "modify"
        return {**asdict(self), "status": self.status, OTEL_VERDICT: verdict, OTEL_ACTION: action}


ALLOWED: Final = Verdict()


def open_to_friction(verdict: Verdict) -> Verdict:
    """A verdict of the last known policy while the service is away: friction, never a ban."""
    if RUNGS[verdict.does].height <= FRICTION and not verdict.alters:
        return verdict
    return replace(
        verdict,
        does="observe",
        alters=(),
        decision="",
        case="",
        until_us=0,
        spared="service away",
    )


def _denies(name: str) -> bool:
    return RUNGS[name].height >= REFUSE
