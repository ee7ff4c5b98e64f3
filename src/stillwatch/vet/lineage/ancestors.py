"""Ancestors: what likeness of weights says, beside models that both may have come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stillwatch.model.quantity import exactly
from stillwatch.vet.lineage.statistics import Terms
from stillwatch.vet.lineage.weights import Layer, together
from stillwatch.vet.part import Outcome, Part, Point, Severity

_METHOD = "stillwatch lineage/weights, after 2502.12292; null: trained independently of ours"
LIMITS = (
    "It tells weights that were taken over, not answers that were learned from.",
    "A suspect whose hidden units were put in another order passes the test; look at the lead.",
    "Two models that were begun from one random start are not independent either.",
)


def weights_part(
    subject: str, layers: Sequence[Layer], ancestors: Mapping[str, tuple[float, float]],
    terms: Terms, *, left_out: Sequence[str], tools: dict[str, str],
) -> Part:  # fmt: skip
    """The part of a vetting that weights give.

    Args:
        subject: the suspect.
        layers: suspect against ours.
        ancestors: by public model: p of the suspect against it, and p of ours against it.
        terms: the bar.
        left_out: layers that could not be compared.
        tools: what was used.
    """
    p = min(1.0, together(list(layers)) * (1 + len(ancestors)))
    shared = [
        name for name, (theirs, ours) in ancestors.items() if max(theirs, ours) <= terms.look_closer
    ]
    outcome, because = _outcome(p, shared, terms)
    mean = sum(one.likeness for one in layers) / len(layers)
    cosines = [one.likeness for one in layers]
    points = [
        Point(
            title="Weights in the order of ours",
            severity=Severity.CRITICAL if outcome is Outcome.CONCERN else Severity.NOTE,
            observed=f"{len(layers)} hidden layers: units at the same place have a mean cosine of "
            f"{mean:.3f}, by layer {min(cosines):.3f} to {max(cosines):.3f}.",
            where=subject, p_value=p, method=_METHOD,
            value=exactly(mean, "cosine"),
        ),
        _lead(subject, layers),
    ]  # fmt: skip
    for name, (theirs, ours) in ancestors.items():
        points.append(
            Point(
                title="Weights in the order of a public model",
                severity=Severity.NOTE,
                where=name,
                observed=f"The suspect against {name}: p {theirs:.2g}; ours against it: p "
                f"{ours:.2g}.",
                p_value=theirs,
                method=_METHOD,
            )
        )
    return Part(
        name="lineage", subject=subject, outcome=outcome, because=because, points=tuple(points),
        covered=tuple(f"{one.name}: {one.n_units} units." for one in layers),
        not_covered=tuple(left_out), limits=LIMITS, tools=tools,
        measured={
            "p_value": p,
            "ancestors": {name: list(pair) for name, pair in ancestors.items()},
            "layers": [{"name": one.name, "n_units": one.n_units, "p_value": one.p_value,
                        "likeness": one.likeness, "matched": one.matched, "best": one.best}
                       for one in layers],
        },
    )  # fmt: skip


def _lead(subject: str, layers: Sequence[Layer]) -> Point:
    best = sum(one.best for one in layers) / len(layers)
    matched = sum(one.matched for one in layers) / len(layers)
    return Point(
        title="Best partners of units", severity=Severity.NOTE, where=subject,
        observed=f"Matched each to its best partner, units have a mean cosine of {best:.3f}, and "
        f"{matched:.1%} keep their place. High likeness without place is what weights in another "
        "order show. A lead: it has no error rate.",
        method="assignment of units by cosine, after MATCH in 2502.12292",
    )  # fmt: skip


def _outcome(p: float, shared: Sequence[str], terms: Terms) -> tuple[Outcome, str]:
    if p <= terms.accuse and shared:
        return Outcome.UNDECIDED, (
            f"Its weights are not independent of ours, and both come from {', '.join(shared)}: a "
            "common ancestor explains that, and weights cannot tell whether there is more."
        )
    if p <= terms.accuse:
        return Outcome.CONCERN, (
            f"Its weights were not made independently of ours (p {p:.1e}); no public ancestor that "
            "was named explains it."
        )
    if p <= terms.look_closer:
        return Outcome.UNDECIDED, f"Worth a closer look and no accusation: p {p:.1e}."
    return Outcome.NO_CONCERN, (
        "Its weights are no more like ours than weights in any order; that says nothing of answers."
    )
