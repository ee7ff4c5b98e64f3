"""Book: a case as its entries leave it. Nothing is ever overwritten; the latest is read.

A pure fold: the same entries give the same case, on any machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stillwatch.attribute import entries as kinds
from stillwatch.attribute.entries import MATTER, Entry
from stillwatch.attribute.exclusions import Excluded, tried
from stillwatch.model.errors import BadInput
from stillwatch.model.finding import Finding, finding_from


@dataclass(frozen=True)
class Case:
    """Everything about one campaign.

    Args:
        entries: all of them, in order, the chain checked.
    """

    entries: tuple[Entry, ...]

    @property
    def id(self) -> str:
        """``case:`` and the digits of the campaign's first id."""
        return case_id(str(self.entries[0].body["record"]["id"]))

    @property
    def campaign(self) -> str:
        """The campaign's id in the latest result."""
        return str(self.record["id"])

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """Body of the latest result: ``record``, ``source``, ``findings``, ``not_looked``."""
        return self._last(kinds.OPENED, kinds.UPDATED) or {}

    @property
    def record(self) -> Mapping[str, Any]:
        """The campaign as ``detect`` last told it, without content."""
        return dict(self.result["record"])

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Findings of the latest result, then those that were added, each once."""
        told = [finding_from(f) for f in self.result["findings"]]
        told += [finding_from(e.body["finding"]) for e in self.of(kinds.FINDING)]
        return tuple({f.id: f for f in told}.values())

    @property
    def added(self) -> tuple[Entry, ...]:
        """Findings that persons added."""
        return tuple(self.of(kinds.FINDING))

    @property
    def decisions(self) -> Mapping[str, Any] | None:
        """What control last knew about the campaign; None where no log was given."""
        return self._last(kinds.DECISIONS)

    @property
    def exclusions(self) -> tuple[Excluded, ...]:
        """The exclusions as they stand; tried before all else."""
        seen = self.decisions
        answers = [{**e.body, "by": e.by} for e in self.of(kinds.ANSWER)]
        return tried(self.record["claims"], seen and seen["agreements"], answers)

    @property
    def closed_by(self) -> Excluded | None:
        """The exclusion that closes the case, if one applies."""
        return next((x for x in self.exclusions if x.status == "applies"), None)

    @property
    def proposed(self) -> Entry | None:
        """The organisation that was last proposed; its name stands in the entry alone."""
        return next(iter(reversed(self.of(kinds.PROPOSED))), None)

    @property
    def own_refs(self) -> frozenset[str]:
        """Refs of everything of ours that a partner may have heard: case, results, findings."""
        told = [e.body for e in self.entries if "record" in e.body]
        refs = {self.id, *(e.id for e in self.entries), *(f.id for f in self.findings)}
        refs |= {str(ref) for b in told for ref in (b["record"]["id"], b["source"].get("result"))}
        refs |= {str(f["id"]) for b in told for f in b["findings"]}
        return frozenset(refs)

    @property
    def names(self) -> tuple[str, ...]:
        """All names that were ever proposed."""
        return tuple(dict.fromkeys(str(e.body["name"]) for e in self.of(kinds.PROPOSED)))

    @property
    def covers(self) -> str:
        """Id of the last entry that changes what a person would sign."""
        return next(e.id for e in reversed(self.entries) if e.kind in MATTER)

    @property
    def head(self) -> Entry:
        """The last entry, records of reports aside."""
        return next(e for e in reversed(self.entries) if e.kind != kinds.NAMED)

    def of(self, kind: str) -> list[Entry]:
        """Entries of one kind, in order."""
        return [e for e in self.entries if e.kind == kind]

    def next(self, kind: str, body: Mapping[str, Any], *, made_us: int, by: str = "") -> Entry:
        """The entry that would come after these."""
        last = self.entries[-1]
        return Entry(n=last.n + 1, kind=kind, made_us=made_us, by=by, body=body, before=last.id)

    def _last(self, *wanted: str) -> Mapping[str, Any] | None:
        return next((e.body for e in reversed(self.entries) if e.kind in wanted), None)


def case_of(entries: Iterable[Entry]) -> Case:
    """Fold entries into a case.

    Raises:
        BadInput: there is none, the first opens nothing, one is missing, or the chain breaks.
    """
    listed = tuple(entries)
    if not listed or listed[0].kind != kinds.OPENED:
        raise BadInput("the case has no entry that opens it.", where="case")
    before = ""
    for number, entry in enumerate(listed, 1):
        if entry.n != number or entry.before != before:
            raise BadInput(
                f"entry {number} is missing, doubled or out of place.",
                where="case",
                remedy="Keep the folder as evidence and restore a copy whose chain is whole.",
            )
        before = entry.id
    return Case(listed)


def case_id(campaign: str) -> str:
    """The id of the case about a campaign.

    >>> case_id("campaign:72d4678a82bd")
    'case:72d4678a82bd'
    """
    return f"case:{campaign.partition(':')[2]}"
