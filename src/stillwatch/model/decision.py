"""Decision: a control or defence applied to somebody, because, by, until, undoing.

A decision is never edited. It is undone only by another decision, and what is in force at
a moment is a fold over all of them (``stillwatch.control.standing``). Its id is a digest of
its content, so that two copies of one decision are one decision wherever they meet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from stillwatch.model.errors import BadInput

EVERYBODY = "all"
DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000


class By(StrEnum):
    """What kind of hand made a decision; a person outranks the rest."""

    RULE = "rule"
    CLOCK = "clock"
    PERSON = "person"


class Mode(StrEnum):
    """How far a decision or a rule reaches: noted only, a share of the cluster, everybody."""

    SHADOW = "shadow"
    CANARY = "canary"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One control on one subject, from a moment until a moment.

    Args:
        control: a rung of the ladder, or ``undo``, or ``all_shadow`` (the kill switch).
        about: ``campaign:...``, ``account:...`` or ``all``.
        by: the kind of hand.
        name: the rule's id or the person's name.
        reason: a code of the list of reasons.
        because: ids of the evidence: campaigns, findings, appeals.
        made_us: when it was made, microseconds since 1970-01-01 UTC.
        starts_us: from when it holds.
        until_us: until when it holds; always set.
        mode: noted only, for a share of the cluster, or for all of it.
        share: of the cluster's accounts, where ``mode`` is a canary; else 1.
        n_approvals: persons, other than its maker, who must approve before it holds.
        undoes: id of the decision that this one takes back.
        note: a sentence for whoever reads the log.
        id: digest of all of it; made when left empty.
    """

    control: str
    about: str
    by: By
    name: str
    reason: str
    made_us: int
    starts_us: int
    until_us: int
    because: tuple[str, ...] = ()
    mode: Mode = Mode.ENFORCE
    share: float = 1.0
    n_approvals: int = 0
    undoes: str | None = None
    note: str = ""
    id: str = field(default="")

    def __post_init__(self) -> None:
        """Give it its id; refuse what can never hold.

        Raises:
            BadInput: it ends before it starts, or its id is not that of its content.
        """
        if self.until_us < self.starts_us:
            raise BadInput("a decision ends before it starts.", where=self.about)
        if not 0.0 <= self.share <= 1.0:
            raise BadInput(f"share {self.share} is outside 0 to 1.", where=self.about)
        wanted = _digest("decision", {**asdict(self), "id": ""})
        if self.id and self.id != wanted:
            raise BadInput(
                "a decision's id is not the digest of its content.",
                where=self.id,
                remedy="It was changed after it was made; do not use it.",
            )
        object.__setattr__(self, "id", wanted)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "because": list(self.because)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person's consent to a decision that asks for it."""

    decision: str
    name: str
    made_us: int
    note: str = ""

    @property
    def id(self) -> str:
        """Digest of all of it."""
        return _digest("approval", asdict(self))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def decision_from(value: Mapping[str, Any]) -> Decision:
    """The decision that :meth:`Decision.to_json` told.

    Raises:
        BadInput: a field is missing, of the wrong kind, or the id does not fit.
    """
    try:
        told = dict(value)
        told["by"], told["mode"] = By(told["by"]), Mode(told["mode"])
        told["because"] = tuple(str(x) for x in told["because"])
        return Decision(**told)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no decision: {error}.", where=str(value.get("id", "?"))) from error


def approval_from(value: Mapping[str, Any]) -> Approval:
    """The approval that :meth:`Approval.to_json` told.

    Raises:
        BadInput: a field is missing or unknown.
    """
    try:
        return Approval(**value)
    except TypeError as error:
        raise BadInput(f"is no approval: {error}.", where=str(value)) from error


def undo(decision: Decision, *, by: By, name: str, made_us: int, note: str = "") -> Decision:
    """The decision that takes another one back, for as long as that would have held."""
    return Decision(
        control="undo",
        about=decision.about,
        by=by,
        name=name,
        reason="undone",
        because=(decision.id,),
        made_us=made_us,
        starts_us=made_us,
        until_us=max(decision.until_us, made_us),
        undoes=decision.id,
        note=note,
    )


def cut_to(decision: Decision, *, share: float) -> Decision:
    """The same decision as a canary for a share of the cluster."""
    return replace(decision, mode=Mode.CANARY, share=share, id="")


def _digest(kind: str, content: Mapping[str, Any]) -> str:
    told = "\x1f".join(f"{key}={content[key]!r}" for key in sorted(content))
    return f"{kind}:{hashlib.blake2b(told.encode(), digest_size=10).hexdigest()}"
