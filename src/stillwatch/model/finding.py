"""Finding: one claim about something, how much speaks for it, and what it rests on.

Every room speaks it. Its id is a digest of its content, so that two copies of one finding are
one finding wherever they meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity, quantity_from

#: families of our own senses; a partner's finding has the family ``partner:<origin>``.
FAMILIES = ("identity", "payment", "network", "timing", "content", "lifecycle", "external")


class Claim(StrEnum):
    """What a finding can be about; separate claims, never one score."""

    INDUSTRIAL_SCALE = "industrial_scale"
    COVERT = "covert"
    UNAUTHORISED = "unauthorised"
    FRAUD_ENABLED = "fraud_enabled"
    ONE_OPERATOR = "one_operator"
    COLLECTION = "collection"
    OPERATOR = "operator"
    ORGANISATION = "organisation"
    INTENT = "intent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One claim, its quantity, on evidence.

    Args:
        about: ref (``kind:digest``) of the thing: ``campaign:...``.
        claim: which claim it speaks to.
        value: how much; in bits it is weight of evidence, positive for the claim.
        family: what would make two findings say the same thing twice; one of
            :data:`FAMILIES` or ``partner:<origin>``.
        evidence: refs of what it rests on; no content.
        method: what measured it, with its version: ``SWS-1 load_balance 0.1.0``.
        window: (from, to) in microseconds since 1970-01-01 UTC, half-open.
        observed: a sentence with what was seen; no content, no names.
        caveats: sentences that must travel with it.
        id: digest of all of it; made when left empty.

    Raises:
        BadInput: the family is unknown, the window is reversed, or the id is another's.
    """

    about: str
    claim: Claim
    value: Quantity
    family: str
    evidence: tuple[str, ...]
    method: str
    window: tuple[int, int]
    observed: str = ""
    caveats: tuple[str, ...] = ()
    id: str = field(default="")

    def __post_init__(self) -> None:
        """Give it its id; refuse what cannot be."""
        if self.family not in FAMILIES and not self.family.startswith("partner:"):
            raise BadInput(f"unknown family {self.family!r}.", where=self.about)
        if self.window[1] < self.window[0]:
            raise BadInput("the window ends before it begins.", where=self.about)
        wanted = digest_of("finding", self._content())
        if self.id and self.id != wanted:
            raise BadInput(
                "a finding's id is not the digest of its content.",
                where=self.id,
                remedy="It was changed after it was made; do not use it.",
            )
        object.__setattr__(self, "id", wanted)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**self._content(), "id": self.id}

    def _content(self) -> dict[str, Any]:
        return {
            "about": self.about,
            "claim": self.claim.value,
            "value": self.value.to_json(),
            "family": self.family,
            "evidence": list(self.evidence),
            "method": self.method,
            "window": list(self.window),
            "observed": self.observed,
            "caveats": list(self.caveats),
        }


def finding_from(value: Mapping[str, Any]) -> Finding:
    """The finding that :meth:`Finding.to_json` told.

    Raises:
        BadInput: a field is missing, unknown, of the wrong kind, or the id does not fit.
    """
    try:
        told = dict(value)
        start, end = told["window"]
        told["claim"], told["value"] = Claim(told["claim"]), quantity_from(told["value"])
        told["window"] = (int(start), int(end))
        told["evidence"], told["caveats"] = tuple(told["evidence"]), tuple(told["caveats"])
        return Finding(**told)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no finding: {error}.", where=str(value.get("id", "?"))) from error


def bits_by_family(findings: Iterable[Finding], claim: Claim) -> dict[str, float]:
    """Per family the strongest finding for a claim plus the strongest against it, in bits.

    Families add; within one they do not. Depends neither on order nor on repetition.

    Args:
        findings: of whatever unit; only those in bits count.
        claim: which claim.
    """
    best: dict[str, float] = {}
    worst: dict[str, float] = {}
    for finding in findings:
        if finding.claim is claim and finding.value.unit == "bit":
            bits = finding.value.best
            best[finding.family] = max(best.get(finding.family, 0.0), bits)
            worst[finding.family] = min(worst.get(finding.family, 0.0), bits)
    return {family: best[family] + worst[family] for family in sorted(best)}
