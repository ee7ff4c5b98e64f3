"""Judging: from what models said to one part of a vetting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from stillwatch.model.errors import BadInput
from stillwatch.stats.many_tests import holm, p_of_bits
from stillwatch.vet.lineage import choosing, marking, pairing
from stillwatch.vet.lineage.calibrating import Calibration, calibrations, faults
from stillwatch.vet.lineage.heard import Heard
from stillwatch.vet.lineage.looking import Looks, Standing, Which, known_of, looked
from stillwatch.vet.lineage.material import Material, ServedPair
from stillwatch.vet.lineage.reading import Reading
from stillwatch.vet.lineage.statistics import STATISTICS, Terms
from stillwatch.vet.part import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One suspect, examined.

    Args:
        suspect: its name.
        outcome: as a whole.
        because: why, in a sentence.
        readings: of the suspect; those of keys that were not committed are leads.
        adjusted: p-values after Holm, in their order; None for leads.
        decided_by: ``p`` for one planned look, ``e`` where looks go on.
        controls: readings by control.
        control_low: least p-value of each control after Holm.
        calibration: wrong keys on every model.
        looks: what stands after this look.
        n_tests: how many the adjustment covers.
    """

    suspect: str
    outcome: Outcome
    because: str
    readings: tuple[Reading, ...]
    adjusted: tuple[float | None, ...]
    decided_by: str
    controls: Mapping[str, tuple[Reading, ...]]
    control_low: Mapping[str, float]
    calibration: tuple[Calibration, ...]
    looks: Mapping[Which, Standing] = field(default_factory=dict)
    n_tests: int = 0


def readings_of(
    heard: Heard, material: Material, terms: Terms, before: Looks | None = None
) -> tuple[Reading, ...]:
    """Every statistic for which there is something to look at.

    Args:
        heard: the model.
        material: ours.
        terms: the bar.
        before: earlier looks; None for one planned look, which p-values decide.
    """
    # Power is told for the level that a statistic must reach with all the others beside it.
    n_kinds = len(material.choices) + len(material.greens) + len(_by_cluster(material.pairs))
    level = terms.look_closer / max(2 * n_kinds, 1)

    def known(statistic: str, about: str) -> frozenset[str] | None:
        return None if before is None else known_of(before, heard.name, statistic, about)

    out: list[Reading] = []
    for one in material.choices:
        seen = known("choices", one.about)
        out += choosing.choice_readings(heard, one, terms, level, seen)
        seen = known("choices_open", one.about)
        out += choosing.open_readings(heard, one, terms, level, seen)
    for about, pairs in _by_cluster(material.pairs).items():
        for name, read in (("pairs", pairing.pair_readings),
                           ("pairs_open", pairing.open_readings)):  # fmt: skip
            out += read(heard, pairs, terms, level, known(name, about),
                        is_sealed=material.is_sealed)  # fmt: skip
    for mark in material.greens:
        out += marking.green_readings(heard, mark, terms, level, known("green", mark.about))
        out += marking.open_readings(heard, mark, terms, level)
    order = {one.name: place for place, one in enumerate(STATISTICS)}
    return tuple(sorted(out, key=lambda one: (order[one.statistic], one.about)))


def examine(
    heard: Mapping[str, Heard], controls: Mapping[str, Heard], material: Material, terms: Terms,
    *, before: Looks | None = None, n_elsewhere: int = 0,
    read_before: Mapping[str, tuple[Reading, ...]] | None = None,
) -> dict[str, Examined]:  # fmt: skip
    """Examine every suspect, with one adjustment over all of them.

    Args:
        heard: the suspects.
        controls: models of which it is known that they did not learn from ours.
        material: ours.
        terms: the bar.
        before: earlier looks; with it, even empty, e-values decide and looking may go on.
        n_elsewhere: tests of the same keys and pairs that were made and are not here.
        read_before: readings of further controls, of the same material.

    Raises:
        BadInput: a suspect is its own control, or the number of tests is negative.
    """
    if set(heard) & set(controls):
        raise BadInput("is a suspect and a control.", where=", ".join(set(heard) & set(controls)))
    if n_elsewhere < 0:
        raise BadInput("tests made elsewhere are at least 0.", where="plan")
    read = {name: readings_of(one, material, terms, before) for name, one in heard.items()}
    beside = {name: readings_of(one, material, terms) for name, one in controls.items()}
    beside |= read_before or {}
    looks: dict[Which, Standing] = dict(before or {})
    for name, many in read.items():
        looks = looked(looks, name, many)
    adjusted, n_tests = _adjusted(read, None if before is None else looks, n_elsewhere)
    return {
        name: judge(
            name, many, adjusted[name], beside, terms, looks=looks, n_tests=n_tests,
            decided_by="p" if before is None else "e",
        )
        for name, many in read.items()
    }  # fmt: skip


def judge(
    suspect: str, readings: Sequence[Reading], adjusted: Sequence[float | None],
    controls: Mapping[str, tuple[Reading, ...]], terms: Terms, *, decided_by: str,
    looks: Looks, n_tests: int,
) -> Examined:  # fmt: skip
    """One suspect's outcome.

    Args:
        suspect: its name.
        readings: of it.
        adjusted: their p-values after Holm; None where it may not decide.
        controls: readings by control.
        terms: the bar.
        decided_by: ``p`` or ``e``.
        looks: what stands.
        n_tests: how many the adjustment covered.
    """
    found = tuple(calibrations({suspect: readings, **controls}, terms))
    low = {name: _least(many) for name, many in controls.items()}
    decides = [
        p if n_beside(one, controls) >= terms.n_controls else None
        for one, p in zip(readings, adjusted, strict=True)
    ]
    outcome, because = _outcome(readings, adjusted, decides, low, found, terms)
    return Examined(
        suspect=suspect, outcome=outcome, because=because, readings=tuple(readings),
        adjusted=tuple(adjusted), decided_by=decided_by, controls=controls, control_low=low,
        calibration=found, n_tests=n_tests,
        looks={which: one for which, one in looks.items() if which[0] == suspect},
    )  # fmt: skip


