"""Weighing: all signals on one group, added up by family, with rivals beside it."""

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.detect.families import SIGNALS
from stillwatch.detect.group import Group
from stillwatch.detect.rivals import RIVALS, Rival
from stillwatch.detect.signal import Family, Reading, Signal

#: a family counts as independent support from this weight on.
SUPPORT_BITS = 3.0


#: weighed first; a group that it speaks against this strongly is not weighed further,
#: unless it was found through a trait that strangers cannot share.
PROBE = "load_balance"
HOPELESS_BITS = -12.0
COSTLY_BITS = 14.0
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
class Weighing:
    """What all signals say about one group.

    Attributes:
        readings: signal name to what it read; signals that could not look are absent.
        operator: family to bits for "one hand", strongest for plus strongest against,
            capped.
        harvest: family to bits for "answers are collected", the same way.
        rivals: rival that fits to the bits that it leaves unexplained, what brought the
            group together left out.
        hopeless: the probe spoke so strongly against it that nothing else was asked.
        support: families with at least ``SUPPORT_BITS`` for one hand.
    """

    readings: dict[str, Reading]
    operator: dict[Family, float]
    harvest: dict[Family, float]
    rivals: dict[str, float]
    support: tuple[Family, ...]
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


def by_family(readings: dict[Signal, Reading], cap: float) -> dict[Family, float]:
    """Per family the strongest for plus the strongest against, each within ``cap``.

    Does not depend on order, repetition or echo.
    """
    best: dict[Family, float] = {}
    worst: dict[Family, float] = {}
    for signal, reading in readings.items():
        bits = min(max(reading.bits, -cap), cap)
        best[signal.family] = max(best.get(signal.family, 0.0), bits)
        worst[signal.family] = min(worst.get(signal.family, 0.0), bits)
    return {f: best[f] + worst[f] for f in best if best[f] or worst[f]}


def weigh(group: Group, looking: tuple[Signal, ...] = SIGNALS, needed: float = 0.0) -> Weighing:
    """Put a group on the scales.

    Args:
        group: who is tested.
        looking: signals that can look at this window.
        needed: bits that would open a campaign; signals that cost much are only asked
            where the others leave less than ``COSTLY_BITS`` to go.
    """
    cap = group.state.window.settings.family_cap_bits
    readings = {s: s.weigh(group) for s in looking if s.name == PROBE}
    hopeless = group.found_by not in HARD and any(r.bits < HOPELESS_BITS for r in readings.values())
    if not hopeless:
        readings |= {s: s.weigh(group) for s in looking if s.name != PROBE and not s.costly}
        weighing = _sum_up(group, readings, cap, hopeless=False)
        if weighing.unexplained_bits < needed - COSTLY_BITS:
            return weighing
        readings |= {s: s.weigh(group) for s in looking if s.costly}
    return _sum_up(group, readings, cap, hopeless=hopeless)


def _sum_up(
    group: Group, readings: dict[Signal, Reading], cap: float, *, hopeless: bool
) -> Weighing:
    operator = by_family({s: r for s, r in readings.items() if s.question == "operator"}, cap)
    tested = {s: r for s, r in readings.items() if s.name != FOUND_BY.get(group.found_by)}
    rivals = {
        rival.hypothesis: _left_by(rival, tested, cap)
        for rival in RIVALS
        if not hopeless and rival.fits(group)
    }
    return Weighing(
        readings={s.name: r for s, r in readings.items()},
        operator=operator,
        harvest=by_family({s: r for s, r in readings.items() if s.question == "harvest"}, cap),
        rivals=rivals,
        support=tuple(f for f, bits in operator.items() if bits >= SUPPORT_BITS),
        hopeless=hopeless,
    )


def _left_by(rival: Rival, tested: dict[Signal, Reading], cap: float) -> float:
    return sum(
        by_family({s: r for s, r in tested.items() if s.name not in rival.explains}, cap).values()
    )
