"""Telling: quantities and intervals in the words of screen and page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stillwatch.adapters.report import words
from stillwatch.adapters.report.visible import visible
from stillwatch.impact.quantities import SAYS_NOTHING
from stillwatch.impact.release import DOUBTS

TITLES: Final[Mapping[str, str]] = {
    "attempts": "Attempts",
    "answers": "Answers that came",
    "usable_tokens": "Tokens fit to train on",
    "uplift": "Ability, share of the gap",
}
_MANY: Final[Mapping[str, str]] = {
    "exchange": "exchanges", "token": "tokens", "month": "months", "point": "points",
    "decision": "decisions", "appeal": "appeals", "account": "accounts", "hour": "hours",
}  # fmt: skip


def number(value: float, unit: str) -> str:
    """A value with its unit, as one would say it.

    >>> number(0.346, "share"), number(1234567, "token"), number(2.55, "month")
    ('35%', '1.2 million', '2.5')
    """
    if unit == "share":
        return words.percent(value, 0) if 0 <= value <= 1 else f"{100 * value:.0f}%"
    if unit == "usd":
        return usd(value)
    if unit in ("month", "hour"):
        return f"{value:.1f}"
    if unit == "point":
        return f"{value:+.0f}".replace("-", words.MINUS)
    return words.big(value)


def usd(value: float) -> str:
    """Dollars: whole from ten on, cents below, mills where there are none.

    >>> usd(0), usd(0.0042), usd(3.2), usd(48_000), usd(5_576_000)
    ('$0', '$0.0042', '$3.20', '$48,000', '$5.6 million')
    """
    if value == 0:
        return "$0"
    if abs(value) < 0.01:
        return f"${value:.2g}"
    if abs(value) < 10:
        return f"${value:.2f}"
    return f"${words.big(value)}"


def span(value: Mapping[str, Any] | None, *, none: str = "could not say") -> str:
    """A best value and its interval; one number where it was counted.

    >>> span({"best": 10.0, "low": 5.0, "high": 20.0, "unit": "exchange"})
    '10 exchanges (5 to 20)'
    >>> span({"best": 1.0, "low": 1.0, "high": 1.0, "unit": "decision"})
    '1 decision'
    >>> span(None)
    'could not say'
    """
    if value is None:
        return none
    best, low, high, unit = value["best"], value["low"], value["high"], value["unit"]
    many = unit if best == 1 and unit in _MANY else _MANY.get(unit, "")
    shown = [number(x, unit) for x in (best, low, high)]
    if len(set(shown)) == 1:
        return f"{shown[0]} {many}".strip()
    return f"{f'{shown[0]} {many}'.strip()} ({shown[1]} to {shown[2]})"


def world_span(value: Mapping[str, Any]) -> str:
    """A share of the gap in one world; no best value where the interval says nothing.

    >>> world_span({"best": 0.01, "low": 0.0, "high": 1.0, "unit": "share"})
    'could not say (0% to 100%)'
    """
    if not says_something(value):
        low, high = (number(value[end], value["unit"]) for end in ("low", "high"))
        return f"could not say ({low} to {high})"
    return span(value)


def says_something(value: Mapping[str, Any]) -> bool:
    """Whether the interval of a share leaves anything out that is worth telling."""
    return bool(value["high"] - value["low"] <= SAYS_NOTHING)


def lag_span(one: Mapping[str, Any]) -> str:
    """A lag in months; said as a floor where the table does not reach back in most draws.

    What is not sure of the days that it rests on stands behind it.
    """
    if one["lag"] is None:
        return visible(one["why_not"], 400)
    doubt = f"; {visible(one['doubt'], 400)}" if one["doubt"] else ""
    best, low, high = (one["lag"][k] for k in ("best", "low", "high"))
    if one["at_least_share"] > 0.5:
        told = f"at least {best:.1f} months (from {low:.1f}; the table reaches no further back)"
        return told + doubt
    more = "; the table reaches no further back" if one["at_least_share"] > 0.025 else ""
    return f"{best:.1f} months ({low:.1f} to {high:.1f}{more}){doubt}"


def days(releases: Sequence[Mapping[str, Any]]) -> str:
    """How well the days are known on which the models of a table came out.

    >>> days([{"model": "A", "precision": "day"}, {"model": "B", "precision": "unsourced"}])
    'Days of release: 1 of 2 have a source to the day; B: no source was found.'
    """
    if any(one["precision"] == "as told" for one in releases):
        return "Days of release are the table's own word."
    known = sum(one["precision"] == "day" for one in releases)
    rest = [f"; {visible(one['model'], 60)}: {DOUBTS[one['precision']]}" for one in releases
            if one["precision"] in DOUBTS]  # fmt: skip
    return f"Days of release: {known} of {len(releases)} have a source to the day{''.join(rest)}."