def _outcome(
    readings: Sequence[Reading], adjusted: Sequence[float | None],
    decides: Sequence[float | None], controls: Mapping[str, float],
    calibration: Sequence[Calibration], terms: Terms,
) -> tuple[Outcome, str]:  # fmt: skip
    told = [one for one in decides if one is not None]
    if not readings:
        return Outcome.NOT_EXAMINED, "Nothing was asked that could tell."
    if all(one is None for one in adjusted):
        return Outcome.UNDECIDED, (
            "No key was committed to before its use and no twin was sealed: all of it is a lead."
        )
    if wrong := faults(calibration):
        return Outcome.UNDECIDED, f"No verdict: the calibration fails, {wrong[0]}."
    if len(controls) < terms.n_controls:
        return Outcome.UNDECIDED, (
            f"No verdict: {len(controls)} control models were asked, {terms.n_controls} are the "
            "least."
        )
    if not told:
        return Outcome.UNDECIDED, (
            "No verdict: no statistic was taken of enough controls at half the size that it has "
            f"here; {terms.n_controls} are the least."
        )
    shown = [name for name, p in controls.items() if p <= terms.look_closer]
    if shown:
        return Outcome.UNDECIDED, (
            f"No verdict: {', '.join(shown)}, which did not learn from ours, shows the same; what "
            "was served may be public, or the test is at fault."
        )
    return _by_p(readings, decides, min(told), terms)


def n_beside(one: Reading, controls: Mapping[str, Sequence[Reading]]) -> int:
    """Controls of which the same was taken, at half its size at least."""
    return sum(
        any(
            c.statistic == one.statistic and c.about == one.about and 2 * c.n >= one.n for c in many
        )
        for many in controls.values()
    )


def _by_p(
    readings: Sequence[Reading], decides: Sequence[float | None], least: float, terms: Terms
) -> tuple[Outcome, str]:
    powers = [one.power for one, p in zip(readings, decides, strict=True) if p is not None]
    if least <= terms.accuse:
        return Outcome.CONCERN, (
            f"It learned from answers that ours served: a model that did not would show as much "
            f"with a chance of {_at_most(least)}, all tests counted."
        )
    if least <= terms.look_closer:
        return Outcome.UNDECIDED, (
            f"Worth a closer look and no accusation: adjusted p {least:.1e} lies between "
            f"{terms.accuse:g} and {terms.look_closer:g}. {_wanted(readings)}"
        )
    if max(powers) >= terms.least_power:
        return Outcome.NO_CONCERN, (
            "No sign that it learned from ours; the smallest effect that was looked for would have "
            f"shown with a chance of {max(powers):.0%}."
        )
    return Outcome.UNDECIDED, (
        "Too few questions to tell: the smallest effect that was looked for would have shown with "
        f"a chance of {max(powers):.0%}. {_wanted(readings)}"
    )


def _at_most(p: float) -> str:
    """A chance in words; beyond some point more zeros say nothing."""
    return f"at most {p:.0e}" if p >= 1e-30 else "less than 1e-30"


def _wanted(readings: Sequence[Reading]) -> str:
    """What it would take to accuse, the least of it first."""
    units = {one.name: one.unit for one in STATISTICS}
    short = (one for one in readings if one.n_needed > one.n)
    wanted = sorted(short, key=lambda one: one.n_needed / one.n)
    if not wanted:
        return "Ask more, with --state."
    one = wanted[0]
    return f"It would take about {one.n_needed:,} {units[one.statistic]}s; there were {one.n:,}."


def _adjusted(
    read: Mapping[str, Sequence[Reading]], looks: Looks | None, n_elsewhere: int
) -> tuple[dict[str, tuple[float | None, ...]], int]:
    """Holm over suspects, keys and statistics together; tests made elsewhere count as p = 1.

    What an earlier look tested counts on, though nothing of it was read this time.
    """
    flat: list[float] = []
    here = {(name, one.statistic, one.about) for name, many in read.items() for one in many}
    past = [p_of_bits(one.bits) for which, one in (looks or {}).items() if which not in here]
    for name, many in read.items():
        for one in many:
            if not one.is_committed:
                continue
            if looks is None:
                flat.append(one.p_value)
            elif (stood := looks.get((name, one.statistic, one.about))) is not None:
                flat.append(p_of_bits(stood.bits))
    others = past + [1.0] * n_elsewhere
    whole = holm(np.array(flat + others)) if flat else np.zeros(0)
    values = iter(whole.tolist())
    out: dict[str, tuple[float | None, ...]] = {}
    for name, many in read.items():
        out[name] = tuple(
            next(values)
            if one.is_committed and (looks is None or (name, one.statistic, one.about) in looks)
            else None
            for one in many
        )
    return out, len(flat) + len(others)


def _least(readings: Sequence[Reading]) -> float:
    told = [one.p_value for one in readings if one.is_committed]
    return float(holm(np.array(told)).min()) if told else 1.0


def _by_cluster(pairs: Sequence[ServedPair]) -> dict[str, list[ServedPair]]:
    out: dict[str, list[ServedPair]] = {}
    for one in pairs:
        out.setdefault(one.about, []).append(one)
    return out
