"""The recomputation of a campaign's weights in the terminal, signal by signal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stillwatch.adapters.report.reading import mapping, rows, sequence
from stillwatch.adapters.report.strokes import Pen

_N_PROBLEMS = 40
_QUESTION_OF = {"families": "operator", "harvest": "harvest"}
_SUMS = {
    "weight_bits": "all families",
    "discovery.unexplained_bits": "left by the best rival when it was opened",
    "discovery.fdr": "false-discovery rate",
}


def render_recheck(report: Mapping[str, Any], console: Console) -> None:
    """Print what was recomputed and what differs.

    Args:
        report: of the schema ``stillwatch.recheck/1``.
        console: where to print.
    """
    pen = Pen(console)
    console.print(
        pen.text(report.get("campaign"), 60, "bold").append(
            ": recomputed from its terms alone\n", style="not bold"
        )
    )
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("Signal", "Family", "Question"):
        table.add_column(name, overflow="fold")
    table.add_column("Bits", justify="right")
    table.add_column("Recomputed")
    for row in rows(report.get("signals")):
        table.add_row(
            pen.text(str(row.get("name")).replace("_", " "), 48),
            pen.text(row.get("family"), 24),
            pen.text(row.get("question"), 24),
            pen.own(_bits(row.get("said_bits"))),
            _verdict(row, "said_bits", "recomputed_bits", pen),
        )
    for row in rows(report.get("sums")):
        said = row.get("said")
        shown = f"{said:.3g}" if row.get("what") == "discovery.fdr" else _bits(said)
        what, question = _named(str(row.get("what")))
        verdict = _verdict(row, "said", "recomputed", pen)
        table.add_row(pen.text(what, 72), "", question, pen.own(shown), verdict)
    accounts = mapping(report.get("accounts"))
    n, agree = accounts.get("n"), accounts.get("n_agree")
    verdict = pen.own("agrees", "green") if agree == n else pen.own(f"{agree} agree", "bold red")
    table.add_row("membership of accounts", "", "", pen.own(str(n)), verdict)
    console.print(table)
    console.print()
    for line in _closing(report, pen):
        console.print(line)


def _named(what: str) -> tuple[str, str]:
    """A sum in words, and the question that it is about."""
    kind, _, rest = what.partition(".")
    if kind in _QUESTION_OF:
        return f"all of {rest}", _QUESTION_OF[kind]
    return _SUMS.get(what, what), ""


def _bits(value: object) -> str:
    return f"{value:+.2f}" if isinstance(value, (int, float)) else "-"


def _verdict(row: Mapping[str, Any], said: str, redone: str, pen: Pen) -> Text:
    if row.get("agrees") and row.get("n_terms") == 0:
        return pen.own("nothing to weigh", "bright_black")
    if row.get("agrees"):
        return pen.own("agrees", "green")
    one, other = row.get(said), row.get(redone)
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return pen.own(f"differs by {other - one:+.3g}", "bold red")
    return pen.own("could not be recomputed", "bold red")


def _closing(report: Mapping[str, Any], pen: Pen) -> list[Text]:
    n, exactly = report.get("n_compared"), report.get("n_exactly")
    lines = [
        pen.own(f"{'Every number agrees' if report.get('agrees') else 'Not every number agrees'}: ")
        .append(f"{n} compared, {exactly} of them the same to the last digit")
        .append(
            ", those of the result among them."
            if report.get("held_against_result")
            else "; no result was at hand to hold them against."
        )
    ]
    problems = sequence(report.get("problems"))
    lines += [pen.text(problem, 400, "red") for problem in problems[:_N_PROBLEMS]]
    if len(problems) > _N_PROBLEMS:
        lines.append(pen.own(f"and {len(problems) - _N_PROBLEMS} more"))
    return lines
