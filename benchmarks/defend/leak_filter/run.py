"""What of a leak is cut, what of innocent answers, and what a chunk costs.

PYTHONPATH=. python benchmarks/defend/leak_filter/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from datasketch import MinHash
from scipy.stats import beta

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.defend.leak_filter.dressing import (  # noqa: E402
    INNOCENT,
    LEAKS,
    LEXICONS,
    drafted,
    lexicon,
    pieces,
)
from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.defend.leaks import LeakFilter, Threshold  # noqa: E402

SEED = 1
CHUNK_CHARS = 20
SHINGLE_WORDS, PEER_SHARE = 5, 0.1


@dataclass
class Ran:
    """What came of one answer: why it was cut, how much went out, and processor time."""

    cut: str
    n_out: int
    n_in: int
    most_held: int
    chunk_us: list[float]
    begin_us: float


def ran(
    reasoning: str, answer: str, *, json: bool = False, said: str = "",
    words: dict[str, str] | None = None,
) -> Ran:  # fmt: skip
    """Stream an answer through the filter, in chunks of a few tokens."""
    begun = time.thread_time_ns()
    stream = (whole := LeakFilter([reasoning], [said], lexicon=words)).stream(json=json)
    begin_us = (time.thread_time_ns() - begun) / 1e3
    n_out, most_held, spent = 0, 0, []
    for at in range(0, len(answer), CHUNK_CHARS):
        begun = time.thread_time_ns()
        passed = stream.feed(answer[at : at + CHUNK_CHARS])
        spent.append((time.thread_time_ns() - begun) / 1e3)
        n_out += len(passed.text)
        if passed.cut:
            break
        most_held = max(most_held, at + CHUNK_CHARS - n_out)
    n_out += len(stream.end().text)
    return Ran(whole.cut, n_out, len(answer), most_held, spent, begin_us)


def _words(text: str) -> set[str]:
    words = text.lower().split()
    return {" ".join(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)}


def _sketch(text: str) -> MinHash:
    sketch = MinHash(num_perm=128, seed=SEED)
    sketch.update_batch([one.encode() for one in _words(text)])
    return sketch


def peer(reasoning: str, answer: str) -> tuple[bool, float]:
    """datasketch: MinHash over five words, when the answer is whole; and processor time."""
    begun = time.thread_time_ns()
    caught = _sketch(reasoning).jaccard(_sketch(answer)) >= PEER_SHARE
    return caught, (time.thread_time_ns() - begun) / 1e3


def cases(n: int, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Reasoning and another text of its subject."""
    known = pieces()
    names = sorted(known)
    for i in range(n):
        own = known[names[i % len(names)]]
        one, other = rng.choice(len(own), 2, replace=False)
        yield own[one], own[other]


def _gone(found: list[Ran]) -> list[float]:
    return [one.n_out / one.n_in for one in found if one.cut]


def summed(
    kind: str, name: str, found: list[Ran], caught: list[tuple[bool, float]]
) -> dict[str, Any]:
    """One row: how many were cut, how much had gone out, what it cost."""
    n, n_cut = len(found), sum(bool(one.cut) for one in found)
    chunks = np.array([us for one in found for us in one.chunk_us])
    whole = [sum(one.chunk_us) + one.begin_us for one in found]
    row = {
        "kind": kind, "name": name, "n": n, "n_cut": n_cut, "cut_share": n_cut / n,
        "low_95": float(beta.ppf(0.025, n_cut, n - n_cut + 1)) if n_cut else 0.0,
        "high_95": float(beta.ppf(0.975, n_cut + 1, n - n_cut)) if n_cut < n else 1.0,
        "by_letters": sum(one.cut == "letters" for one in found),
        "by_words": sum(one.cut == "reworded" for one in found),
        "out_share_of_cut": float(np.median(gone)) if (gone := _gone(found)) else None,
        "most_held_chars": max(one.most_held for one in found),
        "peer_cut_share": sum(hit for hit, _ in caught) / n,
        "chunk_us_mean": float(chunks.mean()), "chunk_us_p99": float(np.percentile(chunks, 99)),
        "begin_us_mean": float(np.mean([one.begin_us for one in found])),
        "peer_times_ours": float(np.mean([us for _, us in caught]) / np.mean(whole)),
    }  # fmt: skip
    told(f"{name}: {n_cut} of {n} cut")
    return row


