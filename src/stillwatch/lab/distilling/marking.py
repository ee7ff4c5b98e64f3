"""Marks of the rehearsal: which token a key prefers behind which two others, as a table."""

from __future__ import annotations

import numpy as np

from stillwatch.lab.distilling.grammar import I64, N_TOKENS, Bools, Tokens
from stillwatch.stats.radioactivity import N_WINDOW, U64, green, windows_of
from stillwatch.stats.siphash import Key


def green_table(key: Key) -> Bools:
    """(57, 57, 57) whether the last token is green behind the first two: what a sampler needs."""
    every = np.arange(N_TOKENS)
    triples = np.stack([np.repeat(every, N_TOKENS), np.tile(every, N_TOKENS)], axis=1)
    rows = np.concatenate([triples, np.zeros((len(triples), 1), np.int64)], axis=1)
    windows = windows_of(rows.ravel())[:: N_WINDOW + 1]
    told = green(np.repeat(windows, N_TOKENS), np.tile(every, len(windows)), key)
    return told.reshape(N_TOKENS, N_TOKENS, N_TOKENS)


def rows_of(tokens: Tokens, first: int, end: int) -> list[I64]:
    """The answers behind their prompts, each as far as its end.

    Args:
        tokens: (n, t).
        first: tokens of a prompt.
        end: the token that ends an answer; it is kept.
    """
    found = []
    for row in tokens[:, first:].astype(np.int64):
        ends = np.flatnonzero(row == end)
        found.append(row[: ends[0] + 1] if ends.size else row)
    return found


def windows_within(answers: list[I64]) -> tuple[U64, I64, I64]:
    """Digest of the two tokens before each token that has two; its answer, and its place in it."""
    windows = [windows_of(one) for one in answers]
    which = np.repeat(np.arange(len(answers)), [one.size for one in windows])
    place = [np.arange(one.size, dtype=np.int64) + N_WINDOW for one in windows]
    nothing = np.zeros(0, np.int64)
    return (
        np.concatenate([np.zeros(0, np.uint64), *windows]), which,
        np.concatenate([nothing, *place]),
    )  # fmt: skip
