"""Times: microseconds since 1970-01-01 UTC, and how STIX writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from stillwatch.model.errors import BadInput

HOUR_US: Final = 3_600_000_000
MILLISECOND_US: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def stamp(moment_us: int) -> str:
    """A moment as STIX writes it, to the millisecond.

    >>> stamp(1_780_000_000_123_456)
    '2026-05-28T20:26:40.123Z'

    Raises:
        BadInput: it is beyond the calendar.
    """
    try:
        moment = _EPOCH + timedelta(microseconds=moment_us - moment_us % MILLISECOND_US)
    except OverflowError as error:
        raise BadInput(f"{moment_us} is no moment of the calendar.") from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(text: object) -> int:
    """Microseconds of a time as RFC 3339 writes it; a time without a zone is refused.

    >>> moment_of("2026-05-28T20:26:40.123Z")
    1780000000123000

    Raises:
        BadInput: it is no such time.
    """
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput("a time is none, or has no zone.", remedy="Write it as RFC 3339 does.")
    return (moment - _EPOCH) // timedelta(microseconds=1)
