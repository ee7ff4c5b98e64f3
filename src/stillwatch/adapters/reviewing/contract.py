"""Contract: the fields of a report and their kinds, for whoever reads ``report.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stillwatch.adapters.small_json import read_small
from stillwatch.model.errors import BadInput
from stillwatch.vet.review.document import SCHEMA

_Outcome = Literal["concern", "no_concern", "undecided", "not_examined"]
_MOST_BYTES: Final = 64 * 2**20
_Digest = r"^[0-9a-f]{64}$"
_Day = r"^\d{4}-\d{2}-\d{2}$"
_Moment = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"


class _Told(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class _Endpoint(_Told):
    name: str
    address: str
    model: str
    operator: str


class _Dataset(_Told):
    name: str
    source: str
    licence: str
    outputs_of: list[str]


class _Tool(_Told):
    name: str
    version: str
    vendor: str
    licence: str
    purpose: str
    built_on: list[str]
    datasets: list[_Dataset] | None
    endpoints: list[_Endpoint]
    has_files: bool
    files_digest: str
    limits: list[str]


class _File(_Told):
    path: str
    n_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=_Digest)


class _NotRead(_Told):
    path: str
    why: str


class _Files(_Told):
    digest: str
    n_files: int = Field(ge=0)
    n_bytes: int = Field(ge=0)
    listed: list[_File]
    not_read: list[_NotRead]
    config: dict[str, str]


class _Condition(_Told):
    of: str
    do: str


class _Answer(_Told):
    answer: Literal["do_not_run", "not_known", "on_conditions", "nothing_against"]
    title: str
    because: list[str]
    conditions: list[_Condition]
    sure: list[str]


class _Sure(_Told):
    n_points: int
    n_tests: int
    n_intervals: int
    n_seen: int
    smallest_p: float | None
    n_not_covered: int


class _Examination(_Told):
    name: str
    title: str
    asks: str
    applies: bool
    essential: bool
    outcome: _Outcome
    told: list[_Outcome]
    grave: bool
    because: str
    sure: _Sure
    n_not_covered: int


class _NotExamined(_Told):
    name: str
    title: str
    applies: bool
    why: str


class _Value(_Told):
    best: float
    low: float
    high: float
    unit: str


class _Point(_Told):
    title: str
    severity: Literal["critical", "warning", "note"]
    observed: str
    where: str
    value: _Value | None
    p_value: float | None = Field(gt=0, le=1)
    log2_e: float | None
    method: str


class _Part(_Told):
    schema_: Literal["stillwatch.vetting/1"] = Field(alias="schema")
    name: str
    subject: str
    outcome: _Outcome
    because: str
    points: list[_Point]
    covered: list[str]
    not_covered: list[str]
    limits: list[str]
    tools: dict[str, str]
    known_evasions: dict[str, list[str]]
    measured: dict[str, Any]


class _Dissent(_Told):
    by: str
    said_on: str = Field(pattern=_Day)
    about: str
    says: str


class _Early(_Told):
    by: str
    reason: str


class _Vendor(_Told):
    contact: str
    asked_on: str | None
    days_to_reply: int
    answer_by: str | None
    state: Literal["not_asked", "waiting", "replied", "silent"]
    replied_on: str | None
    reply: str
    appeal_to: str
    appeal_until: str
    published_early: _Early | None


class _Withheld(_Told):
    n_points: int
    by_part: dict[str, int]
    redacted: dict[str, int]


class Report(_Told):
    """A report, whole."""

    schema_: Literal["stillwatch.review/1"] = Field(alias="schema")
    mode: Literal["private", "public"]
    mode_says: str
    made_at: str = Field(pattern=_Moment)
    retest_on: str = Field(pattern=_Day)
    by: str
    tool: _Tool
    files: _Files
    outcome: _Outcome
    answer: _Answer
    examinations: list[_Examination]
    not_examined: list[_NotExamined]
    parts: list[_Part]
    contradictions: list[str]
    loose_ends: list[str]
    limits: list[str]
    dissents: list[_Dissent]
    vendor: _Vendor
    withheld: _Withheld
    versions: dict[str, str]


def read_report(content: bytes, where: str) -> dict[str, Any]:
    """A report's plain values, every field and kind checked.

    Raises:
        BadInput: it is no such report; the message names the field.
    """
    try:
        told = orjson.loads(content)
        Report.model_validate(told)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no JSON: {error}.", where=where) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "report"
        raise BadInput(f"is no report of {SCHEMA}: {place}: {first['msg']}.", where=where) from None
    assert isinstance(told, dict)
    return told


def load_report(place: Path) -> dict[str, Any]:
    """A report from its folder or its ``report.json``.

    Raises:
        BadInput: it is none.
        OutsideFailed: it cannot be read.
    """
    path = place / "report.json" if place.is_dir() else place
    return read_report(read_small(path, _MOST_BYTES), str(path))
