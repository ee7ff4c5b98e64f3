"""Parts of a vetting on the screen, alike for all commands, and the exit code that they give."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from stillwatch.cli.exits import COULD_NOT_LOOK, FOUND, NONE_FOUND

if TYPE_CHECKING:
    from stillwatch.vet import Part, Point

#: what an outcome ends the program with.
EXITS: Final = {
    "concern": FOUND, "no_concern": NONE_FOUND, "undecided": COULD_NOT_LOOK,
    "not_examined": COULD_NOT_LOOK,
}  # fmt: skip
_WIDTH: Final = 100
_MOST_LINES: Final = 30
_WORDS: Final = {
    "concern": "CONCERN",
    "no_concern": "no concern",
    "undecided": "UNDECIDED",
    "not_examined": "NOT EXAMINED",
}


def show_part(
    part: Part, *, as_json: bool, own: Callable[[Part], None] | None = None, points: bool = True
) -> int:
    """Print a part.

    Args:
        part: what an examination says.
        as_json: the part itself, for programs.
        own: prints a table of this examination's, below what it says as a whole.
        points: print the points too; False where the table says all of them.

    Returns:
        1 where it is a concern, 0 where it is none, 2 where nobody knows.
    """
    if as_json:
        print_json(part.to_json())
    else:
        _show(part, own, points=points)
    return EXITS[part.outcome.value]


def show_parts(parts: Sequence[Part]) -> int:
    """Print parts one below the other; return the gravest exit code: 1, then 2, then 0."""
    codes = set()
    for nth, part in enumerate(parts):
        if nth:
            click.echo("\n")
        codes.add(show_part(part, as_json=False))
    return next(code for code in (FOUND, COULD_NOT_LOOK, NONE_FOUND) if code in codes)


def print_json(told: Mapping[str, Any]) -> None:
    """Write JSON on stdout."""
    import orjson

    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())


def _show(part: Part, own: Callable[[Part], None] | None, *, points: bool) -> None:
    from stillwatch.adapters.report.visible import visible

    click.echo(f"{_WORDS[part.outcome.value]}: {part.name} of {visible(part.subject)}")
    _wrapped(visible(part.because, 2_000), "  ")
    if own is not None:
        own(part)
    for point in part.points if points else ():
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

    where = f" ({visible(point.where)})" if point.where else ""
    click.echo(f"{point.severity.value.upper():9} {visible(point.title)}{where}")
    _wrapped(visible(point.observed, 1_000), "          ")
    said = []
    if (value := point.value) is not None:
        if value.unit == "share":
            said.append(f"{value.best:.1%} ({value.low:.1%} to {value.high:.1%})")
        else:
            doubt = "" if value.low == value.high else f" ({value.low:g} to {value.high:g})"
            said.append(f"{value.best:g}{doubt} {value.unit}")
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
        for line in lines[:_MOST_LINES]:
            _wrapped(visible(line, 1_000), "  - ", "    ")
        if len(lines) > _MOST_LINES:
            click.echo(f"  and {len(lines) - _MOST_LINES:,} more; --json lists all.")


def _wrapped(text: str, first: str, rest: str | None = None) -> None:
    lead = "\n" if first.startswith("\n") else ""
    before = first.lstrip("\n")
    after = before if rest is None else rest
    click.echo(lead + textwrap.fill(text, _WIDTH, initial_indent=before, subsequent_indent=after))
