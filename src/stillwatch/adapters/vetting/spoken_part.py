"""A part of a vetting as text for a terminal."""

from __future__ import annotations

import textwrap
from typing import Final

from stillwatch.adapters.report.visible import visible
from stillwatch.vet.part import Outcome, Part, Point

_WIDTH: Final = 100
_SAID: Final = {
    Outcome.CONCERN: "CONCERN",
    Outcome.NO_CONCERN: "no concern",
    Outcome.UNDECIDED: "UNDECIDED",
    Outcome.NOT_EXAMINED: "NOT EXAMINED",
}
_LONGEST: Final = 2_000


def spoken(part: Part) -> str:
    """The outcome first, then what it rests on, what was not looked at, and its limits."""
    lines = [
        f"{visible(part.name)} of {visible(part.subject)}: {_SAID[part.outcome]}",
        *_wrapped(part.because, ""),
    ]
    for point in part.points:
        lines += ["", *_point(point)]
    for title, told in (
        ("Looked at", part.covered), ("Not looked at", part.not_covered), ("Limits", part.limits)
    ):  # fmt: skip
        if told:
            lines += ["", title]
            for one in told:
                lines += _wrapped(one, "  - ")
    return "\n".join(lines)


def _point(point: Point) -> list[str]:
    head = f"{point.severity.value.upper():8} {visible(point.title)}"
    if point.where:
        head += f" ({visible(point.where)})"
    told = [head, *_wrapped(point.observed, "         ")]
    facts = []
    if point.p_value is not None:
        facts.append(f"p {point.p_value:.2g}")
    if point.log2_e is not None:
        facts.append(f"e-value {point.log2_e:+.1f} bits")
    if point.value is not None:
        low, high = point.value.low, point.value.high
        facts.append(f"{point.value.best:.3g} {point.value.unit} ({low:.3g} to {high:.3g})")
    return [*told, "         " + "; ".join(facts)] if facts else told


def _wrapped(text: str, lead: str) -> list[str]:
    return textwrap.wrap(
        visible(text, _LONGEST), _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)
    )
