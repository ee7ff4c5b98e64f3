"""Numbers, times and odds in plain words."""

from __future__ import annotations

import math
from datetime import UTC, datetime

#: the signs for "less than zero" and "no number".
MINUS, NONE = "\u2212", "\u2013"
_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_ODDS_CAP_BITS = 50.0
_HUGE = 1e16


def number(value: object) -> float | None:
    """The value as a finite float, or None where it is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        real = float(value)
    except OverflowError:
        return None
    return real if math.isfinite(real) else None


def count(value: object) -> str:
    """A count with thousands marked: ``12,345``."""
    real = number(value)
    if real is None:
        return "unknown"
    return f"{round(real):,}" if abs(real) < _HUGE else f"{real:.2e}"


def big(value: object) -> str:
    """A count as one would say it: ``3.4 billion``, ``12,345``."""
    real = number(value)
    if real is None:
        return "an unknown number of"
    if abs(real) >= _HUGE:
        return f"{real:.2e}"
    for scale, name in _SCALES:
        if abs(real) >= scale:
            digits = 0 if abs(real) >= 100 * scale else 1
            shown = f"{real / scale:.{digits}f}".removesuffix(".0")
            return f"{shown} {name}"
    return f"{round(real):,}"


def bits(value: object) -> str:
    """Weight of evidence with its sign kept: ``14.2``; a true minus below zero."""
    real = number(value)
    if real is None:
        return NONE
    shown = f"{real:.1f}" if abs(real) < _HUGE else f"{real:.2e}"
    return shown.replace("-", MINUS)


def percent(value: object, digits: int = 1) -> str:
    """A share (0 to 1) in per cent; never rounded to all or to nothing.

    >>> percent(0.9999961), percent(0.00001), percent(1.0)
    ('over 99.9%', 'under 0.1%', '100%')
    """
    real = number(value)
    if real is None:
        return "unknown"
    if not -1e-9 <= real <= 1 + 1e-9:
        return "no valid share"
    real = min(max(real, 0.0), 1.0)
    if real in (0.0, 1.0):
        return f"{100 * real:.0f}%"
    step = 10.0**-digits
    if 0 < real < 1 and 100 * real > 100 - step:
        return f"over {100 - step:.{digits}f}%"
    if 0 < 100 * real < step:
        return f"under {step:.{digits}f}%"
    return f"{100 * real:.{digits}f}%"


def rank(value: object) -> str:
    """A percentile (0 to 1) in per cent, cut off and never rounded up.

    >>> rank(0.99997), rank(0.41)
    ('99.99%', '41%')
    """
    real = number(value)
    if real is None:
        return "an unknown part"
    shown = f"{math.floor(min(max(real, 0.0), 1.0) * 1e4 + 1e-9) / 100:.2f}"
    return shown.rstrip("0").rstrip(".") + "%"


def odds(value_bits: float) -> str:
    """By how much ``value_bits`` (of either sign) changes the odds, in words.

    >>> odds(3.0)
    '8'
    >>> odds(31.4)
    'about 2.8 billion'
    """
    if abs(value_bits) > _ODDS_CAP_BITS:
        return "more than a thousand trillion"
    times = 2.0 ** abs(value_bits)
    if times < 10:
        return f"{times:.2g}"
    return f"about {big(float(f'{times:.2g}'))}"


def moment(value: object) -> datetime | None:
    """The ISO 8601 text as an aware UTC time, or None where it is none."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(when: datetime) -> str:
    """``3 May 2026``."""
    return f"{when.day} {when:%b} {when.year:04d}"


def minute(when: datetime) -> str:
    """``3 May 2026 14:05``, in UTC."""
    return f"{day(when)} {when:%H:%M}"


def lasting(seconds: float) -> str:
    """A length of time in its largest fitting unit: ``6 hours``, ``12 days``."""
    if seconds > 1e13:
        return "an unknown time"
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            amount = f"{seconds / size:.1f}".removesuffix(".0")
            return f"{amount} {name}{'' if amount == '1' else 's'}"
    return f"{seconds:g} seconds"


def plural(n: object, one: str, many: str = "") -> str:
    """``1 account``, ``12 accounts``."""
    return f"{count(n)} {one if number(n) == 1 else many or one + 's'}"
