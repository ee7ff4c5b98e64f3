"""Part: what one examination of a tool found, could not see, and rests on.

Every command of the room ends in one, and a review is a list of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity, quantity_from

SCHEMA = "stillwatch.vetting/1"


class Outcome(StrEnum):
    """What an examination says as a whole."""

    CONCERN = "concern"
    NO_CONCERN = "no_concern"
    UNDECIDED = "undecided"
    NOT_EXAMINED = "not_examined"


class Severity(StrEnum):
    """How much one point matters to whoever wants to run the tool."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that was seen.

    Args:
        title: in a few words.
        severity: how much it matters.
        observed: a sentence with what was seen; no content of users.
        where: the file, route, topic or key that it concerns.
        value: the number behind it, with its interval.
        p_value: of a valid test, in (0, 1]; None where there is none: then it is a lead.
        log2_e: bits of an e-value, for looking on and for merging; None where there is none.
        method: what measured it, with its version.
    """

    title: str
    severity: Severity
    observed: str
    where: str = ""
    value: Quantity | None = None
    p_value: float | None = None
    log2_e: float | None = None
    method: str = ""

    def __post_init__(self) -> None:
        """Refuse a p-value that is none."""
        if self.p_value is not None and not 0 < self.p_value <= 1:
            raise BadInput(f"{self.p_value} is no p-value.", where=self.title)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "title": self.title,
            "severity": self.severity.value,
            "observed": self.observed,
            "where": self.where,
            "value": None if self.value is None else self.value.to_json(),
            "p_value": self.p_value,
            "log2_e": self.log2_e,
            "method": self.method,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one examination says.

    Args:
        name: ``lineage``, ``substitution``, ``files``, ``behaviour``, ``data_flow``,
            ``identity`` or ``signature``.
        subject: what was examined: a digest, an address, a folder's name.
        outcome: as a whole.
        because: one sentence that a reader of nothing else should read.
        points: what was seen, gravest first.
        covered: sentences: what was looked at.
        not_covered: sentences: what could not be looked at, and why.
        limits: sentences that must travel with it.
        tools: name of each tool that was used, and its version.
        known_evasions: per tool, what is known to get past it.
        measured: further plain values for machines, the part's own.
    """

    name: str
    subject: str
    outcome: Outcome
    because: str
    points: tuple[Point, ...] = ()
    covered: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)
    known_evasions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "subject": self.subject,
            "outcome": self.outcome.value,
            "because": self.because,
            "points": [one.to_json() for one in self.points],
            "covered": list(self.covered),
            "not_covered": list(self.not_covered),
            "limits": list(self.limits),
            "tools": dict(self.tools),
            "known_evasions": {name: list(told) for name, told in self.known_evasions.items()},
            "measured": dict(self.measured),
        }


def part_from(value: Mapping[str, Any]) -> Part:
    """The part that :meth:`Part.to_json` told.

    Raises:
        BadInput: another schema, or a field is missing, unknown or of the wrong kind.
    """
    try:
        told = dict(value)
        if (schema := told.pop("schema", None)) != SCHEMA:
            raise BadInput(f"the schema is {schema!r}, not {SCHEMA!r}.", where="vetting")
        told["outcome"] = Outcome(told["outcome"])
        told["points"] = tuple(_point_from(one) for one in told["points"])
        for name in ("covered", "not_covered", "limits"):
            told[name] = tuple(str(one) for one in told[name])
        evasions = told["known_evasions"].items()
        told["known_evasions"] = {str(name): tuple(many) for name, many in evasions}
        return Part(**told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"is no part of a vetting: {error}.", where="vetting") from error


def _point_from(value: Mapping[str, Any]) -> Point:
    told = dict(value)
    told["severity"] = Severity(told["severity"])
    told["value"] = None if told["value"] is None else quantity_from(told["value"])
    return Point(**told)
