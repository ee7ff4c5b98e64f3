"""Sensitivity: which family and which finding carry the conclusion, by leaving each out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stillwatch.attribute.claims import QUESTIONS, Judged, judge
from stillwatch.attribute.factors import name_of
from stillwatch.attribute.hypotheses import BY_NAME
from stillwatch.attribute.likelihoods import Likelihoods, counted_for
from stillwatch.attribute.ranking import Ranking, rank
from stillwatch.model.finding import Claim, Finding


def sensitivity_of(
    findings: Iterable[Finding],
    table: Likelihoods,
    *,
    not_looked: Iterable[str],
    rivals: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """What becomes of the claim of one hand and of the ranking when something is left out.

    Args:
        findings: all of the case.
        table: likelihoods.
        not_looked: signals that could not look.
        rivals: the rivals of ``detect``.
    """
    listed, blind, theirs = tuple(findings), frozenset(not_looked), tuple(rivals)

    def seen(kept: tuple[Finding, ...], unseen: frozenset[str]) -> tuple[Judged, Ranking]:
        """Both, as if some signals could not have looked."""
        hidden = blind | unseen
        return (
            judge(
                QUESTIONS[0],
                kept,
                n_alike=table.n_alike,
                n_blind=len(hidden),
                counted=counted_for(Claim.ONE_OPERATOR, kept, table, hidden),
            ),
            rank(kept, table, not_looked=hidden, rivals=theirs),
        )

    whole, ranking = seen(listed, frozenset())
    rows = []
    for family in sorted({f.family for f in listed if f.claim in _WEIGHED}):
        kept = tuple(f for f in listed if f.family != family)
        judged, again = seen(kept, _signals_of(family, table))
        rows.append(_row(f"without {family}", family, judged, again))
    singles = []
    for finding in listed:
        if finding.claim is Claim.ONE_OPERATOR and finding.value.best > 0:
            kept = tuple(f for f in listed if f.id != finding.id)
            judged, _ = seen(kept, frozenset({name_of(finding.method)}))
            loss = whole.weight.low - judged.weight.low
            singles.append((loss, finding.id, finding.method, judged))
    carrying = max(singles, key=lambda one: (one[0], one[1]), default=None)
    words = {row["word"] for row in rows}
    return {
        "whole": _row("all findings", "", whole, ranking),
        "without": rows,
        "carried_by": None if carrying is None else {
            "finding": carrying[1], "method": carrying[2],
            "loss_bits": round(carrying[0], 1) + 0.0,
            "word_without": carrying[3].band.word if carrying[3].band else "could not judge",
        },
        "words_hang": bool(words - {_word(whole)}),
        "accounts_hang": any(row["best"] != ranking.best for row in rows),
    }  # fmt: skip


def _signals_of(family: str, table: Likelihoods) -> frozenset[str]:
    return frozenset(
        signal
        for feature, signals in table.features.items()
        if feature.partition(".")[2] == family
        for signal in signals
    )


_WEIGHED = frozenset({Claim.ONE_OPERATOR, Claim.COLLECTION})


def _word(judged: Judged) -> str:
    return judged.band.word if judged.band else "could not judge"


def _row(title: str, family: str, judged: Judged, ranking: Ranking) -> dict[str, Any]:
    rivals = [r for r in ranking.ranked if not BY_NAME[r.name].harvests]
    nearest = min(rivals, key=lambda r: r.against_it.best, default=None)
    return {
        "title": title, "family": family, "word": _word(judged),
        "bits": {k: round(getattr(judged.weight, k), 1) + 0.0 for k in ("best", "low", "high")},
        "best": ranking.best, "best_title": BY_NAME[ranking.best].title,
        "nearest_rival": BY_NAME[nearest.name].title if nearest else "none",
        "nearest_rival_bits": round(nearest.against_it.best, 1) + 0.0 if nearest else None,
    }  # fmt: skip
