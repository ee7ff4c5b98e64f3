"""The page on a vendor's routes: one HTML file that opens offline, two small pictures a route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from math import log2
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from stillwatch.adapters.pages import environment_of
from stillwatch.adapters.report.visible import visible
from stillwatch.vet import Part

_WIDE, _HIGH, _LEFT, _TOP = 420.0, 130.0, 38.0, 10.0
_WORDS = {
    "concern": "Concern", "no_concern": "No concern", "undecided": "Undecided",
    "not_examined": "Not examined",
}  # fmt: skip


def render(part: Part) -> str:
    """The whole page.

    Args:
        part: of a vetting, by :class:`stillwatch.adapters.substitution.Watch`.
    """
    told = part.to_json()
    routes = told["measured"]["routes"]
    alarm_bits = log2(2.0 * len(routes) / told["measured"]["alpha"])
    return (
        _environment()
        .get_template("substitution.html")
        .render(
            part=told,
            word=_WORDS[told["outcome"]],
            routes=[
                {**one, "seldom": seldom(one), "bets": bets(one, alarm_bits),
                 "points": [point for point in told["points"] if point["where"] == one["route"]]}
                for one in routes
            ],
            alarm_bits=alarm_bits,
        )
    )  # fmt: skip


def seldom(route: Mapping[str, Any]) -> Markup:
    """Share of answers that the reference seldom gives, by stretch, with intervals."""
    stretches: Sequence[Mapping[str, Any]] = route["stretches"]
    if not stretches:
        return Markup("")
    top = min(1.0, max(0.2, *(one["seldom"]["high"] for one in stretches)) * 1.05)
    x = _across([one["start_us"] for one in stretches], [one["end_us"] for one in stretches])
    parts = _frame([(0.0, "0%"), (top / 2, f"{top / 2:.0%}"), (top, f"{top:.0%}")], top)
    for key, shift in (("usual", -2.5), ("seldom", 2.5)):
        for nth, one in enumerate(stretches):
            at, value = x[nth] + shift, one[key]
            parts.append(
                Markup('<line class="{}" x1="{x}" x2="{x}" y1="{}" y2="{}"></line>').format(
                    key, _down(value["low"], top), _down(value["high"], top), x=round(at, 1)
                )
            )
            parts.append(
                Markup(
                    '<circle class="{}" cx="{}" cy="{}" r="3"><title>{}</title></circle>'
                ).format(
                    key, round(at, 1), _down(value["best"], top),
                    f"{moment(one['start_us'])}: {value['best']:.1%} "
                    f"({value['low']:.1%} to {value['high']:.1%})",
                )
            )  # fmt: skip
    parts += _since(
        route, [one["start_us"] for one in stretches], [one["end_us"] for one in stretches]
    )
    parts += _ends(stretches[0]["start_us"], stretches[-1]["end_us"])
    return _picture(parts, "Answers that the reference seldom gives, over time")


def bets(route: Mapping[str, Any], alarm_bits: float) -> Markup:
    """Bits of the e-process over time, with the line of alarm."""
    path: Sequence[tuple[int, float]] = route["path"]
    if len(path) < 2:
        return Markup("")
    top = max(alarm_bits * 1.3, max(bits for _, bits in path) * 1.05)
    floor = min(-2.0, *(bits for _, bits in path))
    start, end = path[0][0], max(path[-1][0], path[0][0] + 1)
    drawn = " ".join(
        f"{'M' if nth == 0 else 'L'}{_LEFT + (at - start) / (end - start) * _WIDE:.1f} "
        f"{_down(bits - floor, top - floor):.1f}"
        for nth, (at, bits) in enumerate(path)
    )
    marks = [(0.0 - floor, "0"), (alarm_bits - floor, f"{alarm_bits:.0f}")]
    if top > 2 * alarm_bits:
        marks.append((top - floor, f"{top:.0f}"))
    parts = _frame(marks, top - floor)
    parts.append(
        Markup('<line class="alarm" x1="{}" x2="{}" y1="{y}" y2="{y}"></line>').format(
            _LEFT, _LEFT + _WIDE, y=_down(alarm_bits - floor, top - floor)
        )
    )
    parts.append(Markup('<path class="bets" d="{}"></path>').format(drawn))
    parts += _ends(start, path[-1][0])
    return _picture(parts, "Bits of evidence by bets, over time; the line is the alarm")


def moment(us: int) -> str:
    """A time to the minute, UTC."""
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")


def _across(starts: Sequence[int], ends: Sequence[int]) -> list[float]:
    first, last = starts[0], max(ends[-1], starts[0] + 1)
    return [
        _LEFT + ((a + b) / 2 - first) / (last - first) * _WIDE
        for a, b in zip(starts, ends, strict=True)
    ]


def _down(value: float, top: float) -> float:
    return round(_TOP + _HIGH * (1.0 - min(max(value / top, 0.0), 1.0)), 1)


def _frame(marks: Sequence[tuple[float, str]], top: float) -> list[Markup]:
    return [
        Markup('<line class="grid" x1="{}" x2="{}" y1="{y}" y2="{y}"></line>').format(
            _LEFT, _LEFT + _WIDE, y=_down(value, top)
        )
        + Markup('<text class="mark" x="{}" y="{}">{}</text>').format(
            _LEFT - 5, _down(value, top) + 3.5, said
        )
        for value, said in marks
    ]


def _since(route: Mapping[str, Any], starts: Sequence[int], ends: Sequence[int]) -> list[Markup]:
    """The interval in which the difference began."""
    began = route["began"]
    if began is None or not route["differs"]:
        return []
    first, last = starts[0], max(ends[-1], starts[0] + 1)
    low, high = (
        _LEFT + min(max((began[key] - first) / (last - first), 0.0), 1.0) * _WIDE
        for key in ("earliest_us", "latest_us")
    )
    return [
        Markup('<rect class="since" x="{}" y="{}" width="{}" height="{}"></rect>').format(
            round(low, 1), _TOP, round(max(high - low, 1.5), 1), _HIGH
        )
    ]


def _ends(start: int, end: int) -> list[Markup]:
    low = _TOP + _HIGH + 14
    return [
        Markup('<text class="date" x="{}" y="{}">{}</text>').format(_LEFT, low, moment(start)),
        Markup('<text class="date last" x="{}" y="{}">{}</text>').format(
            _LEFT + _WIDE, low, moment(end)
        ),
    ]


def _picture(parts: Sequence[Markup], label: str) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _LEFT + _WIDE + 8, _TOP + _HIGH + 20, label, Markup("").join(parts)
    )


@cache
def _environment() -> Environment:
    environment = environment_of("stillwatch.adapters.substitution")
    environment.filters.update(
        t=lambda value: Markup("<bdi>{}</bdi>").format(visible(value, 600)), moment=moment
    )
    return environment
