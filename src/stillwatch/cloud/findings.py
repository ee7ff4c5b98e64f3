"""Findings: what a run's signs say, in the words that every room speaks."""

from __future__ import annotations

from collections.abc import Iterable

from stillwatch.cloud.rejoin import Run
from stillwatch.model.finding import Claim, Finding
from stillwatch.model.quantity import Quantity

METHOD = "cloud flow 0.1.0"


def findings_of(
    run: Run, signs: Iterable[tuple[str, float, str]], caveats: tuple[str, ...]
) -> list[Finding]:
    """One finding for each sign: that the run's data was collected from models' answers.

    Args:
        run: what it is about.
        signs: family, bits and a sentence; no names, no content.
        caveats: sentences that must travel with each, the innocent twins among them.

    Returns:
        Findings in bits. The interval of a weight from a rank or a p-value reaches from no
        evidence to the weight itself: it is a lower bound made by a calibrator, not an estimate.
    """
    window = (run.jobs[0].started_us, max(job.ended_us for job in run.jobs))
    return [
        Finding(
            about=run.id,
            claim=Claim.COLLECTION,
            value=Quantity(best=bits, low=min(bits, 0.0), high=max(bits, 0.0), unit="bit"),
            family=family,
            evidence=(),
            method=METHOD,
            window=window,
            observed=what,
            caveats=caveats,
        )
        for family, bits, what in signs
    ]
