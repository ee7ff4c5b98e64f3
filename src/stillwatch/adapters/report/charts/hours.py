"""Hour of the week: the campaign's strip above the benign one, on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from stillwatch.adapters.report import words
from stillwatch.adapters.report.charts.svg import figures, join

N_HOURS = 168
N_SHADES = 8
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def shares(value: object) -> list[float]:
    """168 shares that sum to 1 (or to 0), Monday 00:00 UTC first."""
    given = figures(value, N_HOURS)
    total = sum(given)
    return [share / total for share in given] if total > 0 else given


def moved_share(one: Sequence[float], other: Sequence[float]) -> float:
    """Share of one strip that would have to move to another hour to match the other."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / 2


def shade(share: float, top: float) -> int:
    """Shade from 0 (nothing) to ``N_SHADES`` (the highest hour of both strips)."""
    if share <= 0 or top <= 0:
        return 0
    return max(1, min(N_SHADES, round(share / top * N_SHADES)))


def hours_chart(given: Mapping[str, Any]) -> Markup:
    """Two 7 x 24 strips with one scale, and a sentence that compares them."""
    campaign, benign = shares(given.get("campaign")), shares(given.get("benign"))
    top = max(campaign + benign, default=0.0)
    moved = words.percent(moved_share(campaign, benign), 0)
    scale = join(Markup('<i class="h{}"></i>').format(k) for k in range(N_SHADES + 1))
    return (
        Markup('<div class="strips">{}{}</div>').format(
            _strip("This campaign", campaign, top), _strip("Benign traffic", benign, top)
        )
        + Markup(
            '<p class="scale"><span>0%</span><span class="ramp" aria-hidden="true">{}</span>'
            "<span>{} of the week in one hour</span></p>"
        ).format(scale, words.percent(top))
        + Markup(
            '<p class="note">{} of the campaign\'s exchanges would have to move to another hour '
            "to match benign traffic. Hours are UTC; they say when, never where.</p>"
        ).format(moved)
    )


def _strip(name: str, values: Sequence[float], top: float) -> Markup:
    peak = max(range(N_HOURS), key=lambda hour: values[hour])
    days = join(Markup("<span>{}</span>").format(day) for day in DAYS)
    cells = join(
        Markup(
            '<rect class="h{}" x="{}" y="{}" width="9.2" height="9.2"><title>{}: {}</title></rect>'
        ).format(
            shade(share, top), hour % 24 * 10, hour // 24 * 10, _hour(hour), words.percent(share, 2)
        )
        for hour, share in enumerate(values)
    )
    label = f"{name}: busiest hour {_hour(peak)} UTC with {words.percent(values[peak])} of the week"
    return Markup(
        '<div class="strip"><p class="panel-name">{} <span>busiest {}</span></p>'
        '<div class="strip-body"><div class="days" aria-hidden="true">{}</div>'
        '<svg viewBox="0 0 240 70" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
        '<div class="clock" aria-hidden="true"><span>00</span><span>06</span><span>12</span>'
        "<span>18</span><span>24</span></div></div></div>"
    ).format(name, _hour(peak), days, label, cells)


def _hour(hour: int) -> str:
    return f"{DAYS[hour // 24]} {hour % 24:02d}:00"
