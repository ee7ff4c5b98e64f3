"""Signal: a measured behaviour of a group, with the family it belongs to.

A signal answers one of two questions that are never mixed: ``operator`` ("is one
hand behind these accounts?") or ``harvest`` ("are answers being collected?").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from stillwatch.stats.formula import Formula, Term

if TYPE_CHECKING:
    from stillwatch.detect.group import Group

Family = Literal["identity", "payment", "network", "timing", "content", "lifecycle"]
Question = Literal["operator", "harvest"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a signal read off one group.

    Attributes:
        bits: weight of evidence, log2 odds; negative speaks against.
        observed: what was seen, in words with numbers.
        percentile: where the group stands among nodes of the population, in [0, 1];
            None where that was not measured.
        evidence: short pointers (digests, counts) by which it can be looked up.
        terms: what the bits are the sum of, with the numbers that they follow from; kept
            only where the group asks for it, see ``terms_of``.
    """

    bits: float
    observed: str
    percentile: float | None = None
    evidence: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()


#: what a signal returns when the window cannot answer it.
NOTHING = Reading(0.0, "nothing to weigh")


def terms_of(group: Group, formula: Formula, inputs: dict[str, Any]) -> tuple[Term, ...]:
    """What a reading is a function of, where the group keeps it; nothing otherwise.

    A search weighs groups by the hundred thousand and would keep their numbers for nothing.
    """
    return (Term(formula, inputs),) if group.keeps_terms else ()


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """One entry of the list in ``families.py``.

    Attributes:
        id: published id, SWS-1 to SWS-21.
        name: unique name.
        family: what would make two signals say the same thing twice.
        question: operator or harvest.
        reads: columns without which it cannot look (exchange or account columns).
        twin: who looks the same and is innocent.
        weigh: the measurement.
        needs_any: at least one of these columns must be there as well.
        techniques: SWT ids that a positive reading points to.
        at_most: of a signal that goes through the group's exchanges one by one, the most
            bits it can give; others read running sums only and say nothing here.
    """

    id: str
    name: str
    family: Family
    question: Question
    reads: tuple[str, ...]
    twin: str
    weigh: Callable[[Group], Reading]
    needs_any: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    at_most: float | None = None

    @property
    def costly(self) -> bool:
        """Whether it goes through the group's exchanges one by one."""
        return self.at_most is not None

    def missing(self, columns: frozenset[str]) -> str | None:
        """Why the signal cannot look at a window with these columns; None if it can."""
        absent = [c for c in self.reads if c not in columns]
        if absent:
            noun = "column" if len(absent) == 1 else "columns"
            verb = "is" if len(absent) == 1 else "are"
            return f"{noun} {', '.join(absent)} {verb} absent"
        if self.needs_any and not columns.intersection(self.needs_any):
            return f"none of the columns {', '.join(self.needs_any)} is there"
        return None
