"""Pictures of a rehearsal as inline SVG: who learned what, who is found, and false alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any, Final

from markupsafe import Markup

from stillwatch.lab.distilling.evidence import NAIVE, TESTS

Row = Mapping[str, Any]
_LEFT, _WIDE, _ROW, _TOP = 210.0, 520.0, 22.0, 30.0
_RIGHT: Final = 120.0
#: where the axis of p-values ends; what is smaller stands at its end.
_FLOOR: Final = 40.0
#: a text test is a filled sign, its sibling on probabilities a hollow one.
_SIGNS: Final = {
    "canaries, text": "canaries", "canaries, open": "canaries open",
    "served pairs, text": "pairs", "served pairs, open": "pairs open",
    "marks, text": "marks", "marks, open": "marks open", NAIVE: "naive",
}  # fmt: skip


def accuracies(rows: Sequence[Row]) -> Markup:
    """A bar a student: share of problems that it has right, with its interval."""
    parts = [_grid([0.0, 0.1, 0.25, 0.5, 0.75, 1.0], len(rows), lambda x: f"{x:.0%}", lambda x: x)]
    for i, row in enumerate(rows):
        y = _TOP + _ROW * i
        right = row["accuracy"]
        ends = [_LEFT + _WIDE * right[name] for name in ("low", "best", "high")]
        kind = _kind(row)
        parts.append(_name(row, y))
        parts.append(
            Markup(
                '<rect class="{}" x="{}" y="{}" width="{}" height="13"></rect>'
                '<line class="range" x1="{}" x2="{}" y1="{y}" y2="{y}"></line>'
                '<text class="value" x="{}" y="{}">{}</text>'
            ).format(
                kind, _LEFT, y, _short(max(ends[1] - _LEFT, 1.0)), _short(ends[0]),
                _short(ends[2]), _LEFT + _WIDE + 8, y + 11, _said(row), y=y + 6.5,
            )
        )  # fmt: skip
    return _picture(parts, len(rows), "Share of problems that each student has right")


def p_values(rows: Sequence[Row]) -> Markup:
    """A sign for each test of a student on a log axis, smaller p-values to the right."""
    ticks = [0.0, 1.0, 3.0, 6.0, 10.0, 20.0, 30.0, _FLOOR]
    parts = [_grid(ticks, len(rows), lambda x: f"1e-{x:.0f}" if x else "1", _along)]
    for i, row in enumerate(rows):
        y = _TOP + _ROW * i + 6.5
        parts.append(_name(row, y - 6.5))
        for test in (*TESTS, NAIVE):
            tens = min(-log10(max(row["p"][test], 1e-300)), _FLOOR)
            x = _LEFT + _WIDE * _along(tens)
            parts.append(
                Markup("<g><title>{}: p = {}</title>{}</g>").format(
                    test, shown(row["p"][test]), _sign(test, x, y)
                )
            )
        parts.append(
            Markup('<text class="value" x="{}" y="{}">{}</text>').format(
                _LEFT + _WIDE + 14, y + 4, row["verdict"]
            )
        )
    return _picture(parts, len(rows), "p-values of each test for each student")


def legend() -> Markup:
    """What the signs of :func:`p_values` are."""
    items = [
        Markup('<span><svg viewBox="0 0 16 14" aria-hidden="true">{}</svg>{}</span>').format(
            _sign(test, 8, 7), test
        )
        for test in (*TESTS, NAIVE)
    ]
    return Markup('<p class="legend">{}</p>').format(Markup("").join(items))


def false_alarms(rows: Sequence[Row]) -> Markup:
    """A bar a test: share of wrong keys that accuse the innocent at 0.01, beside that level."""
    high = max(0.02, *(level["high_95"] for row in rows for level in row["levels"][1:2])) * 1.05
    step = 0.01 if high < 0.08 else 0.05 if high < 0.4 else 0.1
    ticks = [step * k for k in range(int(high / step) + 1)]
    if 0.01 not in ticks:
        ticks.insert(1, 0.01)
    parts = [_grid(ticks, len(rows), lambda x: f"{x:.0%}", lambda x: x / high)]
    for i, row in enumerate(rows):
        y, told = _TOP + _ROW * i, row["levels"][1]
        ends = [_LEFT + _WIDE * told[name] / high for name in ("low_95", "share", "high_95")]
        parts.append(
            Markup(
                '<text class="name" x="{}" y="{}">{}</text>'
                '<rect class="{}" x="{}" y="{}" width="{}" height="13"></rect>'
                '<line class="range" x1="{}" x2="{}" y1="{m}" y2="{m}"></line>'
                '<text class="value" x="{}" y="{}">{} of {}</text>'
            ).format(
                _LEFT - 8, y + 11, row["test"], "valid" if row["valid"] else "invalid", _LEFT, y,
                _short(max(ends[1] - _LEFT, 1.0)), _short(ends[0]), _short(ends[2]),
                _LEFT + _WIDE + 8, y + 11, told["n"], row["n_keys"], m=y + 6.5,
            )
        )  # fmt: skip
    return _picture(parts, len(rows), "False alarms at a level of 1%")


def shown(p: float) -> str:
    """A p-value in a few signs; below 1e-10 the whole power of ten above it.

    >>> shown(0.26), shown(3e-5), shown(3e-12)
    ('0.26', '1e-4.5', '1e-11')
    """
    if p >= 0.01:
        return f"{p:.2f}"
    return f"1e{log10(p):.1f}" if p >= 1e-10 else f"1e{int(log10(p))}"


def _along(tens: float) -> float:
    """Where a power of ten stands on the axis, 0 to 1: small ones have more room."""
    return float((tens / _FLOOR) ** 0.5)


def _kind(row: Row) -> str:
    if row["innocent"]:
        return "innocent"
    return "attacked" if row["attacks"] else "plain" if row["defence"] == "none" else "defended"


def _said(row: Row) -> str:
    right = row["accuracy"]
    return f"{right['best']:.0%} ({right['low']:.0%}-{right['high']:.0%})"


def _name(row: Row, y: float) -> Markup:
    return Markup('<text class="name" x="{}" y="{}">{}<title>{}</title></text>').format(
        _LEFT - 8, y + 11, row["name"], row["line"]
    )


def _grid(ticks: Sequence[float], n_rows: int, words: Any, place: Any) -> Markup:
    lines = [
        Markup(
            '<line class="grid" x1="{x}" x2="{x}" y1="{}" y2="{}"></line>'
            '<text class="tick" x="{x}" y="{}">{}</text>'
        ).format(
            _TOP - 8, _TOP + _ROW * n_rows - 4, _TOP - 13, words(tick),
            x=_short(_LEFT + _WIDE * place(tick)),
        )
        for tick in ticks
    ]  # fmt: skip
    return Markup("").join(lines)


def _sign(test: str, x: float, y: float) -> Markup:
    kind, at = _SIGNS[test], {"x": _short(x), "y": _short(y)}
    if test == NAIVE:
        shape = '<path class="{kind}" d="M{a} {b}L{c} {d}M{a} {d}L{c} {b}"></path>'
        at = {"a": _short(x - 4), "c": _short(x + 4), "b": _short(y - 4), "d": _short(y + 4)}
    elif test.startswith("canaries"):
        shape = '<path class="{kind}" d="M{x} {t}L{r} {b}L{l} {b}Z"></path>'
        at |= {"t": _short(y - 5), "b": _short(y + 4), "l": _short(x - 5), "r": _short(x + 5)}
    elif test.startswith("served"):
        shape = '<circle class="{kind}" cx="{x}" cy="{y}" r="4.4"></circle>'
    else:
        shape = '<rect class="{kind}" x="{l}" y="{t}" width="8" height="8"></rect>'
        at |= {"l": _short(x - 4), "t": _short(y - 4)}
    return Markup(shape).format(kind=kind, **at)


def _picture(parts: Sequence[Markup], n_rows: int, label: str) -> Markup:
    wide, high = _LEFT + _WIDE + _RIGHT, _TOP + _ROW * n_rows + 6
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(wide, high, label, Markup("").join(parts))


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
