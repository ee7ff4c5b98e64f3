"""Accounts and exchanges over time: three small panels over one time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from stillwatch.adapters.report import words
from stillwatch.adapters.report.charts.svg import figures, join, num

_MAX_BUCKETS = 180
_MAX_STEPS = 200_000
_N_TICKS = 5
_WIDTH = 1000.0
_HEIGHT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Counts in equal steps; ``active`` is the highest of a bucket, the others sums."""

    start: datetime | None
    step_s: float
    active: list[float]
    new: list[float]
    blocked: list[float]
    exchanges: list[float]

    @property
    def n(self) -> int:
        """Number of buckets."""
        return len(self.active)

    def when(self, position: float) -> datetime | None:
        """The time at a position counted in buckets, None where it is not known."""
        if self.start is None:
            return None
        try:
            return self.start + timedelta(seconds=position * self.step_s)
        except OverflowError:
            return None


def read_buckets(given: Mapping[str, Any]) -> Buckets:
    """The contract's series, merged so that at most 180 buckets are drawn."""
    names = ("active", "new", "blocked", "exchanges")
    n_steps = min(max((len(figures(given.get(k))) for k in names), default=0), _MAX_STEPS)
    merged = max(1, -(-n_steps // _MAX_BUCKETS))
    series = {name: figures(given.get(name), n_steps) for name in names}
    cuts = range(0, n_steps, merged)
    step_s = words.number(given.get("step_s")) or 0.0
    return Buckets(
        start=words.moment(given.get("start")) if step_s > 0 else None,
        step_s=step_s * merged,
        active=[max(series["active"][k : k + merged]) for k in cuts],
        new=[sum(series["new"][k : k + merged]) for k in cuts],
        blocked=[sum(series["blocked"][k : k + merged]) for k in cuts],
        exchanges=[sum(series["exchanges"][k : k + merged]) for k in cuts],
    )


def series_chart(given: Mapping[str, Any], detected_at: object) -> Markup:
    """Three panels: active accounts, new and blocked accounts, exchanges.

    Args:
        given: ``pictures.accounts_over_time`` of the contract.
        detected_at: ISO time of the dashed line, drawn where it falls inside.

    Returns:
        Markup of the panels, the axis and one line that says the step.
    """
    buckets = read_buckets(given)
    mark = _mark(buckets, detected_at)
    top_active, top_sent = max(buckets.active, default=0), max(buckets.exchanges, default=0)
    top_new = max(buckets.new, default=0)
    tips = _tips(buckets)
    panels = (
        ("Active accounts", f"up to {words.count(top_active)}", "tall", _area(buckets.active)),
        (
            "New accounts (up) and blocked accounts (down)",
            f"up to {words.count(top_new)} new, {words.count(sum(buckets.blocked))} blocked in all",
            "short",
            _up_and_down(buckets),
        ),
        (
            "Exchanges",
            f"up to {words.count(top_sent)}, {words.big(sum(buckets.exchanges))} in all",
            "short",
            _bars(buckets.exchanges, _HEIGHT, -(_HEIGHT - 4), "sent", top_sent),
        ),
    )
    drawn = join(_panel(*panel, mark, tips) for panel in panels)
    step = words.lasting(buckets.step_s) if buckets.step_s > 0 else "an unknown time"
    return (
        drawn
        + _axis(buckets)
        + Markup('<p class="note">Each step is {}. {} Times are UTC.</p>').format(
            step, _said(buckets, mark)
        )
    )


def _panel(
    title: str, summary: str, size: str, shapes: Markup, mark: float | None, tips: Markup
) -> Markup:
    line = Markup('<line class="cross{}" x1="{}" x2="{}" y1="0" y2="100"></line>').format(
        "" if mark is not None else " off", num(mark or 0.0), num(mark or 0.0)
    )
    return Markup(
        '<div class="panel {}"><p class="panel-name">{} <span>{}</span></p>'
        '<svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label="{}: {}">'
        "{}{}{}</svg></div>"
    ).format(size, title, summary, title, summary, shapes, line, tips)


def _area(values: Sequence[float]) -> Markup:
    top = max(values, default=0.0) or 1.0
    width = _WIDTH / max(len(values), 1)
    steps = [
        f"L{num(k * width)} {num(_HEIGHT - v / top * 96)}H{num((k + 1) * width)}"
        for k, v in enumerate(values)
    ]
    path = f"M0 100{''.join(steps)}V100Z" if steps else ""
    return Markup('<path class="area" d="{}"></path>').format(path)


def _bars(values: Sequence[float], base: float, reach: float, name: str, top: float) -> Markup:
    width = _WIDTH / max(len(values), 1)
    gap = 0.18 * width
    boxes = [
        f"M{num(k * width + gap / 2)} {num(base)}h{num(width - gap)}v{num(v / top * reach)}"
        f"h{num(gap - width)}Z"
        for k, v in enumerate(values)
        if top > 0 and v > 0
    ]
    return Markup('<path class="bar-{}" d="{}"></path>').format(name, "".join(boxes))


def _up_and_down(buckets: Buckets) -> Markup:
    """New accounts above a line, blocked ones below, on one scale that fills the panel."""
    up, down = max(buckets.new, default=0.0), max(buckets.blocked, default=0.0)
    base = 4 + (_HEIGHT - 8) * (up / (up + down) if up + down else 1.0)
    axis = Markup('<path class="zero" d="M0 {}H1000"></path>').format(num(base))
    return (
        _bars(buckets.new, base, 4 - base, "new", up)
        + _bars(buckets.blocked, base, _HEIGHT - 4 - base, "blocked", down)
        + axis
    )


def _tips(buckets: Buckets) -> Markup:
    width = _WIDTH / max(buckets.n, 1)
    return join(
        Markup(
            '<rect class="tip" x="{}" y="0" width="{}" height="100"><title>{}: {} active, '
            "{} new, {} blocked, {} exchanges</title></rect>"
        ).format(
            num(k * width),
            num(width),
            _label(buckets, k, to_minute=True),
            words.count(buckets.active[k]),
            words.count(buckets.new[k]),
            words.count(buckets.blocked[k]),
            words.count(buckets.exchanges[k]),
        )
        for k in range(buckets.n)
    )


def _mark(buckets: Buckets, detected_at: object) -> float | None:
    when = words.moment(detected_at)
    if when is None or buckets.start is None or buckets.n == 0:
        return None
    share = (when - buckets.start).total_seconds() / (buckets.step_s * buckets.n)
    return _WIDTH * share if 0 <= share <= 1 else None


def _said(buckets: Buckets, mark: float | None) -> str:
    if mark is None:
        return "When the evidence crossed the threshold is not in this picture."
    line = "The dashed line marks when the evidence so far had crossed the threshold."
    total = sum(buckets.exchanges)
    if total <= 0:
        return line
    whole, part = divmod(mark / _WIDTH * buckets.n, 1.0)
    before = sum(buckets.exchanges[: int(whole)])
    before += part * sum(buckets.exchanges[int(whole) : int(whole) + 1])
    return f"{line} About {words.percent(before / total, 0)} of the exchanges were sent before it."


def _label(buckets: Buckets, position: float, *, to_minute: bool) -> str:
    when = buckets.when(position)
    if when is None:
        return f"step {position:g}"
    return words.minute(when) if to_minute else f"{when.day} {when:%b}"


def _axis(buckets: Buckets) -> Markup:
    short = buckets.step_s * buckets.n < 4 * 86400
    labels = [
        _label(buckets, round(buckets.n * k / (_N_TICKS - 1), 2), to_minute=short)
        for k in range(_N_TICKS)
    ]
    return Markup('<div class="axis" aria-hidden="true">{}</div>').format(
        join(Markup("<span>{}</span>").format(label) for label in labels)
    )
