"""The page on runs: one HTML file that opens offline, with the runs drawn against time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from math import log10
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from stillwatch.adapters.pages import environment_of
from stillwatch.adapters.report.visible import visible

#: runs that are drawn and told in full; the JSON holds all.
N_RUNS = 40
_LEFT, _WIDE, _ROW = 150.0, 760.0, 26.0


def render(result: Mapping[str, Any], *, title: str = "Training runs") -> str:
    """The whole page.

    Args:
        result: the contract ``stillwatch.runs/1``.
        title: of the page.
    """
    runs = list(result["runs"])[:N_RUNS]
    return (
        _environment()
        .get_template("cloud.html")
        .render(
            title=title,
            result=result,
            runs=runs,
            n_more=len(result["runs"]) - len(runs),
            picture=timeline(runs),
            headline=headline(result),
        )
    )


def headline(result: Mapping[str, Any]) -> str:
    """What a reader must know first, in a sentence."""
    runs = result["runs"]
    n_matched = sum(run["word"] == "matched" for run in runs)
    n_bound = sum(any(rule["binds"] for rule in run["rules"]) for run in runs)
    told = [f"{len(runs)} training run{'s' if len(runs) != 1 else ''}"]
    told.append(f"{n_bound} above a threshold that is in force on {result['day']}")
    told.append(f"{n_matched} matched to a campaign")
    return ", ".join(told) + "."


def timeline(runs: Sequence[Mapping[str, Any]]) -> Markup:
    """Runs as rows, their jobs as bars; a join is a line between bars. Time goes right, UTC."""
    if not runs:
        return Markup("")
    start = min(run["started_us"] for run in runs)
    end = max(start + 3_600_000_000, *(run["ended_us"] for run in runs))
    scale = _WIDE / (end - start)
    parts = []
    for day, x in _days(start, end, scale):
        parts.append(
            Markup('<line class="day" x1="{0}" x2="{0}" y1="16" y2="{1}"></line>').format(
                x, 20 + _ROW * len(runs)
            )
            + Markup('<text class="date" x="{}" y="11">{}</text>').format(x + 2, day)
        )
    for row, run in enumerate(runs):
        y = 22 + _ROW * row
        parts.append(
            Markup('<text class="name" x="0" y="{}">{} · {}</text>').format(
                y + 13, short(run["run"]), power(run["flop"])
            )
        )
        accounts = {name: i for i, name in enumerate(run["accounts"])}
        binding = " binds" if any(rule["binds"] for rule in run["rules"]) else ""
        last: float | None = None
        for job in run["jobs"]:
            x = _LEFT + (job["started_us"] - start) * scale
            wide = max(1.5, (job["ended_us"] - job["started_us"]) * scale)
            if last is not None and x > last:
                parts.append(
                    Markup('<line class="join" x1="{}" x2="{}" y1="{y}" y2="{y}"></line>').format(
                        round(last, 1), round(x, 1), y=y + 8
                    )
                )
            parts.append(
                Markup(
                    '<rect class="{}{} shade{}" x="{}" y="{}" width="{}" height="16">'
                    "<title>job {}, account {}, {} devices, {} to {}</title></rect>"
                ).format(
                    run["word"], binding, accounts[job["account"]] % 6, round(x, 1), y,
                    round(wide, 1),
                    visible(job["job"], 60), visible(job["account"], 60), job["n_devices"],
                    moment(job["started_us"]), moment(job["ended_us"]),
                )
            )  # fmt: skip
            last = x + wide
    high = 30 + _ROW * len(runs)
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="Runs against time">{}</svg>'
    ).format(_LEFT + _WIDE + 6, high, Markup("").join(parts))


def _days(start: int, end: int, scale: float) -> list[tuple[str, float]]:
    day = 86_400_000_000
    n = max(1, (end - start) // day)
    step = max(1, -(-n // 9)) * day
    first = -(-start // day) * day
    return [
        (moment(at)[:10], round(_LEFT + (at - start) * scale, 1))
        for at in range(first, end - int(60 / scale), step)
    ]


def short(run: str) -> str:
    """The start of a run's id."""
    return run.removeprefix("run:")[:8]


def power(flop: Mapping[str, Any] | None) -> str:
    """An amount of FLOP in a few signs.

    >>> power({"best": 1.23e21}), power(None)
    ('1.2e21', 'unknown')
    """
    if flop is None or flop["best"] <= 0:
        return "unknown"
    exponent = int(log10(flop["best"]))
    return f"{flop['best'] / 10**exponent:.1f}e{exponent}"


def span(flop: Mapping[str, Any] | None) -> str:
    """An amount of FLOP with its interval."""
    if flop is None:
        return "could not look"
    low, high = power({"best": flop["low"]}), power({"best": flop["high"]})
    return f"{power(flop)} FLOP ({low} to {high})"


def links_said(links: Sequence[Mapping[str, Any]]) -> str:
    """How sure the joins of a run are, in words."""
    totals = [sum(link["bits"].values()) for link in links]
    wrong = sum(1 / (1 + 2 ** min(total, 60.0)) for total in totals)
    n = len(links)
    return (
        f"{n} link{'s' if n != 1 else ''}, the weakest with {min(totals):.1f} bits; "
        f"{wrong:.2g} of them expected to be wrong"
    )


def moment(us: int) -> str:
    """A time to the minute, UTC."""
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")


@cache
def _environment() -> Environment:
    environment = environment_of("stillwatch.adapters.cloud")
    environment.filters.update(
        t=lambda value: Markup("<bdi>{}</bdi>").format(visible(value, 160)),
        links_said=links_said,
        short=short,
        span=span,
        moment=moment,
    )
    return environment
