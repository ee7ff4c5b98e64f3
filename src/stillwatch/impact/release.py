"""Release: how well the day is known on which a model came out, and what that adds to a lag.

A lag is a difference of days. Where a day is not known to the day, the interval of each lag that
rests on it is widened at both ends by what the day may be off; nothing is said to be likelier
inside. What a model's own table says of its day is taken as told, for it is its writer's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from stillwatch.model.errors import BadInput

#: months by which a day may be off, by how well it is known.
MARGINS: Final[Mapping[str, float]] = {"day": 0.0, "as told": 0.0, "month": 0.5, "unsourced": 1.0}
#: what a reader is told of such a day; the others need no word.
DOUBTS: Final[Mapping[str, str]] = {
    "month": "sources differ by up to half a month",
    "unsourced": "no source was found",
}
#: no model that such a table could hold came out before or will have come out after.
FIRST_DAY: Final = date(2015, 1, 1)
LAST_DAY: Final = date(2100, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """When a model came out, and who says so.

    Args:
        model: name.
        released: the day that is reckoned with.
        precision: ``day`` (sources agree within two days), ``month`` (they differ by up to half a
            month), ``unsourced`` (nobody was found who says so) or ``as told`` (a user's table).
        source: address; empty for an unsourced day.
        note: what the source is.

    Raises:
        BadInput: the precision is unknown, or a sourced day has no source.
    """

    model: str
    released: date
    precision: str
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a day that claims more than it has."""
        if self.precision not in MARGINS:
            raise BadInput(f"the precision {self.precision[:20]!r} is unknown.", where=self.model,
                           remedy=f"Known: {', '.join(MARGINS)}.")  # fmt: skip
        if (self.precision == "unsourced") == bool(self.source):
            raise BadInput("a day has a source or is unsourced.", where=self.model)

    @property
    def margin_months(self) -> float:
        """By how much the day may be off."""
        return MARGINS[self.precision]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "model": self.model, "released": self.released.isoformat(),
            "precision": self.precision, "margin_months": self.margin_months,
            "source": self.source, "note": self.note,
        }  # fmt: skip


def doubt_of(models: Iterable[str], releases: Mapping[str, Release], margin: float) -> str:
    """What a reader must know of the days that a lag rests on; empty where all are known.

    Args:
        models: on whose days it rests.
        releases: of these, as far as they are told.
        margin: months by which its interval was widened.
    """
    told = [f"{name} ({DOUBTS[releases[name].precision]})" for name in models
            if name in releases and releases[name].precision in DOUBTS]  # fmt: skip
    if not told:
        return ""
    return f"rests on the day of {' and '.join(told)}, so wider by {margin:.1f} months each way"
