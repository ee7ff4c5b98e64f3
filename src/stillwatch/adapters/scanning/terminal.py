"""The files of an examination on the screen, gravest first, with what each scanner said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from stillwatch.adapters.report.strokes import Pen
from stillwatch.vet.files.formats import CONTAINERS
from stillwatch.vet.files.verdicts import GRAVITY, Verdict
from stillwatch.vet.part import Part, Severity

_STYLES: Final = {
    Verdict.MALICIOUS: "bold red",
    Verdict.UNKNOWN_IMPORT: "yellow",
    Verdict.NOT_EXAMINED: "cyan",
    Verdict.CLEAN: "green",
}
_CONTAINERS: Final = frozenset(one.value for one in CONTAINERS)
_CLOSED: Final = "; closed in "
_MOST_ROWS: Final = 200
_MOST_REASONS: Final = 4
_MOST_NOTES: Final = 12


def render(told: Part, console: Console, *, show_all: bool = False) -> None:
    """Print the files of a part, and what should be known of them.

    Args:
        told: the part.
        console: where to print.
        show_all: whether clean files are listed too.
    """
    pen = Pen(console)
    rows = sorted(
        told.measured["files"],
        key=lambda one: (GRAVITY.index(Verdict(one["verdict"])), one["path"].split("!")),
    )
    shown = [one for one in rows if show_all or one["verdict"] != Verdict.CLEAN.value]
    for one in shown[:_MOST_ROWS]:
        _row(one, console, pen)
    if len(shown) > _MOST_ROWS:
        console.print(pen.own(f"  and {len(shown) - _MOST_ROWS:,} more; --json lists all."))
    notes = [one for one in told.points if one.severity is Severity.NOTE]
    if notes:
        console.print(pen.own("\nTo be known", style="bold"))
        for point in notes[:_MOST_NOTES]:
            console.print(_line(pen, "  ", point.where, f"  {point.observed}"))


def still_open(told: Part) -> Part:
    """The part without ways past a tool that a later version of it closed."""
    left = {
        name: tuple(one for one in known if _CLOSED not in one)
        for name, known in told.known_evasions.items()
    }
    return replace(told, known_evasions=left)


def _row(one: dict[str, Any], console: Console, pen: Pen) -> None:
    verdict = Verdict(one["verdict"])
    line = Text("\n  ").append(f"{verdict.value:<15}", style=_STYLES[verdict])
    line.append_text(pen.text(one["path"], 200, "bold"))
    line.append(f"  {', '.join(one['formats'])}, {one['size']:,} bytes", style="dim")
    console.print(line)
    reasons = [
        (sight["scanner"], text)
        for sight in sorted(one["scanners"], key=lambda s: GRAVITY.index(Verdict(s["verdict"])))
        if sight["verdict"] == verdict.value
        for text in sight["because"]
    ]
    if not reasons and verdict is not Verdict.CLEAN:
        console.print(Text(f"{'':<19}{_silence(one)}", style="dim"))
    for scanner, text in reasons[:_MOST_REASONS]:
        console.print(_line(pen, " " * 19, text, f"  ({scanner})"))
    if len(reasons) > _MOST_REASONS:
        console.print(Text(f"{'':<19}and {len(reasons) - _MOST_REASONS} more", style="dim"))
    others = [f"{s['scanner']} {s['verdict']}" for s in one["scanners"]
              if s["verdict"] != verdict.value]  # fmt: skip
    if others and verdict is not Verdict.CLEAN:
        console.print(Text(f"{'':<19}others: {', '.join(others)}", style="dim"))


def _silence(one: dict[str, Any]) -> str:
    """Why a file has its verdict where no scanner gave a reason."""
    if _CONTAINERS & set(one["formats"]):
        return "because of what it holds"
    return "no scanner that reads its format read every byte"


def _line(pen: Pen, before: str, others: str, after: str) -> Text:
    line = Text(before).append_text(pen.text(others, 300))
    return line.append_text(pen.text(after, 300, "dim")) if after else line
