"""Document: the report as plain values, from which every form of it is made.

Everything that a page, a PDF, a STIX bundle or a program shows stands here once, so that all of
them say the same. The organisation's name stands in it only where it is handed in, and any other
text that holds a proposed name is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stillwatch.attribute.bands import BANDS
from stillwatch.attribute.book import Case
from stillwatch.attribute.claims import QUESTIONS, judge
from stillwatch.attribute.deadlines import deadlines_of
from stillwatch.attribute.entries import NOTE
from stillwatch.attribute.factors import factors_of
from stillwatch.attribute.likelihoods import Likelihoods, counted_for
from stillwatch.attribute.limits import limits_of
from stillwatch.attribute.naming import NOT_NAMED, WITHHELD, Naming, without_names
from stillwatch.attribute.parts import parts_of, term_of
from stillwatch.attribute.ranking import rank
from stillwatch.attribute.sensitivity import sensitivity_of
from stillwatch.attribute.signoffs import plain
from stillwatch.attribute.summary import summary_of
from stillwatch.attribute.wording import CERTIFICATION, METHOD
from stillwatch.model.finding import Finding

SCHEMA = "stillwatch.case-report/1"


def document_of(
    case: Case,
    table: Likelihoods,
    naming: Naming,
    *,
    error_rates: Mapping[str, Any],
    shown_name: str = "",
    enacted_us: int | None = None,
) -> dict[str, Any]:
    """The report of a case.

    Args:
        case: what is reported.
        table: likelihoods.
        naming: where the case stands with a name.
        error_rates: how often the search errs, dated, as shipped.
        shown_name: the organisation's name, where it may be shown and was asked for.
        enacted_us: a day on which the bill is supposed to be enacted.

    Returns:
        Plain values; the same case gives the same values.
    """
    record, head = case.record, case.head
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "case": case.id, "campaign": case.campaign,
        "as_of": iso(head.made_us), "as_of_us": head.made_us, "head": head.id,
        "covers": case.covers, "n_entries": head.n,
        "opened_at": iso(case.entries[0].made_us),
        "numbers": _numbers(record),
        "window": {"from": record["first_seen"], "to": record["last_seen"]},
        "detected_at": record["detected_at"],
        "exclusions": [x.to_json() for x in case.exclusions],
        "closed_by": case.closed_by.title if case.closed_by else None,
        "exhibits": [_exhibit(n, f) for n, f in enumerate(case.findings, 1)],
        "bands": [b.to_json() for b in BANDS],
        "decisions": None if case.decisions is None else dict(case.decisions),
        "history": [
            {"n": e.n, "kind": e.kind, "made_at": iso(e.made_us), "by": e.by, "id": e.id}
            for e in case.entries if e.n <= head.n
        ],
        "n_notes": len(case.of(NOTE)),
        "source": dict(case.result["source"]),
        "limits": limits_of(record, case.findings, case.result["not_looked"]),
        "deadlines": _dated(deadlines_of(us(record["last_seen"]), head.made_us, enacted_us)),
        "error_rates": dict(error_rates), "method": list(METHOD),
        "certification": list(CERTIFICATION),
        "likelihoods": {"made_on": table.made_on, "worlds": table.worlds, "temper": table.temper},
        "naming": naming.to_json(),
    }  # fmt: skip
    told |= _judged(case, table) if case.closed_by is None else _closed()
    hidden = [name for name in case.names if plain(name) != plain(shown_name)]
    told = dict(without_names(told, case.names))
    # The id of a finding is a digest of its text: who has it could try names until one fits.
    told = dict(without_names(told, _ids_of_withheld(told["exhibits"])))
    told["organisation"] = shown_name or NOT_NAMED
    told["summary"] = without_names(summary_of(told), hidden)
    return told


def iso(moment_us: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(moment_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def us(moment: str) -> int:
    """RFC 3339 as microseconds since 1970."""
    return round(datetime.fromisoformat(moment).timestamp() * 1e6)


def _judged(case: Case, table: Likelihoods) -> dict[str, Any]:
    record, findings = case.record, case.findings
    blind = case.result["not_looked"]
    rivals = record["rivals"]
    ranking = rank(findings, table, not_looked=blind, rivals=rivals)
    parts = parts_of(record["claims"], findings, case.exclusions)
    authorised = next(p["status"] for p in parts if p["part"] == "unauthorised")
    about = {case.campaign, "" if case.proposed is None else str(case.proposed.body["party"])}
    mine = tuple(f for f in findings if f.about in about)
    return {
        "parts": parts,
        "term": term_of(parts, case.exclusions, techniques=record["techniques"], best=ranking.best),
        "claims": [
            judge(
                q,
                mine,
                n_alike=table.n_alike,
                n_blind=len(blind),
                counted=counted_for(q.claim, mine, table, blind),
            ).to_json()
            for q in QUESTIONS
        ],
        "ranking": ranking.to_json(),
        "sensitivity": sensitivity_of(findings, table, not_looked=blind, rivals=rivals),
        "factors": factors_of(findings, case.exclusions, blind, authorised=authorised),
    }


def _closed() -> dict[str, Any]:
    return {
        "parts": [], "claims": [], "ranking": None, "sensitivity": None, "factors": [],
        "term": {"term": "none: the case is closed", "why_not_more": ["an exclusion applies"]},
    }  # fmt: skip


def _numbers(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "n_accounts": len(record["accounts"]), "n_exchanges": record["n_exchanges"],
        "output_tokens": record["output_tokens"], "reasoning_tokens": record["reasoning_tokens"],
        "weight_bits": record["weight_bits"], "fdr": record["fdr"],
        "techniques": list(record["techniques"]), 
        "models": [
            {"model": model, "share": share} for model, share in sorted(record["models"].items())
        ],
    }  # fmt: skip


def _exhibit(number: int, finding: Finding) -> dict[str, Any]:
    value = finding.value
    return {
        "exhibit": f"E-{number}", "id": finding.id, "about": finding.about,
        "claim": finding.claim.value, "family": finding.family, "method": finding.method,
        "observed": finding.observed, "unit": value.unit,
        **{k: round(getattr(value, k), 1) + 0.0 for k in ("best", "low", "high")},
        "evidence": list(finding.evidence), "caveats": list(finding.caveats),
        "from": iso(finding.window[0]), "to": iso(finding.window[1]),
    }  # fmt: skip


def _ids_of_withheld(exhibits: list[dict[str, Any]]) -> list[str]:
    return [e["id"] for e in exhibits if WITHHELD in e.values() or WITHHELD in e["caveats"]]


def _dated(told: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {**{k: v for k, v in row.items() if k != "due_us"},
         "due": None if row["due_us"] is None else iso(row["due_us"])[:10]}
        for row in told["rows"]
    ]  # fmt: skip
    return {**told, "rows": rows}
