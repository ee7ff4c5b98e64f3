"""What ``stillwatch lab distil`` does once it is called; imported then, so that help is quick."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from stillwatch import __version__
from stillwatch.adapters.distilling.kept import Kept
from stillwatch.adapters.distilling.page import render
from stillwatch.adapters.distilling.pictures import shown
from stillwatch.adapters.distilling.rehearsal import rehearse
from stillwatch.adapters.distilling.workers import Workers
from stillwatch.adapters.writers import write_json
from stillwatch.lab.distilling import SIZES, STUDENTS, chosen
from stillwatch.lab.distilling.evidence import NAIVE, TESTS
from stillwatch.model.errors import OutsideFailed

_SHORT = {
    "canaries, text": "canaries\ntext", "canaries, open": "canaries\nopen",
    "served pairs, text": "pairs\ntext", "served pairs, open": "pairs\nopen",
    "marks, text": "marks\ntext", "marks, open": "marks\nopen", NAIVE: "naive\n(invalid)",
}  # fmt: skip

#: columns of the tables where nobody's terminal sets them.
_WIDE = 124


def run_distil(
    python: Path | None, out_dir: Path, students: str, *, seed: int, n_worlds: int,
    n_processes: int, experimental: bool, as_json: bool,
) -> None:  # fmt: skip
    """Rehearse, keep table and page in a folder, and print the table.

    Raises:
        BadInput: nobody has that name.
        OutsideFailed: nothing here can train, or it died.
        NotAllowed: another run is at work in the folder.
    """
    if students.strip() == "list":
        for one in STUDENTS:
            click.echo(f"{one.name}: {one.line}{' (experimental)' if one.experimental else ''}")
        return
    wanted = chosen(students, experimental=experimental)
    begun = time.monotonic()
    console = Console(stderr=True)
    kept = Kept(out_dir / "kept")
    try:
        with Workers(n_processes, python) as workers, _Bar(console) as bar:
            told = rehearse(
                wanted, seed=seed, n_worlds=n_worlds, sizes=SIZES, kept=kept, workers=workers,
                say=bar.say,
            )  # fmt: skip
    finally:
        kept.close()
    told["version"] = __version__
    write_json(out_dir / "distil.json", told)
    page = out_dir / "distil.html"
    try:
        page.write_text(render(told), encoding="utf-8")
    except OSError as error:
        raise OutsideFailed(f"{page}: {error.strerror}.") from error
    spent = f"{told['cpu_s_this_run']:.0f} s of processor, {time.monotonic() - begun:.0f} s"
    console.print(f"{spent}; the page is {page}", highlight=False, soft_wrap=True)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
        return
    show(told)


class _Bar:
    """One bar on stderr; a line now and then where that is no terminal."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description:<30}"), BarColumn(bar_width=28),
            TextColumn("{task.percentage:3.0f}%"), TimeElapsedColumn(), TimeRemainingColumn(),
        )  # fmt: skip
        self._console = console
        self._bars = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bars.add_task("starting", total=1.0)
        self._said = time.monotonic()

    def __enter__(self) -> _Bar:
        """Start drawing."""
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing."""
        self._bars.stop()

    def say(self, part: str, share: float) -> None:
        """A part has come on; the whole to this share."""
        self._bars.update(self._task, description=part, completed=share)
        if not self._console.is_terminal and time.monotonic() - self._said > 10.0:
            self._said = time.monotonic()
            self._console.print(f"{share:4.0%}  {part}", highlight=False, markup=False)


def show(told: Mapping[str, Any]) -> None:
    """Print what came out, for people."""
    out = Console()
    if not out.is_terminal:
        out = Console(width=_WIDE)
    out.print(_accuracies(told["students"]))
    out.print(_p_values(told["students"]))
    if told["calibration"]:
        out.print(_calibration(told["calibration"]))
    else:
        out.print("calibration: not looked, for the student `independent` was not trained")
    for line in told["limits"]:
        out.print(f"- {line}", highlight=False)


def _accuracies(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(
        title="What a student learns, and what it costs",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    names = (
        "student", "right", "95%", "teacher\nright", "tokens an\nanswer", "accounts", "answered",
        "usable\ntokens", "from\nelsewhere",
    )  # fmt: skip
    for name in names:
        table.add_column(name, justify="left" if name == "student" else "right", no_wrap=True)
    for row in rows:
        right, campaign = row["accuracy"], row["attacker"]
        asked = row["source"] == "served"
        table.add_row(
            row["name"], f"{right['best']:.0%}", f"{right['low']:.0%}-{right['high']:.0%}",
            f"{row['teacher']['served_right']:.1%}" if asked else "-",
            f"{row['teacher']['served_tokens_an_answer']:.1f}" if asked else "-",
            f"{campaign['n_accounts']}" if asked else "-",
            f"{campaign['n_answered']:,}" if asked else "-",
            f"{campaign['usable_tokens']:,}", f"{campaign['n_elsewhere']}",
        )  # fmt: skip
    return table


def _p_values(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(
        title="p-values, of the least favourable world",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("student", no_wrap=True)
    for test in (*TESTS, NAIVE):
        table.add_column(_SHORT[test], justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for row in rows:
        cells = [shown(row["p"][test]) for test in (*TESTS, NAIVE)]
        table.add_row(row["name"], *cells, row["verdict"])
    return table


def _calibration(rows: Sequence[Mapping[str, Any]]) -> Table:
    title = "False alarms on the innocent student, under wrong keys"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("test")
    table.add_column("keys", justify="right")
    for level in rows[0]["levels"]:
        table.add_column(f"at {level['level']:g}", justify="right")
    for row in rows:
        cells = [f"{one['share']:.3f} (to {one['high_95']:.3f})" for one in row["levels"]]
        table.add_row(row["test"], f"{row['n_keys']:,}", *cells)
    return table
