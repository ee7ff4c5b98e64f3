"""Statutes: legal bases that come and go by their own dates, whatever a marking says.

The list, as data to be checked by a lawyer before it is relied on; it is not legal advice. A
marking that names one of these needs, beside its own dates, a spell in which the statute was in
force: a permission to share that has lapsed is no permission, and a renewal is a line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from stillwatch.model.marking import LegalBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class Statute:
    """A statute that permits a release.

    Args:
        name: as markings name it.
        told: what it is.
        spells: (from, until) in microseconds since 1970-01-01 UTC, half-open, in order; ``None``
            where no end is known.
        source: where the dates stand.
    """

    name: str
    told: str
    spells: tuple[tuple[int, int | None], ...]
    source: str

    def holds(self, now_us: int) -> bool:
        """Whether it is in force at a moment."""
        return any(start <= now_us and (end is None or now_us < end) for start, end in self.spells)


#: joins the names of bases that must all hold.
AND: Final = " and "
_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

STATUTES: tuple[Statute, ...] = (
    Statute(
        name="CISA-2015",
        told="Cybersecurity Information Sharing Act of 2015, 6 U.S.C. 1501-1510",
        # 18 Dec 2015 to 30 Sep 2025, when it lapsed; 12 Nov 2025 to 30 Jan 2026, as extended.
        spells=((16_787 * _DAY_US, 20_362 * _DAY_US), (20_404 * _DAY_US, 20_484 * _DAY_US)),
        source="6 U.S.C. 1510 and the continuing appropriations of 12 Nov 2025; verify renewals",
    ),
    Statute(
        name="GDPR-6-1-f",
        told="Regulation (EU) 2016/679, Article 6(1)(f), legitimate interests; Recital 49",
        spells=((17_676 * _DAY_US, None),),
        source="Regulation (EU) 2016/679, Article 99(2): applies from 25 May 2018",
    ),
    Statute(
        name="DPA-2018-UK",
        told="UK GDPR Article 6(1)(f) with the Data Protection Act 2018",
        spells=((17_676 * _DAY_US, None),),
        source="Data Protection Act 2018, in force from 25 May 2018",
    ),
)

BY_NAME: dict[str, Statute] = {one.name: one for one in STATUTES}


def lapsed(basis: LegalBasis, now_us: int) -> str:
    """Why a basis does not hold at a moment; empty where it does."""
    if now_us < basis.from_us:
        return f"the legal basis {basis.name!r} holds only from {_day(basis.from_us)}"
    if now_us >= basis.until_us:
        return f"the legal basis {basis.name!r} lapsed on {_day(basis.until_us)}"
    for name in basis.name.split(AND):
        statute = BY_NAME.get(name)
        if statute is not None and not statute.holds(now_us):
            return _not_in_force(statute, now_us)
    return ""


def _not_in_force(statute: Statute, now_us: int) -> str:
    ends = [end for _, end in statute.spells if end is not None and end <= now_us]
    if not ends:
        return f"the statute {statute.name!r} is not in force yet"
    return f"the statute {statute.name!r} lapsed on {_day(max(ends))} and is not renewed here"


def _day(moment_us: int) -> str:
    try:
        return (_EPOCH + timedelta(microseconds=moment_us)).date().isoformat()
    except OverflowError:
        return "a day beyond the calendar"
