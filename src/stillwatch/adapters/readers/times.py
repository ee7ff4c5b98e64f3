"""Times in logs become microseconds since 1970-01-01 UTC.

Text is RFC 3339 or ISO 8601 with any offset; without an offset it is UTC.
Numbers are told apart by size: below 1e8 they are no time, below 1e11 seconds,
below 1e14 milliseconds, below 1e17 microseconds, and nanoseconds above. Only the
years 1970 to 2199 are times; anything else is a default value or a mistake.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGITS = re.compile(r"\d{9,19}(\.\d+)?", re.ASCII)
_LEAP = re.compile(r"(T\d\d:\d\d):60(\.\d+)?", re.ASCII)

#: exclusive upper end of what counts as a time: 2200-01-01.
LATEST_US = 7_258_118_400_000_000

#: below this a number is not taken for a time.
SMALLEST_NUMBER = 10**8


def time_us(value: Any) -> int | None:
    """Microseconds since 1970 UTC, or None where the value is no time.

    >>> time_us("2026-06-10T14:00:00+02:00") == time_us(1781092800)
    True
    >>> time_us("yesterday") is None
    True
    """
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _from_number(value)


def _from_number(value: int | float) -> int | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value < SMALLEST_NUMBER:
        return None
    if value < 10**11:
        found = round(value * 1_000_000)
    elif value < 10**14:
        found = round(value * 1_000)
    elif value < 10**17:
        found = int(value)
    else:
        found = int(value) // 1_000
    return _in_range(found)


def _from_text(value: str) -> int | None:
    if _DIGITS.fullmatch(value):
        return _from_number(float(value) if "." in value else int(value))
    if "-" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        try:
            found = datetime.fromisoformat(_LEAP.sub(r"\1:59\2", value))
        except ValueError:
            return None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return _in_range((aware - _EPOCH) // _MICROSECOND)


def _in_range(found: int) -> int | None:
    return found if 0 <= found < LATEST_US else None
