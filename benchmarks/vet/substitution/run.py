"""Is a share of another model found within 1,000 questions, and who is accused who is innocent?

PYTHONPATH=. python benchmarks/vet/substitution/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, told  # noqa: E402
from benchmarks.vet.substitution.made import (  # noqa: E402
    OTHERS,
    REFERENCE_SAMPLES,
    Speak,
    answers,
    asked_of,
    cut_under_load,
    keeping,
    since,
    speaking,
)
from benchmarks.vet.substitution.peers import agreement, chi_square, mmd_each_look  # noqa: E402
from stillwatch.lab.served_model import MadeModel  # noqa: E402
from stillwatch.stats.exchangeable import Strata, deal, e_process  # noqa: E402
from stillwatch.stats.intervals import clopper_pearson  # noqa: E402
from stillwatch.stats.onset import onset  # noqa: E402
from stillwatch.stats.shares import least_share, share_between  # noqa: E402
from stillwatch.vet.substitution import Announced, compare, judge, questions  # noqa: E402
from stillwatch.vet.substitution.comparing import DATED_BITS  # noqa: E402
from stillwatch.vet.substitution.judging import open_leads  # noqa: E402

ALPHA = 1e-3
N = 1_000
N_DEALS = 1_999
SHARES = (0.1, 0.2, 0.5, 1.0)
SIZES = (500, 1_000)


def rate(kind: str, name: str, hits: int, n: int, **more: Any) -> dict[str, Any]:
    """A row with a rate and its interval."""
    low, high = clopper_pearson(hits, n)
    return {
        "kind": kind, "name": name, **more, "n": n, "n_alarms": hits, "alarm_share": hits / n,
        "low_95": low, "high_95": high,
    }  # fmt: skip


def alarms(strata: Strata, rng: np.random.Generator) -> tuple[bool, bool, bool]:
    """By the exact test alone, by bets alone, and by both with half each: our rule."""
    p = deal(strata, rng, N_DEALS).p
    by_e = 2.0 ** -max(float(e_process(strata).max()), 0.0)
    return p <= ALPHA, by_e <= ALPHA, 2.0 * min(p, by_e) <= ALPHA


def nulls(n: int, n_peers: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Pairs of one model with itself: who raises an alarm."""
    ways = ("exact test, once", "bets, at every question", "ours: both, half each")
    counts, cpu_s = dict.fromkeys(ways, 0), 0.0
    peers: dict[str, Callable[[Strata], float]] = {
        "peer: chi-square, plain": chi_square,
        "peer: kernel test, at each look": lambda one: mmd_each_look(one, rng),
        "peer: exact-match rate": agreement,
    }
    peer_counts, peer_s = dict.fromkeys(peers, 0), dict.fromkeys(peers, 0.0)
    n_done = n_asked = 0
    try:
        for nth in range(n):
            strata, _ = asked_of(nth % max(n // 30, 1), {}, N).draw(0.0, N, rng)
            start_s = time.process_time()
            found = alarms(strata, rng)
            cpu_s += time.process_time() - start_s
            if nth < n_peers:
                n_asked += 1
                for name, peer in peers.items():
                    start_s = time.process_time()
                    peer_counts[name] += peer(strata) <= ALPHA
                    peer_s[name] += time.process_time() - start_s
            n_done += 1
            for way, alarm in zip(ways, found, strict=True):
                counts[way] += alarm
            if n_done % 250 == 0:
                told(f"{n_done} nulls: {counts}")
    except KeyboardInterrupt:
        told(f"stopped after {n_done} nulls; what was counted counts")
    n, n_peers = n_done, n_asked
    rows = [rate("null", way, hits, n, cpu_ms=1e3 * cpu_s / n) for way, hits in counts.items()]
    return rows + [
        rate("null", name, hits, n_peers, cpu_ms=1e3 * peer_s[name] / n_peers)
        for name, hits in peer_counts.items()
    ]


def power(n_pairs: int, sizes: Sequence[int], rng: np.random.Generator) -> list[dict[str, Any]]:
    """How often a share of another model is found, by closeness, share and questions."""
    rows = []
    for name, change in OTHERS.items():
        pairs = [asked_of(10_000 + nth, change, N) for nth in range(n_pairs)]
        apart = float(np.median([one.apart for one in pairs]))
        for share in SHARES:
            for size in sizes:
                found = [alarms(one.draw(share, size, rng)[0], rng) for one in pairs]
                hits = [sum(way) for way in zip(*found, strict=True)]
                rows.append(rate(
                    "power", name, hits[2], n_pairs, apart=apart, share=share, questions=size,
                    exact_share=hits[0] / n_pairs, bets_share=hits[1] / n_pairs,
                ))  # fmt: skip
        told(
            f"{name}: {[round(row['alarm_share'], 2) for row in rows[-len(SHARES) * len(sizes) :]]}"
        )
    return rows


def intervals(n_pairs: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Whether intervals of the share and of the beginning hold the truth."""
    rows = []
    for name in ("drift 0.4", "drift 0.6", "drift 0.8", "drift 1 (a stranger)"):
        pairs = [asked_of(20_000 + nth, OTHERS[name], N) for nth in range(n_pairs)]
        for share in SHARES:
            held, held_least, wide, least, dated, held_onset, span = 0, 0, [], [], 0, 0, []
            for one in pairs:
                strata, other = one.draw(share, N, rng)
                both, alone = share_between(strata, other), least_share(strata)
                held += both.low <= share <= both.high
                held_least += alone.low <= share
                wide.append(both.high - both.low)
                least.append(alone.low)
                began = onset(one.draw(share, N, rng, since=400)[0])
                if began is not None and began.bits >= DATED_BITS:
                    dated += 1
                    held_onset += began.low <= 400 <= began.high
                    span.append(began.high - began.low)
            rows.append({
                "kind": "interval", "name": name, "share": share, "n": n_pairs,
                "candidate_coverage": held / n_pairs, "candidate_width": float(np.median(wide)),
                "least_coverage": held_least / n_pairs, "least_median": float(np.median(least)),
                "dated_share": dated / n_pairs,
                "dated_coverage": held_onset / dated if dated else None,
                "dated_width": float(np.median(span)) if span else None,
            })  # fmt: skip
        told(f"{name}: {[row['candidate_coverage'] for row in rows[-4:]]}")
    return rows


def twins(n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Innocent endpoints, and one that is not, by the whole of the program."""
    rows = []
    for name, makes in TWINS.items() if n else ():
        differs = explained = excused = 0
        for nth in range(n):
            model = MadeModel(family=30_000 + nth)
            usual = answers(
                questions(0, N, seed=nth, n_samples=REFERENCE_SAMPLES), speaking(model), rng
            )
            served = answers(questions(0, N, seed=nth), makes(model), rng)
            found = compare("route", served, usual, n_planned=800, seed=nth)
            announced = [Announced(route="route", at_us=60_000_000 * 500, note="a new version")]
            (one,) = judge([found], alpha=ALPHA, announced=announced if "announced" in name else [])
            differs += one.differs
            explained += any(lead.explains for lead in open_leads(one))
            excused += one.announced is not None
        rows.append(rate(
            "twin", name, differs, n, explained_share=explained / n, excused_share=excused / n
        ))  # fmt: skip
        told(f"{name}: {differs} of {n} differ, {explained} explained, {excused} excused")
    return rows


TWINS: dict[str, Callable[[MadeModel], Speak]] = {
    "the same model": speaking,
    "it keeps answers": lambda model: keeping(speaking(model)),
    "answers cut under load (10%)": lambda model: cut_under_load(speaking(model), 0.1),
    "no two runs alike": lambda model: speaking(model, jitter=0.02),
    "text before the questions": lambda model: speaking(model, system="You are kind."),
    "another temperature (1.3)": lambda model: speaking(
        MadeModel(family=model.family, temperature=1.3)
    ),
    "a new version, announced": lambda model: since(
        speaking(model), speaking(MadeModel(family=model.family, drift=0.6)), 500
    ),
    "20% of another model": lambda model: _mixed(model, 0.2, 0),
    "20% of another model, from the middle": lambda model: _mixed(model, 0.2, 500),
}


def _mixed(model: MadeModel, share: float, nth: int) -> Speak:
    first, other = speaking(model), speaking(MadeModel(family=model.family, drift=0.8))

    def speak(probe: Any, rng: np.random.Generator) -> Any:
        swapped = int(probe.name) >= nth and rng.random() < share
        return (other if swapped else first)(probe, rng)

    return speak


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The sentences that matter."""
    ours = next(row for row in rows if row["name"] == "ours: both, half each")
    said = [
        f"False alarms at a claimed 0.001: {ours['n_alarms']} of {ours['n']:,} innocent routes "
        f"(95% at most {ours['high_95']:.2g})."
    ]
    wanted = [
        row for row in rows
        if row["kind"] == "power" and row["share"] == 0.2 and row["questions"] == N
    ]  # fmt: skip
    told_of = "; ".join(
        f"{row['name']} (distance {row['apart']:.2f}) {row['alarm_share']:.0%}" for row in wanted
    )
    said.append(f"20% of another model is found within 1,000 questions: {told_of}.")
    peers = [row for row in rows if row["kind"] == "null" and row["name"].startswith("peer")]
    said.append(
        "On the same innocent routes: "
        + "; ".join(f"{row['name'][6:]} {row['alarm_share']:.2%}" for row in peers)
        + "."
    )
    return said


def main() -> None:
    """Run, and freeze what comes out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="the sizes that are published")
    parser.add_argument("--nulls", type=int, help="innocent routes")
    parser.add_argument("--pairs", type=int, help="pairs of models a row")
    parser.add_argument("--twins", type=int, help="endpoints of each kind that look like it")
    parser.add_argument("--questions", type=int, nargs="*", default=SIZES, help="of rows of power")
    given = parser.parse_args()
    full = given.full
    begun = time.process_time()
    n_null, n_peers, n_pairs, n_twins = (3_000, 60, 20, 4) if full else (20, 5, 2, 1)
    n_null, n_pairs, n_twins = (
        mine if told_of is None else told_of
        for mine, told_of in ((n_null, given.nulls), (n_pairs, given.pairs), (n_twins, given.twins))
    )
    rng = [np.random.default_rng([1, nth]) for nth in range(4)]
    parts: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "twins": lambda: twins(n_twins, rng[3]),
        "power": lambda: power(n_pairs, given.questions, rng[1]),
        "intervals": lambda: intervals(n_pairs, rng[2]),
        "nulls": lambda: nulls(n_null, n_peers, rng[0]),
    }
    rows = []
    for name, made in parts.items():
        rows += made()
        told(f"{name} done, {time.process_time() - begun:.0f} CPU seconds so far")
    facts = {
        "seed": 1, "alpha": ALPHA, "questions": N, "reference_samples": REFERENCE_SAMPLES,
        "deals": N_DEALS, "pairs": n_pairs, "twins": n_twins,
        "cpu_s": round(time.process_time() - begun),
    }  # fmt: skip
    freeze(HERE, rows, full=full, facts=facts, headlines=headlines(rows))


if __name__ == "__main__":
    main()
