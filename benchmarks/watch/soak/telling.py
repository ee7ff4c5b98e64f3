"""What a soak says: levels and their slopes, the whole run in a row, and in sentences."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from benchmarks.watch.soak.levels import by_day, level_of, without

#: what is asked to level off: column, unit.
LEVELS = (
    ("intake_mib", "MiB"), ("looking_mib", "MiB"), ("log_mib", "MiB"), ("state_mib", "MiB"),
    ("events_mib", "MiB"), ("disk_files", "files"), ("intake_open", "descriptors"),
    ("looking_open", "descriptors"), ("intake_threads", "threads"), ("redis_mib", "MiB"),
    ("pending", "entries"),
)  # fmt: skip
#: what of these goes up and down with the rows of the window, and the column that counts them.
LOADED = ("looking_mib", "log_mib", "state_mib")
LOAD = "log_exchanges"
#: values that a slope needs.
LEAST_DAYS = 6
#: days whose values are drawn together when an interval is made.
BLOCK_DAYS = 6


def level_rows(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """For everything that ought to level off, its slope over the last half."""
    times = [row for row in rows if row["kind"] == "time"]
    end = max(row["day"] for row in times)
    for name, unit in LEVELS:
        kept = [row for row in times if row["day"] >= end / 2 and row[name] is not None]
        series = [[row[column] for row in kept] for column in (name, LOAD)]
        at = [row["day"] for row in kept]
        if len({int(day) for day in at}) >= LEAST_DAYS:
            series = [by_day(at, one)[1] for one in series]
            at = sorted({float(int(day)) for day in at})
        if len(at) < LEAST_DAYS:
            continue
        found = level_of(at, series[0], BLOCK_DAYS)
        steady = level_of(at, without(at, *series), BLOCK_DAYS) if name in LOADED else found
        yield {
            "kind": "level",
            "name": name,
            "unit": unit,
            "n": found.n,
            "level": found.level,
            "noise": found.noise,
            "slope_a_day": found.slope,
            "low_95": found.low,
            "high_95": found.high,
            "steady_slope_a_day": steady.slope,
            "steady_low_95": steady.low,
            "steady_high_95": steady.high,
            "high_share_a_day": steady.high / found.level if found.level else 0.0,
            "grows": steady.low > 0,
        }


def looks_taken(rows: list[dict[str, Any]]) -> int:
    """Looks of all watchers, each of which counts from nothing."""
    n, before = 0, 0
    for row in rows:
        if row["kind"] == "time" and row["n_looks"] is not None:
            now = int(row["n_looks"])
            n += now - before if now >= before else now
            before = now
    return n


def total_row(
    rows: list[dict[str, Any]],
    exact: dict[str, Any],
    campaigns: list[dict[str, Any]],
    asked: argparse.Namespace,
) -> dict[str, Any]:
    """The whole run in one row."""
    times = [row for row in rows if row["kind"] == "time"]
    kills = [row for row in rows if row["kind"] == "kill"]
    last, wall_s = times[-1], times[-1]["wall_s"]
    return {
        "kind": "total",
        "load": sum(row["load"] for row in times) / len(times),
        "minutes": asked.minutes,
        "days": last["day"],
        **exact,
        "intake_cpu_s": last["intake_cpu_s"],
        "looking_cpu_s": last["looking_cpu_s"],
        "share_of_a_core": (last["intake_cpu_s"] + last["looking_cpu_s"]) / wall_s,
        "intake_mib": max(row["intake_mib"] for row in times),
        "looking_mib": max(row["looking_peak_mib"] or 0.0 for row in times),
        "state_mib": max(row["state_mib"] for row in times),
        "redis_mib": max(row["redis_mib"] for row in times),
        "n_looks": looks_taken(rows),
        "n_kills": len(kills),
        "serving_after_worst_s": max((row["serving_after_s"] for row in kills), default=None),
        "caught_up_after_worst_s": max((row["caught_up_after_s"] for row in kills), default=None),
        "n_campaigns": len(campaigns),
        "n_named": sum(row["n_names"] > 0 for row in campaigns),
        "n_renamed": sum(row["n_names"] > 1 for row in campaigns),
        "n_gone": sum(row["gone_day"] is not None for row in campaigns),
        "n_strangers": max((row["n_strangers"] for row in campaigns), default=0),
    }


def headlines(total: dict[str, Any], levels: list[dict[str, Any]], consistent: bool) -> list[str]:
    """What the run says, in sentences."""
    by_name = {row["name"]: row for row in levels}

    def level(name: str, what: str) -> str:
        row = by_name[name]
        return (
            f"{what} {row['level']:.1f} MiB, {row['steady_slope_a_day']:+.3f} MiB a day "
            f"({row['steady_low_95']:+.3f} to {row['steady_high_95']:+.3f})"
        )

    shown = [
        ("intake_mib", "taking"), ("looking_mib", "looking"), ("log_mib", "the log"),
        ("state_mib", "the whole state folder"), ("redis_mib", "Redis"),
    ]  # fmt: skip
    lines = [
        f"{total['days']:.0f} days of traffic in {total['minutes']:g} minutes: "
        f"{total['n_exchanges']:,} exchanges sent, {total['n_taken']:,} taken, with "
        f"{total['n_kills']} kills; {total['share_of_a_core']:.0%} of a core.",
        "In the second half, level and slope a simulated day, at a steady load: "
        + "; ".join(level(name, what) for name, what in shown if name in by_name)
        + ".",
    ]
    if total["n_kills"]:
        lines.append(
            f"After a kill it served within {total['serving_after_worst_s']:.1f} s and had taken "
            f"what waited within {total['caught_up_after_worst_s']:.1f} s."
        )
    lines.append(
        f"{total['n_named']} of {total['n_campaigns']} campaigns were named, {total['n_renamed']} "
        f"under more than one name, {total['n_gone']} gone again; {total['n_strangers']} innocent "
        f"accounts stood in any; events {'add up' if consistent else 'DO NOT ADD UP'} to what "
        "stands."
    )
    return lines
