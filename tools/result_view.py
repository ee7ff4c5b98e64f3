"""View: a part of a frozen table that RESULTS.md shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Row = Mapping[str, str]


def every(_: Row) -> bool:
    """Show all rows."""
    return True


def of(column: str, *values: str) -> Callable[[Row], bool]:
    """Show the rows that hold one of the values in a column."""
    return lambda row: row.get(column, "") in values


def not_of(column: str, *values: str) -> Callable[[Row], bool]:
    """Show the rows that hold none of the values in a column."""
    return lambda row: row.get(column, "") not in values


@dataclass(frozen=True, slots=True)
class View:
    """A table of the page.

    Args:
        source: folder below ``benchmarks`` and file.
        title: heading.
        columns: shown, in this order; a column that the file lacks is left out. Empty for
            all.
        rows: which rows.
    """

    source: str
    title: str
    columns: tuple[str, ...] = ()
    rows: Callable[[Row], bool] = every
