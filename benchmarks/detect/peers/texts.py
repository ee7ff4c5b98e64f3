"""Prompts as hashed vectors, a bounded number of them an account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from benchmarks.detect.peers.columns import Codes, Column, accounts_of, encode, present
from benchmarks.detect.peers.interface import World

Vectors = NDArray[np.float32]

#: width of a hashed vector, and characters of a prompt that are read.
N_FEATURES = 256
READ_CHARS = 600


@dataclass(frozen=True, slots=True)
class Windows:
    """Up to ``cap`` prompts an account, as unit vectors, in order of time.

    Attributes:
        names: the accounts.
        vectors: distinct prompts, (n_distinct, N_FEATURES).
        starts: where each account's rows start in ``which``, (n_accounts + 1,).
        which: row of ``vectors`` of every sampled exchange.
    """

    names: list[str]
    vectors: Vectors
    starts: Codes
    which: Codes

    def each(self) -> Iterator[tuple[int, Vectors]]:
        """Account number and its vectors (n_sampled, N_FEATURES)."""
        for account in range(len(self.names)):
            rows = self.which[self.starts[account] : self.starts[account + 1]]
            yield account, self.vectors[rows]


def hashed(texts: list[str]) -> Vectors:
    """Unit vectors of hashed words and word pairs, (n_texts, N_FEATURES)."""
    if not texts:
        return np.zeros((0, N_FEATURES), dtype=np.float32)
    vectorizer = HashingVectorizer(
        n_features=N_FEATURES,
        ngram_range=(1, 2),
        token_pattern=r"\w+|[^\w\s]",
        dtype=np.float32,
    )
    return np.asarray(vectorizer.transform(texts).toarray(), dtype=np.float32)


def sampled_rows(accounts: Codes, *, cap: int, rng: np.random.Generator) -> Codes:
    """Row numbers of at most ``cap`` random exchanges an account, by account then time."""
    order = np.lexsort((rng.random(len(accounts)), accounts))
    grouped = accounts[order]
    first = np.r_[True, grouped[1:] != grouped[:-1]]
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    chosen = order[np.arange(len(order)) - start < cap]
    return np.asarray(chosen[np.lexsort((chosen, accounts[chosen]))], dtype=np.int64)


def distinct_rows(accounts: Codes, prompts: Codes, *, cap: int, rng: np.random.Generator) -> Codes:
    """Row numbers of at most ``cap`` random distinct prompts an account, first uses only.

    Args:
        accounts: account code of every exchange, (n_rows,).
        prompts: prompt code of every exchange, -1 where null, (n_rows,).
        cap: prompts an account, at the most.
        rng: draws the sample.
    """
    width = int(prompts.max(initial=0)) + 2
    _, first = np.unique(accounts * width + prompts + 1, return_index=True)
    first.sort()
    return np.asarray(first[sampled_rows(accounts[first], cap=cap, rng=rng)], dtype=np.int64)


def prompts_at(world: World, rows: Codes, *, chars: int | None = READ_CHARS) -> Column:
    """The prompts of the given exchanges, cut to ``chars``; null becomes empty."""
    prompt: Column = pc.fill_null(present(world, "prompt").take(pa.array(rows)), "")
    return pc.utf8_slice_codeunits(prompt, 0, chars)


def windows(world: World, *, cap: int) -> Windows:
    """At most ``cap`` random prompts of every account, hashed.

    Raises:
        NotEnoughEvidence: the prompts are not kept in this world.
    """
    account = accounts_of(world)
    rows = sampled_rows(account.codes, cap=cap, rng=np.random.default_rng(world.seed))
    coded = encode(prompts_at(world, rows))
    counts = np.bincount(account.codes[rows], minlength=len(account.values))
    return Windows(
        names=account.values,
        vectors=hashed(coded.values),
        starts=np.r_[0, np.cumsum(counts)].astype(np.int64),
        which=coded.codes,
    )
