"""Merging: what several looks or labs found about one suspect, as one e-value."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

import numpy as np

from stillwatch.model.errors import BadInput
from stillwatch.stats.many_tests import averaged, multiplied
from stillwatch.vet.lineage.statistics import Terms
from stillwatch.vet.part import Outcome, Part, Point, Severity

_WORD = {True: "product", False: "mean"}


def merged(parts: Sequence[Part], *, independent: bool, terms: Terms | None = None) -> Part:
    """One part of several.

    Within a part the e-values of its statistics are averaged, which holds whatever they have in
    common; a part without a verdict for another reason than too little evidence does not count,
    nor does a statistic that too few controls were asked for. Other suspects and tests that were
    made elsewhere raise the bar as they do in one look.

    Args:
        parts: of `vet lineage judge`, about one suspect.
        independent: whether keys, slots and pairs were others in each, and their answers asked
            anew: then they multiply.
        terms: the bar; the list's own where none is given.

    Raises:
        BadInput: there are none, they are about several suspects, or one has no e-value or no
            valid calibration, or a control in it shows the same.
    """
    told = terms or Terms()
    subjects = {one.subject for one in parts}
    if len(subjects) != 1 or any(one.name != "lineage" for one in parts):
        raise BadInput("parts are of lineage, and about one suspect.", where="merge")
    if independent and len({str(one.measured.get("readings")) for one in parts}) < len(parts):
        raise BadInput("holds the same look twice: that is not independent.", where="merge")
    keys = [of for one in parts if (of := one.measured.get("keys"))]
    if independent and len(set(map(str, keys))) < len(keys):
        raise BadInput(
            "holds two looks for the same keys: that is not independent.", where="merge",
            remedy="Leave --independent out, or keep looks for one key in one --state.",
        )  # fmt: skip
    read = [_bits_of(part, f"part {nth}", told) for nth, part in enumerate(parts, 1)]
    bits, bar = [one for one, _ in read], told.accuse / max(n for _, n in read)
    whole = (multiplied if independent else averaged)(np.array(bits))
    found = whole >= -log2(bar)
    because = (
        f"Together {len(parts)} looks reach {whole:.1f} bits ({_WORD[independent]} of e-values); "
        f"{-log2(bar):.1f} are the bar, all tests counted."
    )
    return Part(
        name="lineage", subject=subjects.pop(),
        outcome=Outcome.CONCERN if found else Outcome.UNDECIDED, because=because,
        points=(
            Point(
                title="Looks together", severity=Severity.CRITICAL if found else Severity.NOTE,
                observed="; ".join(f"look {n}: {b:+.1f} bits" for n, b in enumerate(bits, 1)) + ".",
                log2_e=whole, method=f"{_WORD[independent]} of e-values (Vovk and Wang 2021)",
            ),
        ),
        limits=(
            "A product holds only where keys, slots and pairs were others in each look."
            if independent
            else "A mean holds whatever the looks have in common.",
        ),
        measured={"bits": bits, "merged_bits": whole, "independent": independent},
    )  # fmt: skip


def _bits_of(part: Part, where: str, terms: Terms) -> tuple[float, int]:
    """The mean of a part's e-values, log2, and how many tests it counts for."""
    try:
        readings = part.measured["readings"]
        told = [one["log2_e"] for one in readings if one["n_beside"] >= terms.n_controls]
        fault = any(one.get("fault") for one in part.measured["calibration"])
        n_controls = len(part.measured["controls"])
        shown = [n for n, p in part.measured["control_low"].items() if p <= terms.look_closer]
        bits = np.array([one for one in told if one is not None], np.float64)
        own = sum(one["adjusted"] is not None for one in readings)
        n_tests = 1 + max(int(part.measured["n_tests"]) - own, 0)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"is no part that `judge` made: {error}.", where=where) from None
    if fault or n_controls < terms.n_controls:
        raise BadInput(
            f"has no valid calibration: {part.because}", where=where,
            remedy="Leave it out; what it shows cannot count.",
        )  # fmt: skip
    if shown:
        raise BadInput(
            f"has a control that shows the same, {shown[0]}.", where=where,
            remedy="Leave it out; what was served may be public.",
        )  # fmt: skip
    if not bits.size or not np.isfinite(bits).all():
        raise BadInput(
            "has no e-value.", where=where, remedy="It must be what `judge --json` printed."
        )
    return averaged(bits), n_tests
