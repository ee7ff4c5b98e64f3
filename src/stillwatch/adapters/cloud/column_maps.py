"""Maps of columns: where our columns of a job stand in the tables of a public trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final

from stillwatch.cloud.telemetry import JOB_COLUMNS
from stillwatch.model.errors import BadSettings

JOBS: Final = frozenset(name for name, _, _ in JOB_COLUMNS)
_ELSE: Final = ("source", "dropped", "epoch", "time_zone", "headings", "owners", "part")

Cell = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """Where our columns of a job stand in a foreign table.

    Args:
        name: of the map.
        cells: how to get each of our columns.
        wanted: columns without which the table is another one.
        known: columns that may stand in the table.
        epoch_us: added to times, which then are seconds since it.
        time_zone: of times without an offset; empty is UTC.
        headings: columns of tables that have no heading of their own.
        owners: columns of the job and of its account, in a table of its own; empty for none.
        part: column that tells the parts of a job apart; empty where a row is a job.
    """

    name: str
    cells: Mapping[str, Cell]
    wanted: frozenset[str]
    known: frozenset[str]
    epoch_us: int | None = None
    time_zone: str = ""
    headings: Sequence[tuple[str, ...]] = ()
    owners: tuple[str, ...] = ()
    part: str = ""

    def heading_of(self, cells: Sequence[str]) -> tuple[str, ...] | None:
        """The heading of a table whose first row is none; nothing where it is one."""
        if set(cells) & self.known:
            return None
        return next((one for one in self.headings if len(one) == len(cells)), None)


def map_from(name: str, told: Mapping[str, Any]) -> ColumnMap:
    """A map of columns from its parsed TOML table.

    Raises:
        BadSettings: it is no map.
    """
    cells: dict[str, Cell] = {}
    wanted: set[str] = set()
    try:
        known = {str(one) for one in told.get("dropped", ())}
        for ours, theirs in told.items():
            if ours in _ELSE:
                continue
            if ours not in JOBS:
                raise ValueError(f"{ours} is no column of a job")
            entry = {"column": theirs} if isinstance(theirs, str) else theirs
            column, scale = str(entry["column"]), float(entry.get("scale", 1.0))
            times = str(entry.get("times", ""))
            known |= {column, *([times] if times else [])}
            if ours in ("job", "started_at", "n_devices"):
                wanted.add(column)
            cells[ours] = _cell(column, scale, times)
        if missing := {"job", "started_at", "n_devices"} - set(cells):
            raise ValueError(f"{min(missing)} is missing")
        owners = (
            tuple(str(told["owners"][k]) for k in ("job", "account")) if "owners" in told else ()
        )
        headings = [tuple(map(str, one)) for one in told.get("headings", ())]
        part, epoch = str(told.get("part", "")), told.get("epoch")
        start = None if epoch is None else round(datetime.fromisoformat(epoch).timestamp() * 1e6)
    except (KeyError, TypeError, ValueError) as error:
        raise BadSettings(f"--map {name}", f"is no map of columns: {error}.") from error
    known |= {*owners, *([part] if part else []), *(cell for one in headings for cell in one)}
    return ColumnMap(
        name=name, cells=cells, wanted=frozenset(wanted), known=frozenset(known), epoch_us=start,
        time_zone=str(told.get("time_zone", "")), headings=headings, owners=owners, part=part,
    )  # fmt: skip


def _cell(column: str, scale: float, times: str) -> Cell:
    def get(row: Mapping[str, Any]) -> Any:
        value = row.get(column)
        if scale == 1.0 and not times:
            return value
        factor = number_of(row.get(times)) if times else 1.0
        number = number_of(value)
        return None if number is None or factor is None else number * scale * factor

    return get


def number_of(value: Any) -> float | None:
    """A finite number, or nothing."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if isfinite(found) else None
