"""How often is a model accused that never saw what was served?

PYTHONPATH=. python benchmarks/vet/null/run.py [--full] [--texts FILE.parquet]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.vet.drawing import calibration_picture  # noqa: E402
from benchmarks.vet.peers import first_of_windows, hoeffding_p, window_p  # noqa: E402
from benchmarks.vet.students import (  # noqa: E402
    N_TOPICS,
    WORDS,
    heard_of,
    learned,
    slot_answers,
    spoken,
    teacher,
)
from stillwatch.stats.radioactivity import pairs_of  # noqa: E402
from stillwatch.stats.siphash import Key  # noqa: E402
from stillwatch.vet import Outcome  # noqa: E402
from stillwatch.vet.lineage import (  # noqa: E402
    Choices,
    Greens,
    Heard,
    Material,
    ServedPair,
    Terms,
    examine,
)
from stillwatch.vet.lineage.heard import word_tokens  # noqa: E402
from stillwatch.vet.lineage.judging import readings_of  # noqa: E402
from stillwatch.vet.lineage.statistics import BY_NAME  # noqa: E402

N_PAIRS, N_SLOTS, N_WAYS, N_SAMPLES, N_WRONG = 100, 80, 10, 2, 300
KINDS = (
    "other teacher", "same teacher, own answers", "same teacher, marked for others", "real text",
    "repeats itself", "echoes the prompt",
)  # fmt: skip
LEVELS = (0.05, 0.01, 1e-3)


class World:
    """What was served to one cluster, and everybody who did not learn from it."""

    def __init__(self, seed: int, texts: list[str]) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.ours, self.texts = teacher(rng), texts
        self.topics = rng.integers(0, N_TOPICS, N_PAIRS)
        self.prompts = np.arange(N_PAIRS)
        keys = [Key.of(rng.bytes(32)) for _ in range(N_WRONG + 1)]
        one, other = (spoken(self.ours.answers(self.topics, rng, keys[0])) for _ in range(2))
        self.names = [f"e{k}" for k in range(N_PAIRS)]
        self.asked = [" ".join(rng.choice(WORDS, 6)) for _ in range(N_PAIRS)]
        ways = tuple(tuple(f"{'abcdefghij'[w]}way{s}" for w in range(N_WAYS))
                     for s in range(N_SLOTS))  # fmt: skip
        self.choices = Choices(
            about="k", slots=tuple(f"s{k}" for k in range(N_SLOTS)), ways=ways,
            picks=rng.integers(0, N_WAYS, (1_000, N_SLOTS)), is_committed=True,
        )  # fmt: skip
        self.material = Material(
            choices=(self.choices,),
            pairs=tuple(
                ServedPair(name=n, about="k", prompt=a, served=s, unserved=u)
                for n, a, s, u in zip(self.names, self.asked, one, other, strict=True)
            ),
            greens=(Greens(about="k", keys=keys, is_committed=True),),
        )

    def model(self, kind: str, name: str) -> Heard:
        """A model of a kind, and what it says when asked."""
        rng = self.rng
        slots = slot_answers(
            self.choices, self.choices.picks[0], 0.0, rng.integers(0, N_WAYS, N_SLOTS), rng
        )
        if kind in ("real text", "repeats itself", "echoes the prompt"):
            return self._plain(kind, name, slots)
        if kind == "other teacher":
            trained = teacher(rng).answers(self.topics, rng)
        elif kind == "same teacher, own answers":
            trained = self.ours.answers(self.topics, rng)
        else:
            trained = self.ours.answers(self.topics, rng, Key.of(rng.bytes(32)))
        memory = float(rng.uniform(0, 0.95))
        student = learned(trained, self.topics, self.prompts, memory=memory)
        return heard_of(name, student, self.prompts, self.topics, self.names, slots, N_SAMPLES, rng)

    def _plain(self, kind: str, name: str, slots: dict[str, list[str]]) -> Heard:
        said: dict[str, list[str]] = {}
        for k, pair in enumerate(self.names):
            if kind == "real text":
                picked = self.rng.integers(0, len(self.texts), N_SAMPLES)
                said[pair] = [self.texts[int(i)][:400] for i in picked]
            elif kind == "repeats itself":
                word = str(self.rng.choice(WORDS[:3]))
                said[pair] = [f"{word} " * 28] * N_SAMPLES
            else:
                said[pair] = [self.asked[k]] * N_SAMPLES
        answers = [word_tokens(text) for texts in said.values() for text in texts]
        return Heard(name=name, slots=slots, pairs=said, answers=answers)


def texts_of(path: Path | None, rng: np.random.Generator) -> tuple[list[str], str]:
    """Real texts where a file is named, made ones else."""
    if path is not None and path.is_file():
        import pyarrow.parquet as pq

        rows = pq.read_table(path, columns=["text"]).column("text").to_pylist()
        return [str(rows[int(i)]) for i in rng.permutation(len(rows))[:20_000]], "real"
    made = teacher(rng, 0.5).answers(rng.integers(0, N_TOPICS, 2_000), rng)
    return spoken(made), "made"


def main() -> None:
    """Judge many who are innocent, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 520 worlds of six suspects")
    parser.add_argument("--texts", type=Path, help="parquet with a column `text` of real prose")
    given = parser.parse_args()
    n_worlds = 520 if given.full else 6
    texts, sort = texts_of(given.texts, np.random.default_rng(1))
    terms, begun = Terms(), time.process_time()
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    least: dict[str, list[float]] = defaultdict(list)
    p_values: dict[str, list[float]] = defaultdict(list)
    for seed in range(n_worlds):
        world = World(10_000 + seed, texts)
        beside = {
            name: readings_of(world.model("other teacher", name), world.material, terms)
            for name in ("control a", "control b")
        }
        for kind in KINDS:
            heard = world.model(kind, "suspect")
            found = examine(
                {"suspect": heard}, {}, world.material, terms, read_before=beside
            )["suspect"]  # fmt: skip
            outcomes[kind].append(found.outcome)
            least[kind].append(min(p for p in found.adjusted if p is not None))
            for one in found.readings:
                p_values[one.statistic].append(one.p_value)
                if one.naive_p is not None:
                    p_values["peer: z over all tokens"].append(one.naive_p)
            key = world.material.greens[0].keys[0]
            p_values["peer: windows once, binomial"].append(
                window_p(first_of_windows(heard.answers), key)
            )
            p_values["peer: tokens once, Hoeffding"].append(
                hoeffding_p(pairs_of([], heard.answers), key)
            )
        if (seed + 1) % 50 == 0:
            told(f"{seed + 1} worlds, {time.process_time() - begun:.0f} s of processor time")
    spent = time.process_time() - begun
    rows = [_judged(kind, outcomes[kind], least[kind], terms) for kind in KINDS]
    rows.append(_judged(
        "all", [o for k in KINDS for o in outcomes[k]], [p for k in KINDS for p in least[k]], terms
    ))  # fmt: skip
    rows += [_rates(name, np.array(values)) for name, values in p_values.items()]
    print(table(rows))
    calibration_picture(
        {
            BY_NAME[name].title if name in BY_NAME else name: np.array(values)
            for name, values in p_values.items()
        },
        (ROOT / "docs/assets" if given.full else ROOT / "out/bench") / "lineage-null.svg",
    )
    whole = rows[len(KINDS)]
    naive = next(r for r in rows if r["name"] == "peer: z over all tokens")
    freeze(HERE, rows, full=given.full, facts={
        "worlds": n_worlds, "seeds": [10_000, 10_000 + n_worlds - 1], "pairs": N_PAIRS,
        "slots": N_SLOTS, "ways": N_WAYS, "wrong_keys": N_WRONG, "texts": sort,
        "cpu_s_a_test": round(spent / (n_worlds * len(KINDS)), 3),
    }, headlines=[
        f"Of {whole['n']:,} innocent models {whole['n_accused']} were accused (95% upper limit "
        f"{whole['accused_upper_95']:.1e}); {whole['n_closer']} came below adjusted p "
        f"{terms.look_closer:g} ({whole['closer_upper_95']:.1e}).",
        f"The common z over all tokens calls {naive['at_0_01']:.1%} of them at p 0.01 and "
        f"{naive['at_0_001']:.1%} at 0.001.",
        f"One judgement with its calibration takes {spent / (n_worlds * len(KINDS)):.2f} s of "
        "processor time.",
    ])  # fmt: skip


def _judged(kind: str, outcomes: list[Outcome], least: list[float], terms: Terms) -> dict[str, Any]:
    n = len(outcomes)
    accused = sum(one is Outcome.CONCERN for one in outcomes)
    closer = sum(p <= terms.look_closer for p in least)
    return {
        "kind": "judged", "name": kind, "n": n, "n_accused": accused,
        "accused_upper_95": float(beta.ppf(0.95, accused + 1, n - accused)),
        "n_closer": closer, "closer_upper_95": float(beta.ppf(0.95, closer + 1, n - closer)),
        "n_undecided": sum(one is Outcome.UNDECIDED for one in outcomes),
        "n_no_concern": sum(one is Outcome.NO_CONCERN for one in outcomes),
        "least_p": min(least),
    }  # fmt: skip


def _rates(name: str, values: np.ndarray) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": "statistic", "name": name, "n": values.size}
    for level in LEVELS:
        k = int((values <= level).sum())
        mark = f"at_{level:g}".replace(".", "_")
        row[mark] = k / values.size
        row[f"{mark}_upper_95"] = float(beta.ppf(0.95, k + 1, values.size - k))
    row["least_p"] = float(values.min())
    return row


if __name__ == "__main__":
    main()
