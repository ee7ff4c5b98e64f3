"""Charts of an estimate as images of their own, alike on the page and in the PDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, floor, log10
from typing import Any, Final

from markupsafe import Markup, escape

from stillwatch.adapters.cases.pictures import image
from stillwatch.adapters.impact.telling import (
    TITLES,
    lag_span,
    number,
    says_something,
    span,
    world_span,
)
from stillwatch.adapters.report.visible import visible

INK, SOFT, LINE, GROUND = "#1c2227", "#55606a", "#d5d9dc", "#f3f6f8"
BLUE, PALE, ORANGE = "#1d5c86", "#7ba8c6", "#b84a00"
_WIDE: Final = 760.0
_FONT: Final = "font-family='DejaVu Sans, sans-serif'"
_SVG: Final = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}">{}</svg>'
N_SWINGS: Final = 7


def _text(x: float, y: float, told: object, *, size: float = 12, fill: str = INK,
          anchor: str = "start", bold: bool = False) -> str:  # fmt: skip
    weight = " font-weight='bold'" if bold else ""
    return (f"<text x='{x:.1f}' y='{y:.1f}' {_FONT} font-size='{size:g}' fill='{fill}' "
            f"text-anchor='{anchor}'{weight}>{escape(told)}</text>")  # fmt: skip


def _rect(x: float, y: float, wide: float, high: float, fill: str, radius: float = 0) -> str:
    return (f"<rect x='{x:.1f}' y='{y:.1f}' width='{max(wide, 0.5):.1f}' height='{high:.1f}' "
            f"rx='{radius:g}' fill='{fill}'/>")  # fmt: skip


def _line(x0: float, y0: float, x1: float, y1: float, stroke: str, dash: str = "") -> str:
    more = f" stroke-dasharray='{dash}'" if dash else ""
    return (f"<line x1='{x0:.1f}' y1='{y0:.1f}' x2='{x1:.1f}' y2='{y1:.1f}' stroke='{stroke}'"
            f"{more}/>")  # fmt: skip


def _mark(x: float | None, y: float, low: float, high: float, *, fill: str = BLUE) -> str:
    """An interval as a bar with its best value, if any, as a dot; all are places on the axis."""
    bar = _rect(low, y - 4, high - low, 8, PALE if fill == BLUE else "#e0b48f", 4)
    if x is None:
        return bar
    return bar + f"<circle cx='{x:.1f}' cy='{y:.1f}' r='6' fill='{fill}' stroke='#fff'/>"


def four(quantities: Sequence[Mapping[str, Any]]) -> Markup:
    """The four quantities, each on an axis of its own: they have no unit in common."""
    parts, y = [], 0.0
    for one in quantities:
        value = one["value"]
        parts.append(_text(0, y + 20, TITLES[one["name"]], size=13, bold=True))
        parts.append(_rect(0, y + 34, _WIDE, 22, GROUND, 4))
        if value is None:
            parts.append(_text(_WIDE / 2, y + 49, "could not say", fill=SOFT, anchor="middle"))
            y += 86
            continue
        parts.append(_text(_WIDE, y + 20, span(value), size=13, anchor="end"))
        if value["unit"] == "share":
            at, ends = _linear(0.0, 1.0, 12, _WIDE - 12), (0.0, 1.0)
        else:
            at, ends = _logs(value, 12, _WIDE - 12)
        parts.append(_mark(at(value["best"]), y + 45, at(value["low"]), at(value["high"])))
        for nth, end in enumerate(ends):
            parts.append(_text(nth * _WIDE, y + 70, number(end, value["unit"]), size=10, fill=SOFT,
                               anchor="end" if nth else "start"))  # fmt: skip
        y += 86
    alt = "; ".join(f"{TITLES[q['name']]}: {span(q['value'])}" for q in quantities)
    return image(_SVG.format(_WIDE, y, "".join(parts)), alt=str(escape(alt)))


def _linear(low: float, high: float, left: float, right: float) -> Callable[[float], float]:
    return lambda x: left + (x - low) / max(high - low, 1e-12) * (right - left)


def _logs(
    value: Mapping[str, Any], left: float, right: float
) -> tuple[Callable[[float], float], tuple[float, float]]:
    """A log axis over whole powers of ten around an interval; zero stands at its left end."""
    top = max(value["high"], 1.0)
    least = min(x for x in (value["low"], value["best"], top) if x > 0) if top > 0 else 1.0
    low, high = floor(log10(max(least, 1e-3))), floor(log10(top)) + 1
    if value["low"] <= 0:
        low -= 1
    place = _linear(low, high, left, right)
    return (lambda x: left if x <= 0 else place(max(log10(x), low))), (
        0.0 if value["low"] <= 0 else 10.0**low, 10.0**high)  # fmt: skip


def suites(told: Mapping[str, Any]) -> Markup:
    """Months behind the frontier, a row for each suite: how much the choice of it decides."""
    rows = [one for one in told["suites"] if one["lag"] is not None]
    if not rows:
        return Markup("")
    most = max(*(one["lag"]["high"] for one in rows), 9.0) + 1.0
    left, row = 235.0, 46.0
    at, high = _linear(0.0, most, left, _WIDE - 20), 34 + row * len(rows)
    parts = []
    for month in range(0, int(most) + 1, max(2, ceil(most / 12))):
        parts.append(_line(at(month), 22, at(month), high, LINE))
        parts.append(_text(at(month), 14, f"{month}", size=11, fill=SOFT, anchor="middle"))
    parts.append(_text(0, 14, "months behind the frontier", size=11, fill=SOFT))
    for nth, one in enumerate(rows):
        y, lag = 46 + row * nth, one["lag"]
        fill = ORANGE if one["told_by"] == "vendor" else BLUE
        parts.append(_text(0, y, visible(one["suite"], 34), size=12, bold=True))
        by = {"vendor": "told by its maker", "independent": "told by others"}
        parts.append(_text(0, y + 15, by.get(one["told_by"], one["told_by"]), size=10, fill=SOFT))
        parts.append(_mark(at(lag["best"]), y + 2, at(lag["low"]), at(lag["high"]), fill=fill))
        floor_ = one["at_least_share"] > 0.5
        if floor_:
            x = at(max(lag["high"], lag["best"])) + 8
            parts.append(f"<path d='M{x:.1f} {y - 3:.1f}l9 5l-9 5' fill='none' stroke='{fill}' "
                         "stroke-width='2'/>")  # fmt: skip
        told_number = f"{'≥ ' if floor_ else ''}{lag['best']:.1f}"
        parts.append(_text(at(lag["best"]), y + 20, told_number, size=11, anchor="middle"))
    alt = "; ".join(f"{visible(one['suite'], 60)}: {lag_span(one)}" for one in rows)
    return image(_SVG.format(_WIDE, high + 6, "".join(parts)), alt=str(escape(alt)))


def tornado(swings: Sequence[Mapping[str, Any]], unit: str) -> Markup:
    """Which assumption moves the best value how far, the widest first."""
    rows = list(swings)[:N_SWINGS]
    if not rows:
        return Markup("")
    ends = [x for one in rows for x in (one["at_low"], one["at_high"], one["best"])]
    low, high = min(ends), max(ends)
    room = 0.08 * max(high - low, 1e-12)
    left, row = 235.0, 40.0
    at = _linear(low - room, high + room, left, _WIDE - 70)
    parts, bottom = [], 22 + row * len(rows)
    middle = at(rows[0]["best"])
    for nth, one in enumerate(rows):
        y = 22 + row * nth
        a, b = sorted((at(one["at_low"]), at(one["at_high"])))
        parts.append(_text(0, y + 14, one["key"].replace("_", " "), size=12, bold=True))
        parts.append(_text(0, y + 28, one["origin"], size=10, fill=SOFT))
        parts.append(_rect(a, y + 2, max(middle - a, 0), 18, PALE))
        parts.append(_rect(middle, y + 2, max(b - middle, 0), 18, BLUE))
        small, large = sorted((one["at_low"], one["at_high"]))
        parts.append(_text(a - 5, y + 15, number(small, unit), size=10, fill=SOFT, anchor="end"))
        parts.append(_text(b + 5, y + 15, number(large, unit), size=10, fill=SOFT))
    parts.append(_line(middle, 16, middle, bottom, INK, "3 3"))
    parts.append(_text(middle, 11, number(rows[0]["best"], unit), size=11, anchor="middle"))
    alt = "; ".join(f"{one['key']}: {number(one['at_low'], unit)} to "
                    f"{number(one['at_high'], unit)}" for one in rows)  # fmt: skip
    return image(_SVG.format(_WIDE, bottom + 4, "".join(parts)), alt=str(escape(alt)))


def with_and_without(worlds: Sequence[Mapping[str, Any]]) -> Markup:
    """Share of the gap in each world that could have been."""
    left, row = 255.0, 34.0
    at, bottom = _linear(0.0, 1.0, left, _WIDE - 20), 30 + row * len(worlds)
    parts = []
    for tenth in range(0, 11, 2):
        x = at(tenth / 10)
        parts.append(_line(x, 22, x, bottom, LINE))
        parts.append(_text(x, 14, f"{10 * tenth}%", size=11, fill=SOFT, anchor="middle"))
    for nth, one in enumerate(worlds):
        y, value = 42 + row * nth, one["uplift"]
        parts.append(
            _text(0, y + 4, one["name"], size=12, bold=one["name"].endswith("(as it was)"))
        )
        fill = ORANGE if one["name"].endswith("(as it was)") else BLUE
        ends = at(value["low"]), at(value["high"])
        best = at(value["best"]) if says_something(value) else None
        parts.append(_mark(best, y, *ends, fill=fill))
    alt = "; ".join(f"{one['name']}: {world_span(one['uplift'])}" for one in worlds)
    return image(_SVG.format(_WIDE, bottom + 4, "".join(parts)), alt=str(escape(alt)))
