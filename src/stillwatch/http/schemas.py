"""JSON schemas of what goes in and out, for the description of the interface."""

from __future__ import annotations

from typing import Any, Final

from stillwatch.control import RUNGS
from stillwatch.control.reasons import BY_CODE

Schema = dict[str, Any]

_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}


def _object(needed: str, *, closed: bool = False, **fields: Schema) -> Schema:
    told: Schema = {"type": "object", "properties": fields, "required": needed.split()}
    return {**told, "additionalProperties": False} if closed else told


def _said(most: int, least: int = 1) -> Schema:
    return {"type": "string", "minLength": least, "maxLength": most}


ERROR: Final = _object("error", error=_object("what", what=_TEXT, remedy=_TEXT))

ASK: Final = _object(
    "",
    closed=True,
    account=_said(512, 0),
    credential=_said(512, 0),
    tenant=_said(512, 0),
    exchange=_said(512, 0),
    address=_said(512, 0),
    client=_said(512, 0),
    model=_said(512, 0),
    operation=_said(512, 0),
    pathway=_said(512, 0),
    logprobs=_FLAG,
    reasoning=_FLAG,
    safety_relevant=_FLAG,
    max_tokens=_COUNT | {"maximum": 2**31 - 1},
    samples=_COUNT | {"maximum": 2**31 - 1},
    replayed_reasoning=_COUNT | {"maximum": 2**31 - 1},
    unasked=_COUNT | {"maximum": 64},
)
ASK["anyOf"] = [
    {"required": [name], "properties": {name: {"minLength": 1}}}
    for name in ("account", "credential")
]
ANSWER: Final = _object(
    "go verdict action policy",
    go=_FLAG,
    verdict={"enum": list(RUNGS)},
    action={"enum": list(RUNGS)},
    policy=_TEXT,
    less=_TEXTS,
    free={"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    spared=_TEXT,
    rules=_TEXTS,
    reason=_TEXT,
    case=_TEXT,
    until_us=_COUNT,
    status={"enum": [403, 429]},
    retry_after_s=_COUNT,
    error=_object("type code message", type=_TEXT, code=_TEXT, message=_TEXT),
)
STANDING: Final = _object(
    "schema slowed",
    schema={"const": "stillwatch.standing/1"},
    slowed={"type": "object", "additionalProperties": {"type": "number"}},
)
DECISION: Final = _object(
    "id control about by name reason made_at starts_at until_at",
    id=_TEXT,
    control=_TEXT,
    about=_TEXT,
    by=_TEXT,
    name=_TEXT,
    reason=_TEXT,
    made_at=_TIME,
    starts_at=_TIME,
    until_at=_TIME,
    because=_TEXTS,
)
DECISIONS: Final = _object(
    "n_decisions decisions", n_decisions=_COUNT, decisions={"type": "array", "items": DECISION}
)
DECIDING: Final = _object(
    "control about until",
    control={"enum": list(RUNGS)},
    about=_said(200),
    until=_said(40),
    reason={"enum": list(BY_CODE)},
    because=_TEXTS,
    mode={"enum": ["shadow", "canary", "enforce"]},
    share={"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    note=_said(1_000, 0),
)
NOTED: Final = _object("", note=_said(1_000, 0))
APPROVAL: Final = _object("id decision name made_at", decision=_TEXT, name=_TEXT, made_at=_TIME)
STATUS: Final = _object(
    "now live policy",
    now=_TIME,
    live=_FLAG,
    policy=_object("name digest", name=_TEXT, digest=_TEXT),
    n_decisions_standing=_COUNT,
    n_appeals_open=_COUNT,
    n_appeals_overdue=_COUNT,
)
LOOKING: Final = _object("case account", case=_said(40), account=_said(200))
CONTESTING: Final = _object(
    "case account statement", case=_said(40), account=_said(200), statement=_said(4_000)
)
CASE: Final = _object(
    "case state what", case=_TEXT, state=_TEXT, what=_TEXT, summary=_TEXTS, due_at=_TIME, why=_TEXT
)
APPEALS: Final = _object(
    "n_appeals appeals rates",
    n_appeals=_COUNT,
    appeals={"type": "array", "items": {"type": "object"}},
    rates={"type": "object"},
    by_rung={"type": "array", "items": {"type": "object"}},
)
RULING_ON: Final = _object("outcome why", outcome={"enum": ["granted", "upheld"]}, why=_said(2_000))
RULING: Final = _object("appeal outcome name made_at", appeal=_TEXT, outcome=_TEXT, name=_TEXT)
