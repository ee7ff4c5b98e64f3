"""Line charts as SVG files that read alike on light and dark pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from pathlib import Path

import numpy as np
import numpy.typing as npt

COLOURS = ("#00735c", "#b84a00", "#0a66a8", "#7047a8", "#8a6400", "#a83a72", "#55606a")
_DARK = ("#2fbf9f", "#f08a4b", "#5aaee8", "#b294e6", "#d1a32f", "#e07fb0", "#aab4bd")
_W, _H, _LEFT, _TOP, _BOTTOM = 400, 260, 58, 34, 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a panel: points in the units of its axes, drawn solid or dashed."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    is_peer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One chart. ``ticks`` and ``marks`` are places and labels of the axes."""

    title: str
    x_title: str
    y_title: str
    lines: Sequence[Line]
    ticks: Sequence[tuple[float, str]]
    marks: Sequence[tuple[float, str]]
    log_x: bool = False
    diagonal: bool = False


def draw(panels: Sequence[Panel], path: Path, alt: str) -> None:
    """Write panels beside one another, two in a row, with one legend.

    Args:
        panels: charts whose lines of one name mean one thing.
        path: the file.
        alt: what it shows, in words.
    """
    names = list(dict.fromkeys(line.name for panel in panels for line in panel.lines))
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    n_legend = -(-len(names) // columns)
    width, height = columns * _W, rows * _H + 22 * n_legend + 16
    style = "".join(
        f".c{k}{{stroke:{colour};fill:none}}.d{k}{{fill:{colour}}}"
        for k, colour in enumerate(COLOURS)
    )
    dark = "".join(
        f".c{k}{{stroke:{colour}}}.d{k}{{fill:{colour}}}" for k, colour in enumerate(_DARK)
    )
    body = "".join(
        f'<g transform="translate({k % columns * _W},{k // columns * _H})">{_panel(p, names)}</g>'
        for k, p in enumerate(panels)
    )
    legend = "".join(
        _entry(name, k, names, panels, (columns, rows * _H + 8)) for k, name in enumerate(names)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(alt)}"><style>'
        "text{font:12px system-ui,sans-serif;fill:#33393f}.t{font-weight:600}"
        ".axis{stroke:#8a939b;stroke-width:1;fill:none}.grid{stroke:#8a939b;stroke-opacity:.25}"
        f"path{{stroke-width:2}}.peer{{stroke-dasharray:5 4}}{style}"
        f"@media(prefers-color-scheme:dark){{text{{fill:#d5dbe0}}{dark}}}</style>"
        f"{body}{legend}</svg>\n",
        encoding="utf-8",
    )


def _panel(panel: Panel, names: list[str]) -> str:
    right, low = _W - 16, _H - _BOTTOM
    xs = [place for place, _ in panel.ticks]
    ys = [place for place, _ in panel.marks]

    def across(value: float) -> float:
        at, first, last = (log10(v) if panel.log_x else v for v in (value, xs[0], xs[-1]))
        return _LEFT + (min(max(at, first), last) - first) / (last - first) * (right - _LEFT)

    def up(value: float) -> float:
        share = (min(max(value, ys[0]), ys[-1]) - ys[0]) / (ys[-1] - ys[0])
        return low - share * (low - _TOP)

    parts = [f'<text class="t" x="{_LEFT}" y="20">{escape(panel.title)}</text>']
    for place, label in panel.marks:
        y = up(place)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for place, label in panel.ticks:
        parts.append(
            f'<text x="{across(place):.1f}" y="{low + 16}" text-anchor="middle">{label}</text>'
        )
    parts.append(f'<path class="axis" d="M{_LEFT} {_TOP}V{low}H{right}"/>')
    middle = (_LEFT + right) / 2
    parts.append(
        f'<text x="{middle}" y="{_H - 10}" text-anchor="middle">{escape(panel.x_title)}</text>'
        f'<text transform="translate(13,{(_TOP + low) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(panel.y_title)}</text>"
    )
    if panel.diagonal:
        ends = f"M{across(xs[0]):.1f} {up(ys[0]):.1f}L{across(xs[-1]):.1f} {up(ys[-1]):.1f}"
        parts.append(f'<path class="axis peer" d="{ends}"/>')
    for line in panel.lines:
        told = [f"{across(x):.1f} {up(y):.1f}" for x, y in zip(line.x, line.y, strict=True)]
        kind = f"c{names.index(line.name) % len(COLOURS)}{' peer' if line.is_peer else ''}"
        parts.append(f'<path class="{kind}" d="M{"L".join(told)}"/>')
    return "".join(parts)


def _entry(
    name: str, k: int, names: list[str], panels: Sequence[Panel], place: tuple[int, int]
) -> str:  # fmt: skip
    """A line of the legend; ``place`` is how many stand in a row, and where the first row is."""
    peer = any(line.is_peer for p in panels for line in p.lines if line.name == name)
    x, y = _LEFT + k % place[0] * 330, place[1] + k // place[0] * 22
    kind = f"c{names.index(name) % len(COLOURS)}{' peer' if peer else ''}"
    return (
        f'<path class="{kind}" d="M{x} {y}h26"/>'
        f'<text x="{x + 34}" y="{y + 4}">{escape(name)}</text>'
    )


def calibration_picture(
    p_values: Mapping[str, npt.NDArray[np.float64]], path: Path
) -> None:  # fmt: skip
    """How often innocent models come below a level, against the level: on or under the diagonal.

    Args:
        p_values: by statistic, of models that did not learn from ours.
        path: the file.
    """
    levels = np.geomspace(1e-3, 1, 40)
    lines = []
    for name, values in p_values.items():
        shares = [max(float((values <= level).mean()), 10**-3.5) for level in levels]
        lines.append(
            Line(name=name, x=[log10(v) for v in levels], y=[log10(s) for s in shares],
                 is_peer=name.startswith("peer"))
        )  # fmt: skip
    ticks = [(-3.0, "0.001"), (-2.0, "0.01"), (-1.0, "0.1"), (0.0, "1")]
    draw(
        [Panel(title="Innocent models that come below p", x_title="p", y_title="share of models",
               lines=lines, ticks=ticks, marks=ticks, diagonal=True)],
        path,
        "Share of innocent models with a p-value below a level, against the level. Exact tests "
        "lie on the diagonal, bounds under it; the z over all tokens lies far above.",
    )  # fmt: skip
