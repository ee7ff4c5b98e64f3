"""Clock: times of logs in a zone, with the hours that a change of clocks repeats or leaves out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stillwatch.adapters.readers.times import time_us
from stillwatch.model.errors import BadSettings


class Clock:
    """Reads times; those without an offset are of one zone.

    Args:
        zone: name in the IANA database, such as ``Europe/Berlin``; empty is UTC.

    Attributes:
        n_repeated: times in an hour that came twice; the earlier was taken, or the later where
            only that follows what went before.
        n_left_out: times in an hour that never came; they were taken as if clocks had not changed.

    Raises:
        BadSettings: there is no such zone.
    """

    def __init__(self, zone: str = "") -> None:
        try:
            self._zone = ZoneInfo(zone) if zone else None
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise BadSettings(
                "--time-zone", f"{zone[:60]!r} is no zone of the IANA database."
            ) from error
        self.n_repeated = self.n_left_out = 0

    def us(self, value: Any, *, after_us: int = 0) -> int | None:
        """Microseconds since 1970-01-01 UTC, or nothing where the value is no time.

        Args:
            value: of the log.
            after_us: a moment that it cannot lie before.

        >>> Clock("Europe/Berlin").us("2026-07-01T14:00:00") == Clock().us("2026-07-01T12:00:00")
        True
        """
        if self._zone is None or not isinstance(value, str):
            return time_us(value)
        try:
            found = datetime.fromisoformat(value.strip())
        except ValueError:
            return time_us(value)
        if found.tzinfo is not None or "-" not in value:
            return time_us(value)
        first, second = (found.replace(tzinfo=self._zone, fold=fold) for fold in (0, 1))
        taken = first
        if first.utcoffset() != second.utcoffset():
            back = first.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None)
            if back == found:
                self.n_repeated += 1
                told = time_us(first.isoformat())
                taken = second if told is not None and told < after_us else first
            else:
                self.n_left_out += 1
        return time_us(taken.isoformat())
