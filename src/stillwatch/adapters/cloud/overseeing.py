"""From files to what is said of runs, and to the draft of a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.cloud import shipped, snapshots
from stillwatch.adapters.cloud.opening import read_telemetry
from stillwatch.adapters.cloud.records import read_books
from stillwatch.adapters.cloud.sketch_files import match_from, read_json
from stillwatch.adapters.readers.rejects import RejectsFile
from stillwatch.adapters.readers.sources import find_sources
from stillwatch.cloud.customers import Books
from stillwatch.cloud.matching import Match
from stillwatch.cloud.oversight import Options, oversee
from stillwatch.cloud.training_report import clocks, draft
from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import quantity_from

REPORT_PACK = "us-iaas-cip"


def overseen(
    logs: Sequence[Path], *, strict: bool, drop_columns: bool, column_map: str, time_zone: str,
    rejects: Path | None, customers: Path | None, matches: Path | None, least_hours: float,
    own_rules: Path | None, day: date, keep: Path | None = None,
    on_progress: Callable[[int, float], None] | None = None,
) -> tuple[dict[str, Any], Books, list[str]]:  # fmt: skip
    """Read everything that was named and say what is seen.

    Returns:
        The contract ``stillwatch.runs/1``, customers' records, and notes on the reading.
    """
    books = Books() if customers is None else read_books(customers)
    facts = {
        name: {"foreign_customer": record["foreign_determination"]}
        for name, record in books.customers.items()
        if isinstance(record.get("foreign_determination"), bool)
    }
    told = snapshots.packs(own_rules)
    tables = snapshots.tables_of(told)
    with nullcontext() if rejects is None else RejectsFile(rejects) as aside:
        reading = read_telemetry(
            list(logs), strict=strict, drop_columns=drop_columns, column_map=column_map,
            on_reject=aside, time_zone=time_zone, on_progress=on_progress,
        )  # fmt: skip
    telemetry = reading.telemetry()
    if not telemetry.jobs:
        raise BadInput(
            f"no job was read ({reading.n_rejected} rows were set aside).",
            remedy="Name the scheduler's log beside the monitor's.",
        )
    options = Options(
        day=day,
        facts=facts,
        disclosed=frozenset(n for n, r in books.customers.items() if r.get("disclosed_agreements")),
        matches=_matches(matches),
        least_device_hours=least_hours,
    )
    result = oversee(telemetry, tables, options)
    if keep is not None:
        snapshots.save(keep, telemetry, told, options, result)
    files = [source.path for source in find_sources(list(logs))]
    result["basis"] = snapshots.basis_of(files, told)
    result["reading"] = {
        "n_jobs": reading.n_jobs,
        "n_samples": reading.n_samples,
        "n_flows": reading.n_flows,
        "n_rejected": reading.n_rejected,
        "n_skipped": reading.n_skipped,
        "rejected_by_reason": dict(reading.rejected_by_reason),
    }
    notes = list(reading.notes)
    if reading.n_rejected:
        most = ", ".join(f"{n} x {why}" for why, n in reading.rejected_by_reason.most_common(5))
        notes.append(f"rows that were set aside: {reading.n_rejected} ({most})")
    return result, books, notes


def replayed(snapshot: Path) -> tuple[dict[str, Any], list[str]]:
    """The answer of a snapshot made again, and in what it differs from the one that was given."""
    telemetry, tables, options, before = snapshots.load(snapshot)
    now = orjson.loads(orjson.dumps(oversee(telemetry, tables, options)))
    return now, sorted(key for key in {*now, *before} if now.get(key) != before.get(key))


def drafted(
    run: dict[str, Any],
    books: Books,
    told: dict[str, str],
    *,
    day: date,
    known_on: date | None,
    asked_on: Sequence[date],
    show_identity: bool,
) -> dict[str, Any]:
    """The draft of a report of one run, with what is due when."""
    pack = next(pack for pack in shipped.packs() if pack.id == REPORT_PACK)
    rule = next(rule for rule in shipped.rules() if rule.id == shipped.form().rule)
    known = [books.customers[name] for name in run["accounts"] if name in books.customers]
    started, ended = (
        datetime.fromtimestamp(run[name] / 1e6, UTC).date() for name in ("started_us", "ended_us")
    )
    devices = max(
        ((job["hardware"], job["n_devices"]) for job in run["jobs"]), key=lambda pair: pair[1]
    )
    written = draft(
        shipped.form(),
        record=known[0] if known else None,
        operations=None if run["flop"] is None else quantity_from(run["flop"]),
        started_on=started,
        ends_on=ended,
        hardware=f"{devices[1]} x {devices[0]}" if devices[0] else "",
        told=told,
        show_identity=show_identity,
    )
    due = clocks(pack, day, known_on=known_on or ended, asked_on=asked_on)
    return {
        "schema": "stillwatch.training-report/1",
        "run_id": run["run"],
        "day": str(day),
        "standing": rule.on(day).said,
        "doubt": rule.doubt,
        "n_accounts": len(run["accounts"]),
        "n_records": len(known),
        **written,
        "clocks": [
            {"day": str(one.day), "what": one.what, "days_left": one.days_left} for one in due
        ],
    }


def _matches(path: Path | None) -> list[Match]:
    if path is None:
        return []
    told = read_json(path)
    if not isinstance(told.get("matches"), list):
        raise BadInput("is no result of `cloud match --json`.", where=str(path))
    return [match_from(one) for one in told["matches"]]
