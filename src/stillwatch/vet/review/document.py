"""Document: a review as plain values, from which the page, the PDF and the attestation are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from stillwatch.model.errors import BadInput
from stillwatch.vet.part import Outcome, Part
from stillwatch.vet.review.advice import advise, outcome_of
from stillwatch.vet.review.bar import NAMES
from stillwatch.vet.review.hearing import Dissent, Hearing, Override, check_public
from stillwatch.vet.review.inventory import Inventory
from stillwatch.vet.review.modes import Mode, public
from stillwatch.vet.review.reading import Examined, read, strangers
from stillwatch.vet.review.tool import Tool

SCHEMA: Final = "stillwatch.review/1"
#: what every review must carry.
LIMITS: Final = (
    "Nothing here says that the tool is safe. It says what was looked for, by which means, and "
    "what was found.",
    "Who made the tool, and where, changes nothing in this report: the bar is one list for all.",
    "The report is about these bytes and these endpoints on this day. Another version, another "
    "endpoint or another day needs another review.",
    "No number stands for the whole, because no weighting of the examinations fits every use.",
)
#: what only those who may act on it should have.
_LINES: Final = {
    Mode.PRIVATE: "Private: it can hold places in files and words that were asked and answered.",
    Mode.PUBLIC: "Public: places, keys, routes and words are held back and counted.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Everything that a report is made from.

    Args:
        tool: under review.
        inventory: of its files.
        parts: of every examination that was made.
        hearing: what the vendor was asked and said.
        dissents: who does not agree.
        by: who answers for the review.
        retest_on: day from which the report is out of date.
        limits: sentences of the reviewers' own.
        versions: name and version of the programs that made it.
    """

    tool: Tool
    inventory: Inventory
    parts: tuple[Part, ...]
    hearing: Hearing
    dissents: tuple[Dissent, ...]
    by: str
    retest_on: date
    limits: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


def document_of(
    review: Review, *, mode: Mode, made_us: int, override: Override | None = None
) -> dict[str, Any]:
    """The report.

    Args:
        review: what is reported.
        mode: for whom.
        made_us: moment of the report, microseconds since 1970-01-01 UTC.
        override: a person's word that a public report cannot wait for the vendor.

    Returns:
        Plain values; the same review, mode and moment give the same values.

    Raises:
        NotAllowed: a public report, and the vendor could not reply yet.
        BadInput: the re-test is not after the report, or a dissent is about nothing that exists.
    """
    day = datetime.fromtimestamp(made_us / 1e6, UTC).date()
    _check(review, day)
    if mode is Mode.PUBLIC:
        check_public(review.hearing, day, override)
    examined = read(review.tool, review.parts, review.inventory.digest)
    outcome = outcome_of(examined)
    withheld: dict[str, int] = {}
    if mode is Mode.PUBLIC:
        pairs = [public(one) for one in examined]
        withheld = {e.of.name: n for e, n in pairs if n}
        examined = tuple(e for e, _ in pairs)
    return {
        "schema": SCHEMA,
        "mode": mode.value,
        "mode_says": _LINES[mode],
        "made_at": iso(made_us),
        "retest_on": review.retest_on.isoformat(),
        "by": review.by,
        "tool": review.tool.to_json(),
        "files": review.inventory.to_json(),
        "outcome": outcome.value,
        "answer": advise(examined).to_json(),
        "examinations": [_row(one) for one in examined],
        "not_examined": [
            {"name": e.of.name, "title": e.of.title, "applies": e.applies, "why": e.because}
            for e in examined if not e.looked
        ],
        "parts": [part.to_json() for one in examined for part in one.parts],
        "contradictions": [line for one in examined for line in one.contradictions],
        "loose_ends": [line for one in examined for line in one.loose_ends],
        "limits": [*LIMITS, *review.limits],
        "dissents": [one.to_json() for one in review.dissents],
        "vendor": {
            **review.hearing.to_json(day),
            "published_early": override.to_json() if override and mode is Mode.PUBLIC else None,
        },
        "withheld": {
            "n_points": sum(withheld.values()), "by_part": withheld, "redacted": {},
        },
        "versions": dict(review.versions),
    }  # fmt: skip


def iso(moment_us: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(moment_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(one: Examined) -> dict[str, Any]:
    return {
        "name": one.of.name,
        "title": one.of.title,
        "asks": one.of.asks,
        "applies": one.applies,
        "essential": one.of.essential,
        "outcome": one.outcome.value,
        "told": [part.outcome.value for part in one.parts],
        "grave": one.grave,
        "because": one.because,
        "sure": one.sure.to_json(),
        "n_not_covered": one.sure.n_not_covered,
    }


def _check(review: Review, day: date) -> None:
    if review.retest_on <= day:
        raise BadInput(
            f"the re-test on {review.retest_on} is not after the report of {day}.",
            where="review.retest_on",
            remedy="Review again, and set a later day.",
        )
    if names := strangers(review.parts):
        raise BadInput(
            f"the bar has no examination {names[0]!r}.",
            where="parts",
            remedy=f"It has {', '.join(NAMES)}.",
        )
    for one in review.dissents:
        if one.about and one.about not in NAMES:
            raise BadInput(
                f"a dissent is about {one.about!r}.",
                where="dissent.about",
                remedy=f"Name one of {', '.join(NAMES)}, or nothing for the whole.",
            )


def shown_outcomes(document: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Examination and outcome, as an attestation lists them."""
    return [(row["name"], Outcome(row["outcome"]).value) for row in document["examinations"]]
