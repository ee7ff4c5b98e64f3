"""What a partner's word should weigh, where partners err, copy, echo us and collude.

PYTHONPATH=. python benchmarks/share/echoes/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.share.echoes import FALL, MOST_BITS, SURE, Record, allowed_bits  # noqa: E402

SEED = 1
N_PARTNERS, N_RECORD, CLAIMED_BITS = 5, 40, 30.0
#: bits at which something is held to be sure: 99 of 100.
SURE_BITS = float(np.log2(99))
#: how well our own senses tell the two apart: mean of the weight, in nats, is half its square.
OWN_D = 2.5
F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scenario:
    """How partners behave.

    Args:
        name: a few words.
        sees: share of campaigns that a partner sees.
        errs: share of what is none that it takes for one.
        copies: share of candidates for which it repeats what others said, and says it saw it.
        echoes: share of what we told it that it says back as its own.
        one_sensor: partners that share one sensor without saying so.
    """

    name: str
    sees: float = 0.5
    errs: float = 0.02
    copies: float = 0.0
    echoes: float = 0.0
    one_sensor: int = 1


SCENARIOS = (
    Scenario("honest"),
    Scenario("honest, often wrong", errs=0.15),
    Scenario("a third is copied", copies=0.33),
    Scenario("two thirds are copied", errs=0.05, copies=0.67),
    Scenario("three share one sensor", errs=0.05, one_sensor=3),
    Scenario("five share one sensor", errs=0.05, one_sensor=5),
    Scenario("half of ours comes back", echoes=0.5),
    Scenario("all of ours comes back, from all", echoes=1.0),
)


def world(scenario: Scenario, n: int, rng: np.random.Generator) -> tuple[Bools, F64, Bools, Bools]:
    """Truth, our own weight in bits, who says that it saw it, and who said so before we told it.

    Shapes (n,), (n,), (n, partners) twice. Half of those who see it themselves speak first.
    """
    truth = rng.random(n) < 0.5
    nats = rng.normal(np.where(truth, 1, -1) * OWN_D**2 / 2, OWN_D)
    own = nats / np.log(2)
    sensors = rng.random((n, N_PARTNERS))
    sensors[:, : scenario.one_sensor] = sensors[:, :1]
    says = sensors < np.where(truth, scenario.sees, scenario.errs)[:, None]
    for at in range(1, N_PARTNERS):
        copied = rng.random(n) < scenario.copies
        source = rng.integers(0, at, n)
        says[:, at] = np.where(copied, says[np.arange(n), source], says[:, at])
    told_by_us = own > SURE_BITS / 2
    fresh = says & (~told_by_us[:, None] | (rng.random((n, N_PARTNERS)) < 0.5))
    says = says | (told_by_us[:, None] & (rng.random((n, N_PARTNERS)) < scenario.echoes))
    return truth, own, says, fresh


def records(truth: Bools, says: Bools, rng: np.random.Generator) -> list[Record]:
    """How 40 statements of each partner were borne out, as it behaves here."""
    found = []
    for at in range(N_PARTNERS):
        right = truth[says[:, at]].mean() if says[:, at].any() else 0.0
        n_right = int(rng.binomial(N_RECORD, right))
        found.append(Record(n_right=n_right, n_wrong=N_RECORD - n_right))
    return found


def fallen(says: Bools, earned: F64, fall: float) -> F64:
    """The sum over who says it, the strongest first, each further one by a factor: (n,)."""
    order = np.argsort(-earned)
    ranked = says[:, order]
    place = np.cumsum(ranked, axis=1) - 1
    return np.asarray((ranked * earned[order] * float(fall) ** np.maximum(place, 0)).sum(axis=1))


def rule(most: float, fall: float) -> Callable[[Bools, list[Record]], F64]:
    """Ours, with other numbers."""

    def weigh(says: Bools, known: list[Record]) -> F64:
        earned = np.array([min(_earned(one), most) for one in known])
        return fallen(says, earned, fall)

    return weigh


def _earned(one: Record) -> float:
    wrong = one.errors
    return max(0.0, float(np.log2((1 - wrong) / wrong)))


def ours(says: Bools, known: list[Record]) -> F64:
    """The rule as it is shipped."""
    return fallen(says, np.array([allowed_bits(CLAIMED_BITS, one) for one in known]), FALL)


def claimed(says: Bools, known: list[Record]) -> F64:
    """Every claim at its word."""
    return np.asarray(says.sum(axis=1) * CLAIMED_BITS)


def mean_record(says: Bools, known: list[Record]) -> F64:
    """The mean of the record, as if partners were independent: the textbook."""
    q = np.array([beta.mean(one.n_wrong + 1, one.n_right + 1) for one in known])
    return np.asarray((says * np.log2((1 - q) / q)).sum(axis=1))


def nothing(says: Bools, known: list[Record]) -> F64:
    """Partners are not heard."""
    return np.zeros(len(says))


RULES: dict[str, Callable[[Bools, list[Record]], F64]] = {
    "partners are not heard": nothing,
    "every claim at its word": claimed,
    "mean of the record, all add": mean_record,
    "stillwatch, whoever spoke first": ours,
    "stillwatch": ours,
    **{
        f"most {most:g}, fall {fall:g}": rule(most, fall)
        for most in (2.0, 3.0, 6.0)
        for fall in (0.0, 0.25, 0.5, 1.0)
    },
}


def scored(truth: Bools, own: F64, partners: F64) -> dict[str, float]:
    """How well the sum tells, and how often what it is sure of is none."""
    total = own + partners
    signed = np.where(truth, total, -total)
    loss = np.logaddexp(0, -signed * np.log(2)) / np.log(2)
    sure = total >= SURE_BITS
    raised = sure & (own < SURE_BITS)
    n_wrong, n_sure = int((sure & ~truth).sum()), int(sure.sum())
    return {
        "loss_bits": float(loss.mean()),
        "sure_of_campaigns": float(sure[truth].mean()),
        "wrong_of_sure": n_wrong / max(n_sure, 1),
        "wrong_of_sure_upper_95": float(beta.ppf(0.95, n_wrong + 1, max(n_sure - n_wrong, 0) + 1)),
        "wrong_of_raised": float((raised & ~truth).sum() / max(int(raised.sum()), 1)),
    }


def main() -> None:
    """Simulate, weigh, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 400,000 candidates each")
    asked = parser.parse_args()
    n = 400_000 if asked.full else 20_000
    rows: list[dict[str, Any]] = []
    for scenario in SCENARIOS:
        rng = np.random.default_rng(SEED)
        truth, own, says, fresh = world(scenario, n, rng)
        known = records(truth, says, rng)
        for name, weigh in RULES.items():
            heard = fresh if name == "stillwatch" or name.startswith("most") else says
            row = scored(truth, own, weigh(heard, known))
            rows.append({"scenario": scenario.name, "rule": name, "n": n, **row})
        told(f"{scenario.name}: done")
    print(table([r for r in rows if not r["rule"].startswith("most")]))
    facts = {
        "seed": SEED, "partners": N_PARTNERS, "statements_in_a_record": N_RECORD,
        "most_bits": MOST_BITS, "fall": FALL, "end_of_interval": SURE,
        "sure_at_bits": round(SURE_BITS, 2), "own_d": OWN_D,
    }  # fmt: skip
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""

    def worst(name: str, what: str) -> tuple[float, str]:
        return max((r[what], r["scenario"]) for r in rows if r["rule"] == name)

    def mean(name: str, what: str) -> float:
        return float(np.mean([r[what] for r in rows if r["rule"] == name]))

    lines = []
    for name in list(RULES)[:5]:
        wrong, where = worst(name, "wrong_of_sure")
        lines.append(
            f"{name}: of what is held sure at 99 of 100 at worst {wrong:.2%} is none ({where}); "
            f"mean loss {mean(name, 'loss_bits'):.3f} bits, "
            f"{mean(name, 'sure_of_campaigns'):.1%} of campaigns are sure."
        )
    grid = [name for name in RULES if name.startswith("most")]
    safe = [name for name in grid if worst(name, "wrong_of_sure")[0] <= 0.01]
    best = min(safe, key=lambda name: mean(name, "loss_bits")) if safe else "none"
    lines.append(
        f"Of {len(grid)} pairs of numbers {len(safe)} keep the wrong below 1% in every scenario; "
        f"the least loss among them has {best}."
    )
    return lines


if __name__ == "__main__":
    main()
