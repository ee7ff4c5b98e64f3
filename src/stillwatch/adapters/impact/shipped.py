"""The shipped tables, and a user's own: assumptions, students, public results, published lags."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from stillwatch.impact.ability import Row
from stillwatch.impact.assumptions import Assumption, Assumptions, Origin, assumptions_from
from stillwatch.impact.release import Release
from stillwatch.impact.students import Student
from stillwatch.impact.uplift import Learning, learning_from
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.model.quantity import Quantity

LARGEST_FILE: Final = 16 << 20
REVENUE: Final = "revenue_usd_per_account"
COLUMNS: Final = (
    "suite", "split", "domain", "benchmark", "n_tasks", "model", "released", "percent", "told_by",
    "as_of", "source",
)  # fmt: skip


def _shipped(name: str) -> str:
    return resources.files("stillwatch.adapters.impact.data").joinpath(name).read_text("utf-8")


def read_text(path: Path) -> str:
    """A user's file as text.

    Raises:
        OutsideFailed: it cannot be opened.
        BadInput: it is no text, or larger than such a file is.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"is larger than {LARGEST_FILE >> 20} MiB.", where=str(path))
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise OutsideFailed(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadInput("is not text in UTF-8.", where=str(path)) from error


def assumptions(own: Path | None = None) -> tuple[Assumptions, Quantity | None]:
    """The shipped assumptions with a user's own values in their place, and what an account pays.

    The second is ``revenue_usd_per_account`` of the user's file, which then stands among the
    assumptions too; nothing where it is not told, for we know of no usual value.

    Raises:
        BadInput: the file is no TOML, names an unknown assumption, or holds no range.
    """
    ours = assumptions_from(tomllib.loads(_shipped("assumptions.toml")))
    if own is None:
        return ours, None
    try:
        told = tomllib.loads(read_text(own))
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError
        raise BadInput(f"is not TOML: {str(error)[:200]}.", where=str(own)) from error
    if REVENUE in told:
        ours = Assumptions([*ours, _NO_REVENUE])
    known = ours.with_own(told, where=own.name)
    return known, known[REVENUE].quantity if REVENUE in told else None


#: the kind of the value that only a user knows; its own file fills it.
_NO_REVENUE: Final = Assumption(
    key=REVENUE, best=0.0, low=0.0, high=0.0, unit="usd", origin=Origin.ASSUMED, source="nobody",
    says="What an honest account pays in the time that a decision holds.",
)  # fmt: skip


@cache
def learning() -> Learning:
    """What the shipped students teach."""
    return learning_from(students(_shipped("students.csv"), "students.csv"))


def students(text: str, where: str) -> list[Student]:
    """Students of a CSV table.

    Raises:
        BadInput: a row is none.
    """
    found = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        try:
            found.append(Student.from_row(row))
        except BadInput as error:
            raise BadInput(error.what, where=f"{where}, line {number}") from error
    return found


def benchmarks(own: Path | None = None) -> list[Row]:
    """Public results, the shipped ones or a user's.

    Raises:
        BadInput: a column is missing or a row is none.
    """
    text = _shipped("benchmarks.csv") if own is None else read_text(own)
    return list(rows_from(text, "benchmarks.csv" if own is None else own.name))


def rows_from(text: str, where: str) -> Iterable[Row]:
    """Rows of a CSV table of public results.

    Raises:
        BadInput: a column is missing or a row is none.
    """
    for place, row in _table(text, where, COLUMNS):
        try:
            yield _row(row)
        except BadInput as error:
            raise BadInput(error.what, where=place, remedy=error.remedy) from error
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise BadInput(f"is no result: {str(error)[:200]}.", where=place) from error


def _table(text: str, where: str, columns: Sequence[str]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Rows of a CSV table that has these columns, each with its place."""
    reader = csv.DictReader(io.StringIO(text))
    try:
        lacking = set(columns) - set(reader.fieldnames or ())
        if lacking:
            raise BadInput(f"lacks the column {min(lacking)}.", where=where,
                           remedy=f"Columns: {', '.join(columns)}.")  # fmt: skip
        for row in reader:
            place = f"{where}, line {reader.line_num}"
            if None in row or None in row.values():
                raise BadInput("has more or fewer fields than there are columns.", where=place)
            yield place, row
    except csv.Error as error:
        raise BadInput(f"is no CSV: {error}.", where=f"{where}, line {reader.line_num}") from error


@cache
def releases() -> dict[str, Release]:
    """When the models of the shipped tables came out, and who says so."""
    columns = ("model", "released", "precision", "source", "note")
    told = [
        Release(**{**row, "released": date.fromisoformat(row["released"])})
        for _, row in _table(_shipped("releases.csv"), "releases.csv", columns)
    ]
    return {one.model: one for one in told}


def releases_of(rows: Iterable[Row], *, own: bool) -> list[Release]:
    """How well the days of a table are known: by the shipped sources, or by a user's word.

    Args:
        rows: of the table.
        own: whether it is the user's.
    """
    days = {row.model: row.released for row in rows}
    known = {} if own else releases()
    how = {"precision": "as told", "source": "the user's table"} if own else {
        "precision": "unsourced"}  # fmt: skip
    return [known.get(model, Release(model=model, released=day, **how))
            for model, day in sorted(days.items())]  # fmt: skip


def _row(row: Mapping[str, Any]) -> Row:
    percent = float(row["percent"])
    if not 0 <= percent <= 100:
        raise BadInput(f"{row['percent'][:20]} is no share in per cent.")
    return Row(
        suite=row["suite"], split=row["split"], domain=row["domain"], benchmark=row["benchmark"],
        n_tasks=int(row["n_tasks"]) if row["n_tasks"] else None, model=row["model"],
        released=date.fromisoformat(row["released"]), accuracy=percent / 100,
        told_by=row["told_by"], as_of=date.fromisoformat(row["as_of"]), source=row["source"],
    )  # fmt: skip


@cache
def published() -> dict[str, Any]:
    """Abilities and lags that others published."""
    return tomllib.loads(_shipped("published.toml"))
