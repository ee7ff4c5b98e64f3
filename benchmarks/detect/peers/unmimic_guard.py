"""The extraction guard of the package unmimic 0.1.0, run as published in its own Python."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.detect.peers.columns import accounts_of, by_name, encode
from benchmarks.detect.peers.interface import World
from benchmarks.detect.peers.texts import prompts_at, sampled_rows
from stillwatch.model.errors import OutsideFailed

WORKER = Path(__file__).with_name("unmimic_worker.py")


@dataclass(frozen=True, slots=True)
class UnmimicGuard:
    """Stage 1 probability of unmimic's input guard, averaged over some prompts an account.

    Attributes:
        python: interpreter of an environment that holds unmimic and an embedding model; ""
            where there is none.
        benign: normal prompts to train with, in place of the WildChat download; None takes
            one random prompt of random accounts of the world itself, unlabelled.
        cap: prompts an account that are embedded (the embedding model is slow on a CPU).
    """

    python: str = ""
    benign: Sequence[str] | None = None
    cap: int = 1
    n_benign: int = 1000
    source: str = "unmimic 0.1.0 (PyPI, Apache-2.0)"
    name: str = "unmimic guard"

    def rank(self, world: World) -> dict[str, float]:
        """Score = mean P(attack) of the account's sampled prompts.

        Raises:
            OutsideFailed: unmimic or its embedding model is not there or broke.
        """
        if not self.python:
            raise OutsideFailed(
                "no Python with unmimic was named.", remedy="Pass --unmimic-python."
            )
        account = accounts_of(world)
        rng = np.random.default_rng(world.seed)
        rows = sampled_rows(account.codes, cap=self.cap, rng=rng)
        coded = encode(prompts_at(world, rows))
        benign = list(self.benign or coded.values)
        some = rng.permutation(len(benign))[: self.n_benign].tolist()
        told = self._ask(coded.values, [benign[at] for at in some])
        who = account.codes[rows]
        n = len(account.values)
        mean = np.bincount(who, told[coded.codes], minlength=n) / np.maximum(
            np.bincount(who, minlength=n), 1
        )
        return by_name(account.values, mean)

    def _ask(self, prompts: list[str], benign: list[str]) -> np.ndarray:
        with tempfile.TemporaryDirectory() as folder:
            here = Path(folder)
            pq.write_table(pa.table({"prompt": prompts}), here / "prompts.parquet")
            pq.write_table(pa.table({"prompt": benign}), here / "benign.parquet")
            done = subprocess.run(
                [self.python, str(WORKER), folder], capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                raise OutsideFailed(f"unmimic could not run: {last[:200]}")
            return np.asarray(pq.read_table(here / "scores.parquet")["score"].to_numpy())
