"""Summary: a case in a few sentences, for somebody who reads nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: the words for the claims, in the order in which one leans on the other.
_CONFIDENCE = "Confidence in the sources is"
#: a rival account that fits worse by fewer bits is named beside the best one.
NEAR_BITS = 3.0


def summary_of(told: Mapping[str, Any]) -> list[str]:
    """Sentences that say what was seen, what it is called, how sure, and what is not known.

    Args:
        told: the document without its summary.
    """
    numbers = told["numbers"]
    out = [
        f"{numbers['n_accounts']:,} accounts sent at least {numbers['n_exchanges']:,} exchanges"
        f" from {told['window']['from'][:10]} to {told['window']['to'][:10]}."
    ]
    if told["closed_by"]:
        out.append(
            f"The case is closed: {told['closed_by'].lower()} applies. Nothing more is claimed."
        )
        return out
    term = told["term"]
    out.append(f"What is shown is called: {term['term']}.")
    if term["why_not_more"]:
        out.append("It is not called more because " + "; ".join(term["why_not_more"]) + ".")
    for claim in told["claims"]:
        out += _claim(claim)
    ranking = told["ranking"]
    out.append(f"Of the rival accounts, the findings fit best: {ranking['best_title'].lower()}.")
    least = min(r["against_it"]["best"] for r in ranking["ranked"])
    near = [
        f"{r['title'].lower()} ({r['against_it']['best'] - least:.1f})"
        for r in ranking["ranked"]
        if r["title"] != ranking["best_title"] and r["against_it"]["best"] - least < NEAR_BITS
    ]
    if near:
        out.append("Nearly as well, by so many bits less: " + "; ".join(near) + ".")
    if ranking["open_rivals"]:
        titles = [r["title"].lower() for r in ranking["ranked"] if r["name"] in
                  ranking["open_rivals"]]  # fmt: skip
        out.append("Innocent accounts that the counts do not exclude: " + "; ".join(titles) + ".")
    else:
        out.append("Every innocent account on the list predicts the findings worse.")
    carried = told["sensitivity"]["carried_by"]
    if carried:
        out.append(
            f"The finding that carries most is {carried['method'].split()[1].replace('_', ' ')};"
            f" without it, that one hand runs the accounts is {carried['word_without']}."
        )
    out.append(f"The organisation behind the accounts: {told['organisation']}.")
    return out


def _claim(claim: Mapping[str, Any]) -> list[str]:
    if claim["kind"] == "intent":
        return [f"Intent: the evidence {claim['verb']} that {_lower(claim['asks'])}"]
    if claim["word"] == "could not judge":
        if claim["kind"] == "behaviour":
            return [f"{claim['asks']} Could not judge: no finding speaks to it."]
        return []
    low, high = claim["band_percent"]
    return [
        f"{claim['asks']} {claim['word'].capitalize()} ({low} to {high}%).",
        f"{_CONFIDENCE} {claim['confidence']}.",
    ]


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
