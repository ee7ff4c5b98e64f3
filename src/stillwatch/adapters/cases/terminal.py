"""``stillwatch case show``: a case on a terminal, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console

from stillwatch.adapters.report import words
from stillwatch.adapters.report.writer import Writer


def render_case(
    document: Mapping[str, Any],
    console: Console,
    *,
    notes: Iterable[Mapping[str, Any]] = (),
    names: Iterable[str] = (),
) -> None:
    """Print a case.

    Args:
        document: of the schema ``stillwatch.case-report/1``.
        console: where to.
        notes: notes that were asked for.
        names: proposed names that were asked for.
    """
    _Writer(console).case(document, list(notes), tuple(names))


class _Writer(Writer):
    def case(
        self, d: Mapping[str, Any], notes: list[Mapping[str, Any]], names: tuple[str, ...]
    ) -> None:
        self.line(f"{d['case']}  about {d['campaign']}", indent=0, style="bold")
        self.line(f"as of {d['as_of']}, {d['n_entries']} entries, last {d['head']}", indent=0)
        self.part("Summary")
        for sentence in d["summary"]:
            self.line(sentence)
        self.part("Exclusions, tried first")
        for x in d["exclusions"]:
            self.line(f"{x['title']}: {x['status']}. {x['why']}")
        if d["closed_by"] is None:
            self._judged(d)
        self.part("Findings")
        for e in sorted(d["exhibits"], key=lambda e: -e["best"] if e["unit"] == "bit" else -1e9):
            weight = f"{words.bits(e['best'])} bits" if e["unit"] == "bit" else (
                f"{words.count(e['best'])} {e['unit']}s"
            )  # fmt: skip
            self.line(f"{e['exhibit']:>5}  {weight}  {e['claim']}, {e['family']}: {e['observed']}")
        self.part("Organisation")
        self.line(d["organisation"])
        for lack in d["naming"]["lacks"]:
            self.line(f"lacks: {lack}")
        for one in d["naming"]["signed"]:
            counts = "counts" if one["counts"] else f"does not count: {one['why']}"
            self.line(f"{one['name']} {one['verdict']} as {one['role']}; {counts}")
        for name in names:
            self.line(f"proposed: {name}")
        self._rest(d, notes)

    def _judged(self, d: Mapping[str, Any]) -> None:
        self.part(f"The four parts: {d['term']['term']}")
        for p in d["parts"]:
            self.line(f"{p['title']}: {p['status']}. {p['why']}")
        self.part("Rival accounts: bits by which the charge predicts the findings better")
        for r in d["ranking"]["ranked"]:
            bits = r["against_it"]
            self.line(
                f"{words.bits(bits['best']):>6} ({words.bits(bits['low'])} to"
                f" {words.bits(bits['high'])})  {r['title']}"
            )
        self.part("What it hangs on")
        for row in d["sensitivity"]["without"]:
            self.line(
                f"{row['title']}: one hand is {row['word']}, best account"
                f" {row['best_title'].lower()}"
            )
        self.part("Factors of H.R. 8283 (introduced, not law)")
        for f in d["factors"]:
            self.line(f"{f['clause']} {f['asks']}: {f['status']}. {f['why']}")

    def _rest(self, d: Mapping[str, Any], notes: list[Mapping[str, Any]]) -> None:
        self.part("Decisions")
        known = d["decisions"]
        if known is None:
            self.line("No log of decisions was given: could not look.")
        else:
            for x in known["decisions"]:
                undone = ", taken back" if x["undone"] else ""
                self.line(f"{x['control']} about {x['about']} by {x['by']} {x['name']}{undone}")
            a = known["appeals"]
            self.line(f"appeals: {a['open']} open, {a['granted']} granted, {a['upheld']} upheld")
        self.part("Limitations")
        for limit in d["limits"]:
            self.line(limit["says"])
        if notes:
            self.part("Notes")
            for note in notes:
                self.line(f"{note['n']} {note['by']}: {note['text']}")
