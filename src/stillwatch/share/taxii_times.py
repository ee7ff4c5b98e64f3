"""Times as TAXII and STIX write them: RFC 3339 in UTC, here as whole nanoseconds since 1970.

Nanoseconds, because versions of an object may differ in any digit that its maker wrote.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from stillwatch.model.errors import BadInput

_FORM: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?[Zz]", re.ASCII
)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S: Final = 86_400
FIRST_NS: Final = -(2**63)
LAST_NS: Final = 2**63 - 1
"""What fits into 64 bits: the years 1678 to 2261."""


def ns_of(text: str) -> int:
    """Nanoseconds since 1970-01-01 UTC; digits beyond the ninth are cut off.

    Raises:
        BadInput: it is no time in UTC, or out of reach.

    >>> ns_of("1970-01-01T00:00:01.5Z")
    1500000000
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadInput("is no time such as 2026-01-31T12:00:00.123Z", where=text[:40])
    *parts, fraction = match.groups()
    year, month, day, hour, minute, second = map(int, parts)
    leap = second == 60
    try:
        moment = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=UTC)
    except ValueError as error:
        raise BadInput(f"is no time: {error}", where=text[:40]) from None
    past = moment - _START
    whole_s = past.days * _DAY_S + past.seconds + leap
    ns = whole_s * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))
    if not FIRST_NS <= ns <= LAST_NS:
        raise BadInput("lies outside the years 1678 to 2261", where=text[:40])
    return ns


def us_of(text: str) -> int:
    """Microseconds since 1970-01-01 UTC, rounded down.

    Raises:
        BadInput: it is no time in UTC.
    """
    return ns_of(text) // 1_000


def text_of(moment_us: int) -> str:
    """A moment with all six digits, as ``date_added`` needs them.

    >>> text_of(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    moment = _START + timedelta(microseconds=moment_us)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
