"""When is a student of ours found: by queries, by share of our data, through paraphrase, by size?

PYTHONPATH=. python benchmarks/vet/power/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.vet.drawing import Line, Panel, draw  # noqa: E402
from benchmarks.vet.peers import first_of_windows, hoeffding_p, window_p  # noqa: E402
from benchmarks.vet.students import (  # noqa: E402
    N_TOPICS,
    heard_of,
    learned,
    paraphrased,
    spoken,
    teacher,
)
from stillwatch.stats.many_tests import holm  # noqa: E402
from stillwatch.stats.radioactivity import pairs_of  # noqa: E402
from stillwatch.stats.siphash import Key  # noqa: E402
from stillwatch.vet.lineage import (  # noqa: E402
    Choices,
    Greens,
    Material,
    ServedPair,
    Terms,
)
from stillwatch.vet.lineage.judging import readings_of  # noqa: E402

N_WAYS, N_TRAINED = 10, 400
OURS = {"choices": "keyed choices", "pairs": "served against unserved", "green": "marked tokens"}
WINDOWS, HOEFFDING = "peer: windows once, binomial", "peer: tokens once, Hoeffding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One point.

    Args:
        n_queries: slots, and as many pairs, that it is asked about.
        share: of its training that was served by us.
        paraphrase: share of the words of its training that were replaced.
        size: share of contexts and answers that it has room for.
        n_samples: answers to each prompt of a pair.
    """

    n_queries: int = 100
    share: float = 0.5
    paraphrase: float = 0.0
    size: float = 0.5
    n_samples: int = 2


def p_values(student: Student, seed: int) -> dict[str, float]:
    """Every test of one student, adjusted p of all of ours together under ``all``."""
    rng = np.random.default_rng(seed)
    ours, others = teacher(rng), teacher(rng)
    topics, prompts = rng.integers(0, N_TOPICS, N_TRAINED), np.arange(N_TRAINED)
    key = Key.of(rng.bytes(32))
    served, twins = (ours.answers(topics, rng, key) for _ in range(2))
    from_us = rng.random(N_TRAINED) < student.share
    trained = np.where(from_us[:, None], served, others.answers(topics, rng))
    trained = paraphrased(trained, student.paraphrase, rng)
    # A slot came up some times in its training; it says what it saw most.
    learner = learned(trained, topics, prompts, memory=0.15, size=student.size, rng=rng)
    n = student.n_queries
    ways = tuple(tuple(f"{'abcdefghij'[w]}way{s}" for w in range(N_WAYS)) for s in range(n))
    choices = Choices(
        about="k", slots=tuple(f"s{k}" for k in range(n)), ways=ways,
        picks=rng.integers(0, N_WAYS, (2, n)), is_committed=True,
    )  # fmt: skip
    # Words are replaced; the example that a slot asks for survives, for it is content.
    seen = rng.binomial(4, student.share, n) > rng.binomial(4, (1 - student.share) / 3, n)
    slots = _said(choices, seen & (rng.random(n) < student.size), rng)
    asked = rng.permutation(N_TRAINED)[: min(n, N_TRAINED)]
    names = [f"e{k}" for k in asked]
    one, other = spoken(served[asked]), spoken(twins[asked])
    material = Material(
        choices=(choices,),
        pairs=tuple(ServedPair(name=a, about="k", prompt=a, served=s, unserved=u)
                    for a, s, u in zip(names, one, other, strict=True)),
        greens=(Greens(about="k", keys=[key, Key.of(b"wrong")], is_committed=True),),
    )  # fmt: skip
    heard = heard_of(
        "s", learner, prompts[asked], topics[asked], names, slots, student.n_samples, rng
    )
    read = {one.statistic: one.p_value for one in readings_of(heard, material, Terms())}
    found = {title: read.get(name, 1.0) for name, title in OURS.items()}
    found["all"] = float(holm(np.array(list(found.values()))).min())
    found[WINDOWS] = window_p(first_of_windows(heard.answers), key)
    found[HOEFFDING] = hoeffding_p(pairs_of([], heard.answers), key)
    return found


def _said(
    choices: Choices, got: np.ndarray, rng: np.random.Generator
) -> dict[str, list[str]]:  # fmt: skip
    n = len(choices.slots)
    shown = np.where(got, choices.picks[0], rng.integers(0, N_WAYS, n))
    return {
        slot: [f"for example {ways[place]}, as one may say"]
        for slot, ways, place in zip(choices.slots, choices.ways, shown, strict=True)
    }


