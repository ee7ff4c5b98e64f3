"""Telling: an examined suspect as a part of a vetting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stillwatch.vet.lineage.calibrating import Calibration
from stillwatch.vet.lineage.judging import Examined, n_beside
from stillwatch.vet.lineage.reading import Reading
from stillwatch.vet.lineage.statistics import BY_NAME, STATISTICS, STORIES, Terms
from stillwatch.vet.part import Outcome, Part, Point, Severity

LIMITS = (
    "It says that a model learned from answers that were served, not who did it or whether it was "
    "allowed.",
    "A paraphrase of everything takes tokens and pairs away and leaves keyed choices; whoever "
    "normalises all free choices takes those away too.",
    "Silence means that an effect of the stated size was not there, not that nothing was.",
)
_WHY_LEAD = {
    True: "Its key and slots stand in no log from before its use",
    False: "Its twins lay in no sealed reserve",
}


def part_of(
    examined: Examined, terms: Terms, *, leads: Sequence[Point] = (), tools: dict[str, str],
    notes: Sequence[str] = (),
) -> Part:  # fmt: skip
    """The part that a command prints and a review takes in.

    Args:
        examined: the suspect.
        terms: the bar it was held to.
        leads: what has no error rate.
        tools: what was used, with versions.
        notes: sentences about what was left out of the material.
    """
    points = [
        _point(one, p, examined, terms)
        for one, p in zip(examined.readings, examined.adjusted, strict=True)
    ]
    points.sort(key=lambda one: (list(Severity).index(one.severity), one.p_value or 1.0))
    looked = {one.statistic for one in examined.readings}
    return Part(
        name="lineage", subject=examined.suspect, outcome=examined.outcome,
        because=examined.because, points=(*points, *leads), covered=_covered(examined),
        not_covered=(
            *(f"{one.title}: nothing was asked or exported for it." for one in STATISTICS
              if one.name not in looked and one.name != "choices_rank"),
            *notes,
        ),
        limits=(*LIMITS, *_apart(examined)), tools=tools, measured=_measured(examined, terms),
    )  # fmt: skip


def _point(one: Reading, adjusted: float | None, examined: Examined, terms: Terms) -> Point:
    kind = BY_NAME[one.statistic]
    stood = examined.looks.get((examined.suspect, one.statistic, one.about))
    power = f"power {one.power:.0%} for {kind.effect} {terms.smallest_of(kind.name):.0%}"
    shown = f"adjusted p {adjusted:.2g}; " if adjusted is not None else ""
    of = f"{one.n:,}" if one.n_counted == one.n else f"{one.n_counted:,} that count, of {one.n:,}"
    said = f"{one.seen.best:.1%} of {of} {kind.unit}s; {one.chance:.1%} by chance; "
    said += f"{shown}{power}."
    if not one.is_committed:
        said += f" {_WHY_LEAD[kind.keyed]}: a lead."
    elif n_beside(one, examined.controls) < terms.n_controls:
        said += " Too few controls were asked as much: it decides nothing."
    if one.naive_p is not None:
        said += f" The common test that counts repeats says {one.naive_p:.1e}; it is invalid."
    # A p-value is of one planned look; where looks go on, the e-value stands alone.
    is_valid = adjusted is not None and examined.decided_by == "p"
    return Point(
        title=kind.title[0].upper() + kind.title[1:], observed=said, where=one.about,
        severity=_severity(one, adjusted, examined, terms),
        value=one.seen, p_value=one.p_value if is_valid else None,
        log2_e=None if stood is None or not stood.n_looks else stood.bits,
        method=f"stillwatch lineage/{kind.name}; null: {kind.null}",
    )  # fmt: skip


def _severity(
    one: Reading, adjusted: float | None, examined: Examined, terms: Terms
) -> Severity:  # fmt: skip
    if adjusted is None or n_beside(one, examined.controls) < terms.n_controls:
        return Severity.NOTE
    if adjusted <= terms.accuse and examined.outcome is Outcome.CONCERN:
        return Severity.CRITICAL
    return Severity.WARNING if adjusted <= terms.look_closer else Severity.NOTE


def _covered(examined: Examined) -> tuple[str, ...]:
    told = [
        f"{BY_NAME[one.statistic].title} of {one.about}: {one.n:,} {BY_NAME[one.statistic].unit}s."
        for one in examined.readings
    ]
    told += [
        f"Control {name}: least adjusted p {p:.2g}." for name, p in examined.control_low.items()
    ]
    told += [_calibrated(one) for one in examined.calibration if one.model == examined.suspect]
    told.append(
        f"{examined.n_tests} tests counted together (Holm); "
        + ("one planned look." if examined.decided_by == "p" else "e-values, looking may go on.")
    )
    return tuple(told)


def _calibrated(one: Calibration) -> str:
    return (
        f"{BY_NAME[one.statistic].title}: {one.n_found} of {one.n:,} wrong keys at p <= "
        f"{one.level:g} (limit {one.high:.1%})" + (f"; {one.fault}." if one.fault else ".")
    )


def _apart(examined: Examined) -> tuple[str, ...]:
    """What a positive can and cannot be told apart from."""
    if examined.outcome is not Outcome.CONCERN:
        return ()
    shown = {
        one.statistic.split("_")[0]
        for one, p in zip(examined.readings, examined.adjusted, strict=True)
        if p is not None and p <= 1e-3
    }
    told = (
        "Data that went public would show in the controls as well, and does not."
        if examined.control_low
        else ""
    )
    if "choices" in shown:
        reach = "Keyed choices are those of one cluster's key: other answers of ours show none."
    elif "pairs" in shown:
        reach = "Who was served what decides the pairs: other answers of ours do not show them."
    else:
        reach = "Only marked tokens show it: other answers of ours under the same mark would too."
    return (
        f"{told} {reach} A common ancestor of the weights explains none of it; compare weights for "
        "that (`stillwatch vet lineage weights`).".strip(),
    )


def _measured(examined: Examined, terms: Terms) -> dict[str, Any]:
    readings = [
        {
            "statistic": one.statistic, "about": one.about, "n": one.n, "p_value": one.p_value,
            "adjusted": p, "seen": one.seen.to_json(), "chance": one.chance, "power": one.power,
            "n_needed": one.n_needed, "n_counted": one.n_counted,
            "is_committed": one.is_committed, "naive_p": one.naive_p,
            "log2_e": None if stood is None or not stood.n_looks else stood.bits,
            "n_looks": None if stood is None else stood.n_looks,
            "n_beside": n_beside(one, examined.controls),
        }
        for one, p in zip(examined.readings, examined.adjusted, strict=True)
        for stood in (examined.looks.get((examined.suspect, one.statistic, one.about)),)
    ]  # fmt: skip
    return {
        "bar": {"accuse": terms.accuse, "look_closer": terms.look_closer,
                "least_power": terms.least_power},
        "decided_by": examined.decided_by,
        "n_tests": examined.n_tests,
        "control_low": dict(examined.control_low),
        "readings": readings,
        "controls": {
            name: [{"statistic": one.statistic, "about": one.about, "p_value": one.p_value}
                   for one in many]
            for name, many in examined.controls.items()
        },
        "calibration": [one.to_json() for one in examined.calibration],
        "stories": {name: dict(told) for name, told in STORIES.items()},
    }  # fmt: skip
