"""Dates as lists spell them, as ISO 8601; cut where the list knows no more."""

from __future__ import annotations

import re

_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_SPELT = re.compile(r"(?:(\d{1,2})\s+)?(?:([A-Za-z]{3})[a-z]*\s+)?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2}|dd)/(\d{1,2}|mm)/(\d{4})", re.IGNORECASE)


def iso(value: str) -> str:
    """A date as ISO 8601; empty where none is in it.

    >>> iso("12 Aug 1962"), iso("circa 1970"), iso("dd/mm/1956"), iso("1971-03-02T00:00:00")
    ('1962-08-12', '1970', '1956', '1971-03-02')
    """
    value = value.strip()
    if match := re.match(r"(\d{4})(-\d{2})?(-\d{2})?", value):
        return match[0]
    if match := _SLASHED.search(value):
        day, month, year = match.groups()
        parts = [year]
        if month.isdigit() and 1 <= int(month) <= 12:
            parts.append(f"{int(month):02d}")
            if day.isdigit() and 1 <= int(day) <= 31:
                parts.append(f"{int(day):02d}")
        return "-".join(parts)
    if match := _SPELT.search(value):
        day, name, year = match.groups()
        number = _MONTHS.get((name or "").lower())
        if number is None:
            return str(year)
        return f"{year}-{number:02d}" + (f"-{int(day):02d}" if day else "")
    return ""


def american(value: str) -> str:
    """A date of the form month/day/year as ISO 8601; empty where it is none.

    >>> american("02/26/2026")
    '2026-02-26'
    """
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", value.strip())
    return f"{match[3]}-{int(match[1]):02d}-{int(match[2]):02d}" if match else iso(value)