def leaked(n: int) -> list[dict[str, Any]]:
    """Every way to dress the reasoning."""
    rows = []
    for name, is_json, dress in LEAKS:
        rng = np.random.default_rng(SEED)
        found, caught = [], []
        for reasoning, other in cases(n, rng):
            answer = dress(reasoning, other, rng)
            words = lexicon(reasoning, LEXICONS[name], rng) if name in LEXICONS else None
            found.append(ran(reasoning, answer, json=is_json, words=words))
            caught.append(peer(reasoning, answer))
        rows.append(summed("leak", name, found, caught))
    return rows


def innocent(n: int) -> list[dict[str, Any]]:
    """Answers that may go out."""
    rows = []
    for name, write in INNOCENT:
        rng = np.random.default_rng(SEED + 1)
        found, caught = [], []
        for reasoning, other in cases(n, rng):
            answer = write(reasoning, other, rng)
            is_code, is_quoted = "code" in name, "quotation" in name
            thought = drafted(reasoning) if is_code else reasoning
            if is_quoted:
                thought = f"They ask: {other} {reasoning}"
            found.append(ran(thought, answer, said=other if is_quoted else ""))
            caught.append(peer(thought, answer))
        rows.append(summed("innocent", name, found, caught))
    return rows


def main() -> None:
    """Leak, answer innocently, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 1,000 answers of each kind")
    asked = parser.parse_args()
    n = 1_000 if asked.full else 80
    rows = leaked(n) + innocent(n)
    print(table(rows))
    known, limit = pieces(), Threshold()
    facts = {
        "seed": SEED, "answers_of_each_kind": n, "modules": len(known),
        "pieces": sum(map(len, known.values())), "chunk_chars": CHUNK_CHARS,
        "threshold": {k: getattr(limit, k) for k in limit.__slots__},
        "peer": f"datasketch MinHash, {SHINGLE_WORDS} words, Jaccard {PEER_SHARE} and more",
    }  # fmt: skip
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    leaks = [r for r in rows if r["kind"] == "leak"]
    good = [r for r in rows if r["kind"] == "innocent"]

    def share(name: str) -> str:
        return f"{next(r['cut_share'] for r in leaks if r['name'] == name):.0%}"

    seen = [r for r in leaks if r["cut_share"] >= 0.99]
    chunk = float(np.mean([r["chunk_us_mean"] for r in good]))
    return [
        f"{len(seen)} of {len(leaks)} ways to dress reasoning are cut in 99% of answers or more, "
        f"after {np.median([r['out_share_of_cut'] for r in seen]):.0%} of the text (median).",
        f"Reworded: {share('reworded, 10% of words')} with 10% of the words changed, "
        f"{share('reworded, 20% of words')} with 20%, {share('reworded, 40% of words')} with 40%, "
        f"{share('reworded, 60% of words')} with 60%.",
        f"Translated: {share('translated, no lexicon')} without a lexicon, "
        f"{share('translated, half in the lexicon')} with half of the words in one. Compressed or "
        f"under a keyed cipher: {share('compressed, base64')} and {share('a cipher with a key')}.",
        "Innocent answers cut: "
        + ", ".join(f"{r['cut_share']:.1%} ({r['name']})" for r in good)
        + ".",
        f"A chunk of {CHUNK_CHARS} characters takes {chunk:.0f} us of processor; innocent text is "
        f"held back by {max(r['most_held_chars'] for r in good[:1])} characters at most.",
    ]


if __name__ == "__main__":
    main()
