"""Deadlines: what a bill would ask for, and when; dated data, none of it law.

Day 0 is the day of enactment. There is none yet, so no deadline has a date unless the reader
supposes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DAY_US = 86_400_000_000
STATUS = "introduced, not law"
BILL = "H.R. 8283, 119th Congress, as introduced in the House on 15 April 2026"
#: when this list was last compared with the published summary of the bill.
AS_OF = "2026-11-25"
#: conduct that is older than this at the time of a determination is outside.
PAST_YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Deadline:
    """One duty: what, whose, and days after which event."""

    name: str
    what: str
    whose: str
    days: int
    after: str


DEADLINES: tuple[Deadline, ...] = (
    Deadline("assessment", "assessment of who extracts", "Secretary of State", 180, "enactment"),
    Deadline("report", "report and determination", "Secretary of State", 210, "enactment"),
    Deadline("report_1", "first annual report", "Secretary of State", 210 + 365, "enactment"),
    Deadline("report_2", "second annual report", "Secretary of State", 210 + 730, "enactment"),
    Deadline("report_3", "third annual report", "Secretary of State", 210 + 1095, "enactment"),
    Deadline("list_entry", "an entry on the list ends at the latest", "Secretary of State",
             5 * 365, "entry on the list"),
)  # fmt: skip


def deadlines_of(last_seen_us: int, as_of_us: int, enacted_us: int | None = None) -> dict[str, Any]:
    """The duties, with dates where an enactment is supposed, and whether conduct is recent.

    Args:
        last_seen_us: last exchange of the campaign.
        as_of_us: day of the report.
        enacted_us: a supposed day of enactment.
    """
    rows = [
        {
            "name": d.name, "what": d.what, "whose": d.whose, "days": d.days, "after": d.after,
            "due_us": enacted_us + d.days * DAY_US
            if enacted_us is not None and d.after == "enactment"
            else None,
        }
        for d in DEADLINES
    ]  # fmt: skip
    age_days = (as_of_us - last_seen_us) / DAY_US
    return {
        "bill": BILL,
        "status": STATUS,
        "as_of": AS_OF,
        "rows": rows,
        "conduct_in_past_year": age_days <= PAST_YEAR_DAYS,
        "supposed": enacted_us is not None,
    }
