"""Report: what a check found, what it could not look at, and what it saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be.

    Args:
        where: the entry, exhibit, head or file.
        what: a sentence.
        entry: number of the entry, where it is about one.
    """

    where: str
    what: str
    entry: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"where": self.where, "what": self.what, "entry": self.entry}


@dataclass(slots=True)
class Report:
    """What a check of a bundle found.

    Args:
        problems: what does not hold; none means that the bundle holds.
        not_looked: what could not be looked at, and why.
        gone: entries whose content was destroyed, with a sentence that says by whom.
        facts: counts and times that were seen.
    """

    problems: list[Problem] = field(default_factory=list)
    not_looked: list[str] = field(default_factory=list)
    gone: dict[int, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    _noted: set[Problem] = field(default_factory=set, repr=False)

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def wrong(self, where: str, what: str, entry: int | None = None) -> None:
        """Note a problem, once."""
        problem = Problem(where, what, entry)
        if problem not in self._noted:
            self._noted.add(problem)
            self.problems.append(problem)

    def wrong_entry(self, n: int, what: str) -> None:
        """Note a problem of an entry."""
        self.wrong(f"entry {n}", what, n)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "holds": self.holds,
            "problems": [problem.to_json() for problem in self.problems],
            "not_looked": self.not_looked,
            "forgotten": [{"entry": n, "what": self.gone[n]} for n in sorted(self.gone)],
            **self.facts,
        }
