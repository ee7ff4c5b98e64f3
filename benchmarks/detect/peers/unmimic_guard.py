"""The extraction guard of the package unmimic 0.1.0, run as published in its own Python."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.detect.peers.columns import accounts_of, by_name, encode, present
from benchmarks.detect.peers.interface import World
from benchmarks.detect.peers.texts import distinct_rows, prompts_at
from stillwatch.model.errors import OutsideFailed

WORKER = Path(__file__).with_name("unmimic_worker.py")


@dataclass(frozen=True, slots=True)
class UnmimicGuard:
    """Stage 1 probability of unmimic's input guard over some prompts an account.

    Attributes:
        python: interpreter of an environment that holds unmimic and an embedding model; ""
            where there is none.
        benign: normal prompts to train with, in place of the WildChat download; none
            leaves the hard negatives that the package carries.
        by: an account's score, the mean or the highest P(attack) of its prompts.
        variant: what stands in brackets in the name.
        kept: folder where embeddings are kept for the next guard that reads the same
            prompts; None keeps none.
        cap: distinct prompts an account, at the most (a core embeds some 30 a second).
        n_benign: normal prompts, at the most; the package downloads as many.
    """

    python: str = ""
    benign: Sequence[str] = ()
    by: Literal["mean", "highest"] = "mean"
    variant: str = "mean"
    kept: Path | None = None
    cap: int = 3
    n_benign: int = 10_000
    source: str = "unmimic 0.1.0 (PyPI, Apache-2.0)"

    @property
    def name(self) -> str:
        """The guard and its variant."""
        return f"unmimic guard ({self.variant})"

    def rank(self, world: World) -> dict[str, float]:
        """Score = P(attack) over the account's sampled prompts, in the range [0, 1].

        Raises:
            OutsideFailed: unmimic or its embedding model is not there or broke.
        """
        if not self.python:
            raise OutsideFailed(
                "no Python with unmimic was named.", remedy="Pass --unmimic-python."
            )
        account = accounts_of(world)
        rng = np.random.default_rng(world.seed)
        every = encode(present(world, "prompt"))
        rows = distinct_rows(account.codes, every.codes, cap=self.cap, rng=rng)
        coded = encode(prompts_at(world, rows, chars=None))
        some = rng.permutation(len(self.benign))[: self.n_benign].tolist()
        told = self._ask(coded.values, [self.benign[at] for at in some])[coded.codes]
        who, n = account.codes[rows], len(account.values)
        score = np.zeros(n)
        if self.by == "highest":
            np.maximum.at(score, who, told)
        else:
            score = np.bincount(who, told, n) / np.maximum(np.bincount(who, minlength=n), 1)
        return by_name(account.values, score)

    def _ask(self, prompts: list[str], benign: list[str]) -> NDArray[np.float64]:
        with tempfile.TemporaryDirectory() as folder:
            here = Path(folder)
            text = pa.large_string()
            pq.write_table(pa.table({"prompt": pa.array(prompts, text)}), here / "prompts.parquet")
            pq.write_table(pa.table({"prompt": pa.array(benign, text)}), here / "benign.parquet")
            words = [self.python, str(WORKER), folder, str(self.kept or here / "kept")]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                raise OutsideFailed(f"unmimic could not run: {last[:200]}")
            return np.asarray(pq.read_table(here / "scores.parquet")["score"].to_numpy())
