"""From groups whose story is known to counts by level, and the factor that tempers them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stillwatch.attribute.hypotheses import BY_NAME, of_kind
from stillwatch.attribute.likelihoods import HALF, LEVELS, SCHEMA, level_of, log_likelihood
from stillwatch.detect.families import SIGNALS

#: hypotheses whose groups count as harvested by, and as innocent, for single signals.
CHARGE = ("harvest", "rerouted")
APART = ("reseller", "aggregator")
TEMPERS = tuple(round(0.05 * n, 2) for n in range(1, 21))


@dataclass(frozen=True)
class Told:
    """A group: the world it is from, its story, its weight, what was read off it.

    Attributes:
        seed: of the world.
        story: name of the hypothesis.
        weight: groups of one kind, source and world weigh 1 together.
        bits: signal to bits.
        pattern: feature to level.
        reported: whether it is a campaign as ``detect`` reported it.
    """

    seed: int
    story: str
    weight: float
    bits: Mapping[str, float]
    pattern: Mapping[str, int]
    reported: bool


def features() -> dict[str, tuple[str, ...]]:
    """Feature to the signals that it is read from."""
    out: dict[str, list[str]] = defaultdict(list)
    for signal in SIGNALS:
        out[f"{signal.question}.{signal.family}"].append(signal.name)
    return {name: tuple(signals) for name, signals in sorted(out.items())}


def read(path: Path) -> list[Told]:
    """Groups of a file that ``tabulate.py`` wrote."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    many: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        many[row["seed"], row["kind"], row["source"]] += 1
    known = features()
    out = []
    for row in rows:
        story = of_kind(row["kind"])
        if story is not None:
            weight = 1.0 / many[row["seed"], row["kind"], row["source"]]
            pattern = pattern_of_bits(row["bits"], known)
            reported = row["source"] == "reported"
            out.append(Told(row["seed"], story, weight, row["bits"], pattern, reported))
    return out


def pattern_of_bits(
    bits: Mapping[str, float], known: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Feature to level: of a family the strongest for plus the strongest against."""
    out = {}
    for feature, signals in known.items():
        there = [bits[s] for s in signals if s in bits]
        if there:
            out[feature] = level_of(max(0.0, *there) + min(0.0, *there))
    return out


def counts_of(groups: Iterable[Told]) -> dict[str, dict[str, list[float]]]:
    """Hypothesis to feature to counts by level."""
    names = tuple(features())
    out: dict[str, dict[str, list[float]]] = defaultdict(
        lambda: {name: [0.0] * len(LEVELS) for name in names}
    )
    for group in groups:
        for feature, level in group.pattern.items():
            out[group.story][feature][level] += group.weight
    return dict(out)


def pooled(groups: Sequence[Told]) -> dict[str, dict[str, list[float]]]:
    """Counts of all groups that are harvested by, and of all innocent ones."""
    out = {
        side: {name: [0.0] * len(LEVELS) for name in features()} for side in ("charge", "innocent")
    }
    for group in groups:
        if group.story not in APART:
            side = "charge" if group.story in CHARGE else "innocent"
            for feature, level in group.pattern.items():
                out[side][feature][level] += group.weight
    return out


def by_signal(groups: Iterable[Told]) -> dict[str, dict[str, list[float]]]:
    """Signal to counts by level of groups that are harvested by, and of innocent ones."""
    out: dict[str, dict[str, list[float]]] = {}
    for group in groups:
        if group.story not in APART:
            side = "charge" if group.story in CHARGE else "innocent"
            for signal, bits in group.bits.items():
                sides = out.setdefault(
                    signal, {"charge": [0.0] * len(LEVELS), "innocent": [0.0] * len(LEVELS)}
                )
                sides[side][level_of(bits)] += group.weight
    return out


def shares(
    counts: Mapping[str, Mapping[str, Sequence[float]]], pattern: Mapping[str, int], temper: float
) -> dict[str, float]:
    """Share of each hypothesis where all are equally likely beforehand."""
    names = sorted(counts)
    logs = temper * np.array([log_likelihood(counts[name], pattern) for name in names])
    odds = np.exp2(logs - logs.max())
    return dict(zip(names, (odds / odds.sum()).tolist(), strict=True))


def log_score(scored: Iterable[tuple[Told, Mapping[str, float]]]) -> float:
    """Mean log2 of the share of the true story; each story weighs the same. 0 is perfect."""
    total: dict[str, float] = defaultdict(float)
    weight: dict[str, float] = defaultdict(float)
    for group, told in scored:
        total[group.story] += group.weight * float(np.log2(max(told.get(group.story, 0.0), 1e-12)))
        weight[group.story] += group.weight
    return float(np.mean([total[story] / weight[story] for story in total]))


def tempered(groups: Sequence[Told]) -> float:
    """The factor with the best log score, each world scored by the counts of the others."""
    seeds = sorted({g.seed for g in groups})
    others = {s: counts_of(g for g in groups if g.seed != s) for s in seeds}
    return max(
        TEMPERS,
        key=lambda t: log_score((g, shares(others[g.seed], g.pattern, t)) for g in groups),
    )


def alike(groups: Sequence[Told]) -> float:
    """Innocent groups of one world, on average."""
    n_worlds = len({g.seed for g in groups})
    return round(sum(g.story not in (*CHARGE, *APART) for g in groups) / n_worlds, 1)


def table_of(groups: Sequence[Told], *, made_on: str, worlds: str, code: str) -> dict[str, Any]:
    """The table of likelihoods as it is shipped."""

    def plain(value: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
        return {k: [round(x, 3) for x in v] for k, v in sorted(value.items())}

    counts = counts_of(groups)
    return {
        "schema": SCHEMA,
        "made_on": made_on,
        "worlds": worlds,
        "code": code,
        "levels": [
            {"name": name, "below_bits": None if below == float("inf") else below}
            for name, below in LEVELS
        ],
        "temper": tempered(groups),
        "n_alike": alike(groups),
        "features": {k: list(v) for k, v in features().items()},
        "hypotheses": {
            name: {
                "n_groups": sum(g.story == name for g in groups),
                "weight": round(sum(g.weight for g in groups if g.story == name), 3),
                "kinds": list(BY_NAME[name].kinds),
                "measured": BY_NAME[name].measured,
                "source": BY_NAME[name].source,
                "counts": plain(counts[name]),
                "p": {
                    feature: [round((x + HALF) / (sum(row) + HALF * len(row)), 4) for x in row]
                    for feature, row in sorted(counts[name].items())
                },
            }
            for name in sorted(counts)
        },
        "pooled": {side: plain(rows) for side, rows in pooled(groups).items()},
        "signals": {name: plain(sides) for name, sides in sorted(by_signal(groups).items())},
    }
