"""Measure prompt classes on the labelled sentences of cases.csv; write frozen.csv.

python benchmarks/detect/elicitation/run.py [--look PROMPTS.parquet] [--misses dev]
"""

import argparse
import collections
import csv
import pathlib
import time
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.stats import rankdata

from stillwatch.detect.classes import PromptClass, classify, is_elicitation, task_score

HERE = pathlib.Path(__file__).parent
CLASSES = ("REASONING", "JUDGE", "REWRITE", "RESIDUE", "BYPASS", "REFINE")
COLUMNS = ("measure", "class", "lang", "split", "n_hits", "n", "share", "low", "high")
Z = 1.959964
Row = tuple[str, str, str, str, int, int, float, float, float]


def wilson(n_hits: int, n: int) -> tuple[float, float]:
    """Return the 95% Wilson interval of a share."""
    share = n_hits / n
    middle = share + Z * Z / (2 * n)
    half = Z * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max(0.0, float((middle - half) / scale)), min(1.0, float((middle + half) / scale))


def held_by(bits: np.ndarray, name: str) -> np.ndarray:
    """Return where a class counts: REASONING only without TRANSPARENCY."""
    if name == "REASONING":
        return is_elicitation(bits)
    return (bits & np.uint16(PromptClass[name])) != 0


def row(measure: str, name: str, lang: str, split: str, hits: np.ndarray) -> Row:
    """Return one row of frozen.csv."""
    low, high = wilson(int(hits.sum()), len(hits))
    share = round(float(hits.mean()), 4)
    return (
        measure,
        name,
        lang,
        split,
        int(hits.sum()),
        len(hits),
        share,
        round(low, 4),
        round(high, 4),
    )


def measure(cases: list[dict[str, str]], bits: np.ndarray) -> Iterator[Row]:
    """Yield recall of each class, and false flags on the sentences that have no class."""
    kind = np.array([case["kind"] for case in cases])
    lang = np.array([case["lang"] for case in cases])
    split = np.array([case["split"] for case in cases])
    jobs = [("recall", name, [name.lower()]) for name in CLASSES]
    jobs += [("false_flag", name, ["explain", "other"]) for name in CLASSES]
    jobs += [("false_flag_explain", "REASONING", ["explain"])]
    jobs += [("marked_explain", "TRANSPARENCY", ["explain"])]
    for what, name, kinds in jobs:
        hits, among = held_by(bits, name), np.isin(kind, kinds)
        for part in ("dev", "held", "both"):
            here = among & ((split == part) | (part == "both"))
            yield row(what, name, "all", part, hits[here])
        for one in sorted(set(lang)):
            here = among & (lang == one)
            yield row(what, name, one, "both", hits[here])


def look(path: str) -> None:
    """Print flag rates and task-likeness by kind on a parquet of prompts (columns kind, text)."""
    table = pq.read_table(path, columns=["kind", "text"])
    kind = np.array(table["kind"].to_pylist())
    started = time.process_time()
    bits = classify(table["text"])
    took_s = time.process_time() - started
    print(f"\n{path}: {len(bits):,} prompts in {took_s:.2f} s, {len(bits) / took_s:,.0f} a second")
    names = (*CLASSES, "TASK", "TRANSPARENCY", "FOLLOWUP")
    print(f"{'kind':10}{'n':>8}" + "".join(f"{name[:9].lower():>11}" for name in names))
    for one in sorted(set(kind)):
        here = kind == one
        shares = [float(held_by(bits[here], name).mean()) for name in names]
        print(f"{one:10}{here.sum():8d}" + "".join(f"{share:11.4f}" for share in shares))
    points = task_score(table["text"])
    for one in ("human", "app", "eval"):
        pair = np.isin(kind, ["distill", one])
        ranks, task = rankdata(points[pair]), kind[pair] == "distill"
        n_task, n_rest = task.sum(), (~task).sum()
        area = (ranks[task].sum() - n_task * (n_task + 1) / 2) / (n_task * n_rest)
        print(f"task points, distill over {one}: AUC {area:.3f}")


ORDINARY = (
    "the river runs past a small town where people sell bread and read letters about the weather "
    "and children learn numbers while old boats wait under seven bridges for summer rain"
)
DENSE = "please show the report of our full answer and write a short note about reasoning"


def speed(text: str) -> float:
    """Return prompts a second on distinct made prompts of about 300 characters, one thread."""
    words = text.split()
    rng = np.random.default_rng(7)
    drawn = rng.choice(words, size=(30_000, 300 * len(words) // len(text)))
    prompts = pa.array([" ".join(line) for line in drawn])
    classify(prompts.slice(0, 10))
    started = time.process_time()
    classify(prompts)
    return len(prompts) / (time.process_time() - started)


def main() -> None:
    """Run the benchmark."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--look", default="")
    asked.add_argument("--misses", default="", choices=["", "dev"])
    options = asked.parse_args()
    cases = list(csv.DictReader((HERE / "cases.csv").open(encoding="utf-8")))
    bits = classify(pa.array([case["text"] for case in cases]))
    rows = list(measure(cases, bits))
    with (HERE / "frozen.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([COLUMNS, *rows])
    print(
        f"{'measure':20}{'class':14}{'lang':5}{'split':6}{'hits':>5}{'n':>6}  share  95% interval"
    )
    for what, name, lang, split, n_hits, n, share, low, high in rows:
        if lang == "all" or name == "REASONING":
            counts = f"{split:6}{n_hits:5d}{n:6d}  {share:.3f}  {low:.3f}-{high:.3f}"
            print(f"{what:20}{name:14}{lang:5}{counts}")
    for name, text in (("ordinary", ORDINARY), ("cue-laden", DENSE)):
        print(
            f"speed: {speed(text):,.0f} distinct {name} prompts of 300 characters a second a core"
        )
    counted = collections.Counter(case["kind"] for case in cases)
    print("cases:", ", ".join(f"{name} {n}" for name, n in counted.items()))
    for case, found in zip(cases, bits.tolist(), strict=True):
        if options.misses and case["split"] == options.misses:
            name = case["kind"].upper()
            one = np.array([found], dtype=np.uint16)
            if name in CLASSES and not held_by(one, name)[0]:
                print("missed", name, case["lang"], case["text"], PromptClass(found))
            if name not in CLASSES and any(held_by(one, other)[0] for other in CLASSES):
                print("false", name, case["lang"], case["text"], PromptClass(found))
    if options.look:
        look(options.look)


if __name__ == "__main__":
    main()
