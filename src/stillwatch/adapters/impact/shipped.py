"""The shipped tables, and a user's own: assumptions, students, public results, published lags."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from stillwatch.impact.ability import Row
from stillwatch.impact.assumptions import Assumptions, assumptions_from
from stillwatch.impact.students import Student
from stillwatch.impact.uplift import Learning, learning_from
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.model.quantity import Quantity, quantity_from

LARGEST_FILE: Final = 16 << 20
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

    The second is the table ``revenue_usd_per_account`` of the user's file (``best``, ``low``,
    ``high``); nothing where it is not told, for we know of no usual value.

    Raises:
        BadInput: the file is no TOML, names an unknown assumption, or holds no range.
    """
    ours = assumptions_from(tomllib.loads(_shipped("assumptions.toml")))
    if own is None:
        return ours, None
    try:
        told = tomllib.loads(read_text(own))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"is not TOML: {str(error)[:200]}.", where=str(own)) from error
    revenue = told.pop("revenue_usd_per_account", None)
    return ours.with_own(told, where=own.name), _revenue(revenue, own.name)


def _revenue(told: Any, where: str) -> Quantity | None:
    if told is None:
        return None
    if not isinstance(told, dict):
        told = {"best": told, "low": told, "high": told}
    found = quantity_from({**told, "unit": "usd"})
    if found.low < 0:
        raise BadInput("an account pays less than nothing.", where=f"{where}: revenue")
    return found


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
    reader = csv.DictReader(io.StringIO(text))
    lacking = set(COLUMNS) - set(reader.fieldnames or ())
    if lacking:
        raise BadInput(f"lacks the column {min(lacking)}.", where=where,
                       remedy=f"Columns: {', '.join(COLUMNS)}.")  # fmt: skip
    for number, row in enumerate(reader, 2):
        place = f"{where}, line {number}"
        try:
            yield _row(row)
        except BadInput as error:
            raise BadInput(error.what, where=place, remedy=error.remedy) from error
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise BadInput(f"is no result: {str(error)[:200]}.", where=place) from error


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
