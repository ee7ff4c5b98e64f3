"""Times at the door: RFC 3339 there, microseconds inside, words on pages."""

from __future__ import annotations

from datetime import UTC, datetime

from stillwatch.control.reading import duration_us
from stillwatch.model.errors import BadInput


def iso(us: int) -> str:
    """RFC 3339 in UTC, to the second.

    >>> iso(0)
    '1970-01-01T00:00:00Z'
    """
    return f"{datetime.fromtimestamp(us / 1e6, UTC):%Y-%m-%dT%H:%M:%SZ}"


def in_words(us: int) -> str:
    """A time as people write it.

    >>> in_words(0)
    '1 January 1970, 00:00 UTC'
    """
    moment = datetime.fromtimestamp(us / 1e6, UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def end_us(told: str, now_us: int) -> int:
    """The moment that ``7d`` from now or an RFC 3339 time names.

    Raises:
        BadInput: it names none.
    """
    try:
        if told[-1:] in "smhdw":
            return now_us + duration_us(told, "until")
        moment = datetime.fromisoformat(told)
        if moment.tzinfo is None:
            raise ValueError("no offset")
        return int(moment.timestamp() * 1e6)
    except (ValueError, OverflowError):
        raise BadInput(
            "until must be a time such as 2027-01-01T00:00:00Z or a span such as 7d",
            where="until",
        ) from None