#: what is turned, what stands else, its values, and the title of its axis.
SWEEPS: dict[str, tuple[str, Student, tuple[float, ...], str]] = {
    "queries": ("n_queries", Student(), (10, 20, 40, 80, 160, 320), "slots, and pairs, asked"),
    "queries, a tenth from us": (
        "n_queries", Student(share=0.1), (100, 400, 800, 1_600, 3_200), "slots asked, pairs to 400",
    ),
    "share of ours": (
        "share", Student(), (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0), "share of training from us",
    ),
    "paraphrase": (
        "paraphrase", Student(), (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), "share of words replaced",
    ),
    "size": ("size", Student(), (0.02, 0.05, 0.1, 0.2, 0.5, 1.0), "room for what it was shown"),
    "answers a prompt": ("n_samples", Student(share=0.25), (1, 2, 4, 8), "answers a prompt"),
}  # fmt: skip


def main() -> None:
    """Measure every point, draw, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 16 students a point")
    full = parser.parse_args().full
    n_students, begun = 16 if full else 2, time.process_time()
    rows: list[dict[str, Any]] = []
    for turned, (field, base, values, _) in SWEEPS.items():
        for value in values:
            point = replace(base, **{field: int(value) if field.startswith("n_") else value})
            many = [p_values(point, 50_000 + seed) for seed in range(n_students)]
            rows += [_row(turned, value, name, [m[name] for m in many]) for name in many[0]]
            told(f"{turned} {value:g}: {time.process_time() - begun:.0f} s of processor time")
    print(table([r for r in rows if r["name"] == "all"]))
    _picture(rows, (ROOT / "docs/assets" if full else ROOT / "out/bench") / "lineage-power.svg")
    all_of = {(r["turned"], r["at"]): r for r in rows if r["name"] == "all"}

    def least(turned: str) -> str:
        found = [at for (name, at), r in all_of.items() if name == turned and r["accused"] >= 0.8]
        return f"{min(found):g}" if found else "none"

    green = {r["name"]: r for r in rows if r["turned"] == "queries" and r["at"] == 160}
    words = next(r for r in rows if r["turned"] == "paraphrase" and r["at"] == 1.0
                 and r["name"] == "keyed choices")  # fmt: skip
    freeze(HERE, rows, full=full, facts={
        "students_a_point": n_students, "seeds": [50_000, 50_000 + n_students - 1],
        "trained_on": N_TRAINED, "ways": N_WAYS,
        "else": "100 queries, half of the training from us, no paraphrase, size 0.5, 2 answers a "
        "prompt (a quarter from us where answers a prompt are turned)",
    }, headlines=[
        f"A student is accused (adjusted p at most 1e-6) in at least 80% of cases from "
        f"{least('queries')} queries on, or from a share of {least('share of ours')} of its "
        "training.",
        f"With 160 queries the median p of marked tokens is "
        f"{green['marked tokens']['p_median']:.1e} here, {green[WINDOWS]['p_median']:.1e} with "
        f"windows once and {green[HOEFFDING]['p_median']:.1e} by Hoeffding.",
        f"With every word replaced, keyed choices still accuse {words['accused']:.0%}; marked "
        "tokens and pairs show nothing.",
    ])  # fmt: skip


def _row(turned: str, value: float, name: str, found: list[float]) -> dict[str, Any]:
    p = np.array(found)
    return {
        "turned": turned, "at": value, "name": name, "n": p.size,
        "closer": float((p <= 1e-3).mean()), "accused": float((p <= 1e-6).mean()),
        "p_median": float(np.median(p)), "log10_p_median": float(np.median(np.log10(p))),
    }  # fmt: skip


def _picture(rows: list[dict[str, Any]], path: Path) -> None:
    panels = []
    marks = [(0.0, "0"), (0.5, "0.5"), (1.0, "1")]
    for turned, (_, _, values, title) in SWEEPS.items():
        names = [*OURS.values(), WINDOWS, HOEFFDING]
        lines = [
            Line(
                name=name, is_peer=name.startswith("peer"), x=list(values),
                y=[r["accused"] for r in rows if r["turned"] == turned and r["name"] == name],
            )
            for name in names
        ]  # fmt: skip
        log_x = turned not in ("share of ours", "paraphrase")
        shown = values if log_x else (0.0, 0.25, 0.5, 0.75, 1.0)
        panels.append(
            Panel(title=f"By {turned}", x_title=title, y_title="share with p below 1e-6",
                  lines=lines, ticks=[(v, f"{v:g}") for v in shown], marks=marks, log_x=log_x)
        )  # fmt: skip
    draw(
        panels, path,
        "Share of students that each test finds below one in a million, by number of queries, "
        "share of our data in the training, paraphrase and size.",
    )  # fmt: skip


if __name__ == "__main__":
    main()
