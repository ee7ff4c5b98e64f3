"""Weighing: all signals on one group, added up by family, with rivals beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stillwatch.detect.families import SIGNALS
from stillwatch.detect.group import Group
from stillwatch.detect.rivals import RIVALS, always
from stillwatch.detect.signal import Family, Question, Reading, Signal
from stillwatch.stats.evidence import put_sides, sides

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: a family counts as independent support from this weight on.
SUPPORT_BITS = 3.0
#: weighed first; a group that it speaks against this strongly is not weighed further,
#: unless it was found through a trait that strangers cannot share.
PROBE = "load_balance"
HOPELESS_BITS = -12.0
HARD = frozenset({"payment", "device", "credential", "replayed_reasoning", "echo"})


#: the signal that says again what brought a group together; it is shown, never tested.
FOUND_BY = {
    "template": "shared_template",
    "address": "shared_address",
    "payment": "shared_payment",
    "device": "shared_device",
    "contact": "shared_contact",
    "credential": "shared_credential",
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """Which group was put on the scales, so that it can be done once more.

    Attributes:
        looks: bins of the window that were known.
        nodes: members.
        found_by: kind of link that brought the group together ("" for communities).
        found_key: name of that link in ``links.key``, 0 if none.
        parent: the larger group of which it is a bunch, if it is one.
    """

    looks: int
    nodes: I64
    found_by: str
    found_key: int
    parent: I64 | None

    @classmethod
    def of(cls, group: Group) -> Weighed:
        """Remember a group without what it read, nor what it was cut out of."""
        at, known = group.found_key, group.state.window.links.key
        key = int(known[at]) if at >= 0 else 0
        parent = None if group.parent is None else group.parent.copy()
        return cls(group.state.looks, group.nodes.copy(), group.found_by, key, parent)


@dataclass(frozen=True, slots=True)
class Weighing:
    """What all signals say about one group.

    Attributes:
        readings: signal name to what it read; signals that could not look are absent.
        operator: family to bits for "one hand", strongest for plus strongest against,
            capped.
        harvest: family to bits for "answers are collected", the same way.
        rivals: rival that fits to the bits that it leaves unexplained, what brought the
            group together left out; of a group that is far from being a campaign only
            rivals that fit every group.
        hopeless: the probe spoke so strongly against it that nothing else was asked.
        support: families with at least ``SUPPORT_BITS`` for one hand.
        weighed: which group it was.
    """

    readings: dict[str, Reading]
    operator: dict[Family, float]
    harvest: dict[Family, float]
    rivals: dict[str, float]
    support: tuple[Family, ...]
    weighed: Weighed = field(compare=False)
    hopeless: bool = False

    @property
    def operator_bits(self) -> float:
        """Sum over families for "one hand"."""
        return sum(self.operator.values())

    @property
    def harvest_bits(self) -> float:
        """Sum over families for "answers are collected"."""
        return sum(self.harvest.values())

    @property
    def unexplained_bits(self) -> float:
        """The least that any rival leaves."""
        return min(self.rivals.values(), default=self.operator_bits)


@dataclass(frozen=True, slots=True)
class Scales:
    """What never changes while groups are weighed with one list of signals.

    Attributes:
        signals: ``n`` of them, in the order of every array here.
        cap: most that one family may say, bits.
        families: names of the families.
        family: ``(n,)`` family of each signal.
        kept: ``(n_rivals, n)`` signals, for either question, that each rival does not
            explain.
        possible: ``(n_rivals, n_families)`` most that costly ones among those can add.
    """

    signals: tuple[Signal, ...]
    cap: float
    families: tuple[Family, ...]
    family: npt.NDArray[np.int64]
    kept: npt.NDArray[np.bool_]
    possible: F64

    def sides(self, bits: F64, used: npt.NDArray[np.bool_]) -> tuple[F64, F64]:
        """The strongest for and against, ``(n_rows, n_families)``, of some signals.

        Args:
            bits: ``(n,)`` what each signal says, 0 where it says nothing.
            used: ``(n_rows, n)`` which signals count in each row.
        """
        return sides(bits, self.family, len(self.families), used, self.cap)

    def by_family(self, bits: F64, question: Question) -> dict[Family, float]:
        """Per family the strongest for plus the strongest against, for one question.

        Does not depend on order, repetition or echo.

        Args:
            bits: ``(n,)`` what each signal says, 0 where it says nothing.
            question: signals for the other one do not count.
        """
        used = np.array([[s.question == question for s in self.signals]])
        best, worst = self.sides(bits, used)
        said = zip(self.families, best[0], worst[0], strict=True)
        return {f: float(b + w) for f, b, w in said if b or w}


@lru_cache(maxsize=16)
def scales_of(signals: tuple[Signal, ...], cap: float) -> Scales:
    """Scales for a list of signals."""
    families: tuple[Family, ...] = tuple(dict.fromkeys(s.family for s in signals))
    kept = np.array([[s.name not in r.explains for s in signals] for r in RIVALS])
    family = np.array([families.index(s.family) for s in signals], np.int64)
    most = np.array([min(s.at_most or 0.0, cap) for s in signals])
    possible = np.zeros((len(RIVALS), len(families)))
    put_sides(most, family, kept, possible, np.zeros_like(possible))
    return Scales(signals, cap, families, family, kept.reshape(len(RIVALS), -1), possible)


def weigh(group: Group, looking: tuple[Signal, ...] = SIGNALS, needed: float = 0.0) -> Weighing:
    """Put a group on the scales.

    Args:
        group: who is tested.
        looking: signals that can look at this window.
        needed: bits that would open a campaign; signals that cost much are only asked
            where they could make the difference.
    """
    scales = scales_of(looking, group.state.window.settings.family_cap_bits)
    readings = {s: s.weigh(group) for s in looking if s.name == PROBE}
    if group.found_by not in HARD and any(r.bits < HOPELESS_BITS for r in readings.values()):
        return _sum_up(group, scales, readings, {}, hopeless=True)
    readings |= {s: s.weigh(group) for s in looking if s.name != PROBE and not s.costly}
    fits = np.array([r.fits is always for r in RIVALS])
    left, possible = _left(scales, group, readings)
    if possible[fits].min() >= needed:
        fits |= np.array([r.fits(group) for r in RIVALS])
        if possible[fits].min() >= needed:
            readings |= {s: s.weigh(group) for s in looking if s.costly}
            left, _ = _left(scales, group, readings)
    rivals = {RIVALS[r].hypothesis: float(left[r]) for r in np.flatnonzero(fits)}
    return _sum_up(group, scales, readings, rivals, hopeless=False)


def _bits(scales: Scales, readings: dict[Signal, Reading]) -> F64:
    return np.array([readings[s].bits if s in readings else 0.0 for s in scales.signals])


def _left(scales: Scales, group: Group, readings: dict[Signal, Reading]) -> tuple[F64, F64]:
    """What each rival leaves unexplained, and would at most if costly signals were asked."""
    bits = _bits(scales, readings)
    for nth, signal in enumerate(scales.signals):
        if signal.name == FOUND_BY.get(group.found_by):
            bits[nth] = 0.0
    best, worst = scales.sides(bits, scales.kept)
    return (best + worst).sum(1), (np.maximum(best, scales.possible) + worst).sum(1)


def _sum_up(
    group: Group,
    scales: Scales,
    readings: dict[Signal, Reading],
    rivals: dict[str, float],
    *,
    hopeless: bool,
) -> Weighing:
    bits = _bits(scales, readings)
    operator = scales.by_family(bits, "operator")
    return Weighing(
        readings={s.name: r for s, r in readings.items()},
        operator=operator,
        harvest=scales.by_family(bits, "harvest"),
        rivals=rivals,
        support=tuple(f for f, b in operator.items() if b >= SUPPORT_BITS),
        weighed=Weighed.of(group),
        hopeless=hopeless,
    )
