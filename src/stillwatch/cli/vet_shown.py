"""A part of a vetting on the screen, and the exit code that it gives."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from stillwatch.cli.exits import COULD_NOT_LOOK, FOUND, NONE_FOUND

if TYPE_CHECKING:
    from stillwatch.vet import Part, Point

_WIDTH: Final = 100
_WORDS: Final = {
    "concern": "CONCERN",
    "no_concern": "no concern",
    "undecided": "UNDECIDED",
    "not_examined": "NOT EXAMINED",
}


def show_part(part: Part, *, as_json: bool) -> int:
    """Print a part; return 1 where it is a concern, 0 where it is none, 2 where nobody knows."""
    if as_json:
        import orjson

        click.echo(orjson.dumps(part.to_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(part)
    outcome = part.outcome.value
    if outcome == "concern":
        return FOUND
    return NONE_FOUND if outcome == "no_concern" else COULD_NOT_LOOK


def _show(part: Part) -> None:
    from stillwatch.adapters.report.visible import visible

    click.echo(f"{_WORDS[part.outcome.value]}: {part.name} of {visible(part.subject)}")
    _wrapped(visible(part.because, 2_000), "  ")
    for point in part.points:
        click.echo()
        _point(point)
    _listed("Not looked at", part.not_covered)
    _listed("Looked at", part.covered)
    _listed("Mind", part.limits)
    known = [f"{name}: {one}" for name, many in part.known_evasions.items() for one in many]
    _listed("Known to get past this", known)
    if part.tools:
        said = ", ".join(f"{name} {version}" for name, version in sorted(part.tools.items()))
        _wrapped(visible(f"With {said}.", 500), "\n")


def _point(point: Point) -> None:
    from stillwatch.adapters.report.visible import visible

    click.echo(f"{point.severity.value.upper():9} {visible(point.title)}")
    _wrapped(visible(point.observed, 1_000), "          ")
    said = []
    if (value := point.value) is not None:
        if value.unit == "share":
            said.append(f"{value.best:.1%} ({value.low:.1%} to {value.high:.1%})")
        else:
            said.append(f"{value.best:g} ({value.low:g} to {value.high:g}) {value.unit}")
    if point.p_value is not None:
        said.append(f"p = {point.p_value:.2g}")
    if point.log2_e is not None:
        said.append(f"e = {point.log2_e:.1f} bits")
    if point.method:
        said.append(visible(point.method))
    if said:
        _wrapped("; ".join(said), "          ")


def _listed(title: str, lines: Sequence[str]) -> None:
    from stillwatch.adapters.report.visible import visible

    if lines:
        click.echo(f"\n{title}")
        for line in lines:
            _wrapped(visible(line, 1_000), "  - ", "    ")


def _wrapped(text: str, first: str, rest: str | None = None) -> None:
    lead = "\n" if first.startswith("\n") else ""
    before = first.lstrip("\n")
    after = before if rest is None else rest
    click.echo(lead + textwrap.fill(text, _WIDTH, initial_indent=before, subsequent_indent=after))
